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
//! The terms are grouped, since a division serves a group as well as a term: the
//! first `2^18` in *quads*, `4k+1 ..= 4k+4`, whose value `quad` computes to some
//! `2^-100`; all others in *blocks*, `64k+1 ..= 64k+64`, whose value `block`
//! computes to some `2^-51` of themselves. The first terms of a group have a
//! value of their own, the sum of their pairs each rounded exactly, and the rest
//! of the group is *defined* as the group's value less that. So a cut inside of
//! a group changes nothing either: both sides add up to the group's value by
//! definition, and a cut needs no alignment.
//!
//! # Accuracy
//!
//! Terms up to `2^18` are off by less than `2^-84` together, those from there on
//! by less than `2^-68`, and by `2^-121` a block from `2^37` on, where the grid's
//! steps of `2^-120` are all that is left. So for a last term up to `2^58` the sum
//! from 1 on is within a `2^-14` part of the last bit of its `f64`, and for any
//! other within a `2^-9` part: the result is the correctly rounded one, except
//! for the few windows whose true sum lies that close to the middle of two
//! `f64`s. Cut groups add `2^-115` an end. From `x = 2^62` on, a block is smaller
//! than a step of the grid: windows up there keep the absolute bound, but have few
//! correct digits.

mod block;
mod fixed;
pub mod known;
mod lanes;
mod quad;
#[cfg(test)]
mod tests;
mod way;

pub use fixed::Fixed;

use grange::isa::{self, Isa};

/// The sum of `1/x` over the odd `x` in `first ..= last` less that over the
/// even ones, on the instructions of this process ([`isa::current`]).
///
/// Zero if `first > last`. The windows `first ..= m` and `m + 1 ..= last` add up
/// to exactly this value for every `m`.
///
/// # Panics
///
/// If the window contains 0, which has no reciprocal: `first` must be at least 1.
pub fn sum(first: u64, last: u64) -> Fixed {
    sum_on(isa::current(), first, last)
}

/// [`sum`] on a given instruction set: the same value, sooner or later.
///
/// # Panics
///
/// If the window contains 0, or if this machine lacks the instruction set.
pub fn sum_on(isa: Isa, first: u64, last: u64) -> Fixed {
    if first > last {
        return Fixed::ZERO;
    }
    assert!(
        first > 0,
        "the window must start at 1 or above: 1/0 is not a number"
    );
    // How many terms come before the window, and up to its end. Counting like
    // that keeps `last + 1` out of the arithmetic, where it could overflow.
    let (before, upto) = (first - 1, last);
    let quads = |n: u64| n.min(block::FROM) / 4;
    let blocks = |n: u64| n.max(block::FROM) / block::TERMS;
    lanes::quads(isa, quads(before), quads(upto))
        + lanes::blocks(isa, blocks(before), blocks(upto))
        + cut(upto)
        - cut(before)
}

/// The terms up to `n` of the group that `n` cuts, if it does.
fn cut(n: u64) -> Fixed {
    let terms = if n < block::FROM { 4 } else { block::TERMS };
    let whole = n / terms * terms;
    way::prefix(whole + 1, n - whole)
}

/// How many terms of the window `first ..= last` to hand out at a time: a power
/// of two, from the arguments alone.
///
/// About a thousand grains, so that workers of unlike speed finish together, but
/// none under `2^20` terms, which take some ten microseconds (less would be
/// spent on handing out), and none above `2^31`, some tens of milliseconds, so
/// that progress and cancellation stay prompt. It is only advice: [`sum`] needs
/// neither this length nor any alignment.
pub fn grain(first: u64, last: u64) -> u64 {
    // One less than the length, which for the largest window is not a `u64`.
    let span = last.saturating_sub(first);
    (span >> 10).clamp(1 << 20, 1 << 31).next_power_of_two()
}
