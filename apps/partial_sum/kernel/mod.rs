//! Partial sums of the alternating harmonic series, the same bits however the
//! work is cut.
//!
//! `sum` adds `1/x` for odd `x` and `-1/x` for even `x` over a window of
//! integers. Floating-point addition is not associative, so a plain loop gives
//! a different answer for every way the window is shared out. Here every piece
//! of the window has one fixed-point value that depends on that piece alone, and
//! the pieces are added as integers, which is exact: any partition into
//! sub-windows, in any order, on any instruction set, gives the same `Fixed`.
//! Adding on a fixed grid is the idea of Kulisch's long accumulator (*Computer
//! Arithmetic and Validity*, 2013), and rounding each term onto a grid set in
//! advance that of Demmel and Nguyen (*Fast Reproducible Floating-Point
//! Summation*, ARITH 2013).
//!
//! # How a window gets its value
//!
//! The terms are grouped in *quads*, `4k+1 ..= 4k+4`, which cost one division
//! instead of four; term by term it would take over three times as long. A whole
//! quad has the value `V(k)` of `quad`. Its first one, two or three terms have a
//! value of their own, the sum of the terms each rounded exactly, and the rest
//! of the quad is *defined* as `V(k)` less that. So a cut inside a quad changes
//! nothing either: both sides add up to `V(k)` by definition, and a cut needs no
//! alignment.
//!
//! # Accuracy
//!
//! With `n` terms in the window, the value is off by less than
//! `n / 4 * 2^-100 + 2^-99` for terms below `2^36`, and by less than
//! `n / 4 * 2^-120 + 2^-118` from there on (`quad` has the derivation). For
//! `1 ..= 20_000_000` that is under `2^-77`, a `2^-24` part of the last bit of
//! the `f64` result: the result is the correctly rounded one, except for the
//! few windows whose true sum lies that close to the middle of two `f64`s.
//! From `x = 2^60` on, a quad is smaller than a step of the grid: windows up
//! there keep the absolute bound above, but have few correct digits.

mod fixed;
mod lanes;
mod quad;
#[cfg(test)]
mod tests;

pub use fixed::Fixed;
pub use lanes::Path;

/// The sum of `1/x` over the odd `x` in `first ..= last` less that over the
/// even ones.
///
/// Zero if `first > last`. The windows `first ..= m` and `m + 1 ..= last` add up
/// to exactly this value for every `m`.
///
/// # Panics
///
/// If the window contains 0, which has no reciprocal: `first` must be at least 1.
pub fn sum(first: u64, last: u64) -> Fixed {
    sum_on(Path::best(), first, last)
}

/// [`sum`] on a given instruction set: the same value, sooner or later.
///
/// # Panics
///
/// If the window contains 0, or if this machine lacks the instruction set.
pub fn sum_on(path: Path, first: u64, last: u64) -> Fixed {
    if first > last {
        return Fixed::ZERO;
    }
    assert!(
        first > 0,
        "the window must start at 1 or above: 1/0 is not a number"
    );
    // The quad and the place in it of the first term in the window and of the
    // first one after it. Counting from `x - 1` keeps `last + 1` out of the
    // arithmetic, where it could overflow.
    let (k0, cut0) = ((first - 1) / 4, (first - 1) % 4);
    let (k1, cut1) = (last / 4, last % 4);
    lanes::quads(path, k0, k1) + quad::prefix(k1, cut1) - quad::prefix(k0, cut0)
}

/// How many terms of the window `first ..= last` to hand out at a time: a power
/// of two, from the arguments alone.
///
/// About a thousand grains, so that workers of unlike speed finish together, but
/// none under `2^16` terms, which take some ten microseconds (less would be
/// spent on handing out), and none above `2^26`, some ten milliseconds, so that
/// progress and cancellation stay prompt. It is only advice: [`sum`] needs
/// neither this length nor any alignment.
pub fn grain(first: u64, last: u64) -> u64 {
    // One less than the length, which for the largest window is not a `u64`.
    let span = last.saturating_sub(first);
    (span >> 10).clamp(1 << 16, 1 << 26).next_power_of_two()
}
