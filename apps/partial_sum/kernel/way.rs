//! What lanes do with groups of terms, and cuts inside of a group.

use super::Fixed;

/// A way from a group of terms to the grid. It goes by the bits of rounded
/// values, which still have the bits of the constant in them ([`rounder`]) and
/// can be added up like that, wrapping around: nothing is lost if the sum
/// without the constants fits an `i64`.
pub(super) trait Way: Copy {
    /// Terms of a group.
    const STEP: u64;

    /// What group `k` is computed from; that of the next is [`Way::STEP`] more.
    fn first(self, k: u64) -> f64;

    /// The bits, lower and upper level, of the group with that `first`.
    fn bits(self, first: f64) -> [u64; 2];

    /// The value of `count` groups, from the wrapping sums of their bits.
    fn value(self, bits: [u64; 2], count: u64) -> Fixed;
}

/// The constant that rounds to multiples of `2^-g` what is added to it, if that
/// is at most `2^(51-g)`: the bits of the sum, less those of the constant, are
/// the multiple.
pub(super) const fn rounder(g: u32) -> f64 {
    1.5 * (1u64 << 52) as f64 / (1u128 << g) as f64
}

/// The value of one whole group.
#[inline(always)]
pub(super) fn one<W: Way>(way: W, k: u64) -> Fixed {
    way.value(way.bits(way.first(k)), 1)
}

/// The first `count` terms from `x` on, which is odd: each pair to the nearest
/// step of the grid, and a last term without one too.
pub(super) fn prefix(x: u64, count: u64) -> Fixed {
    let pairs = (0..count / 2).map(|i| u128::from(x + 2 * i));
    let whole: Fixed = pairs.map(|x| reciprocal(x * (x + 1))).sum();
    match count % 2 {
        0 => whole,
        _ => whole + reciprocal(u128::from(x + (count - 1))),
    }
}

/// `1/n` to the nearest step of the grid: off by at most half of one.
fn reciprocal(n: u128) -> Fixed {
    // At most 2^120, so it fits an `i128`; and n/2 is below 2^127.
    Fixed::from_steps((((1 << Fixed::GRID) + n / 2) / n) as i128)
}
