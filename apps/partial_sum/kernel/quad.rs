//! The fixed-point value of a quad of terms, and of the first terms of one.
//!
//! Quad `k` has the terms `a = 4k+1` to `4k+4`, that is two pairs:
//! `1/a - 1/(a+1) = 1/p` with `p = a(a+1)`, and `1/q` with `q = (a+2)(a+3)`.
//! One division serves both (Montgomery's trick): with `i = 1/(pq)`, they are
//! `q*i` and `p*i`. There are two ways to the grid, chosen by `k` alone. Write
//! `u = 2^-53` for the rounding error of one operation.
//!
//! **Near** (`a < 2^36`), in two levels. `t = q*i` is off by some `3u` of
//! itself. Let `h` be `t` rounded to a multiple of `2^-51`. If `h` is not zero,
//! `p < 2^53` is exact and so is `p*h`, a multiple of `2^-51` below 4: the
//! residual `r = 1 - p*h` has no error, and `1/p = h + r/p`. The part below `h`
//! is `r*t`, at most `2^-52` or so, hence off by `4u * 2^-52 = 2^-103`, and as
//! much again for the other pair. If `h` is zero, then `r = 1` and `r*t = t`,
//! below `2^-52` too, so the same bound holds. Adding the two lower parts costs
//! `u * 2^-51 = 2^-104` and rounding them to a multiple of `2^-101` another
//! `2^-102`: together less than `2^-100` a quad.
//!
//! **Far** (`a >= 2^36`), in one. The quad is below `2/a^2 <= 2^-71`, and
//! `(p + q) / (pq)` is off by `6u` of that, below `2^-121`; rounding to a
//! multiple of `2^-120` adds `2^-121`: together less than `2^-120` a quad. From
//! `2^53` on, `a` is itself rounded to an `f64`, which makes it `15u` of a quad
//! below `2^-105`: nothing, next to the grid.
//!
//! Rounding to a multiple of `2^-g` is adding a constant with that last bit,
//! `1.5 * 2^(52-g)`, whereupon the bits of the sum, less those of the constant,
//! are the multiple. That is exact for values up to `2^(51-g)`, which all of the
//! above are by a factor of 2 or more.
//!
//! Only `+`, `-`, `*` and `/` of IEEE 754 appear, which Rust neither reorders
//! nor contracts, so every instruction set gives the same bits.

use super::Fixed;

/// The first far quad: `a` is `2^36 + 1`.
pub(super) const FAR: u64 = 1 << 34;

/// From this quad on, `a` may not be exact in an `f64` (but below it, `a + 3`
/// and the steps between quads are).
pub(super) const INEXACT: u64 = 1 << 50;

/// The upper level of the near way: multiples of `2^-51`.
const HIGH: u32 = 51;

/// The lower level of the near way: multiples of `2^-101`.
const LOW: u32 = 101;

/// The constant that rounds to multiples of `2^-g`.
const fn rounder(g: u32) -> f64 {
    1.5 * (1u64 << 52) as f64 / (1u128 << g) as f64
}

/// A way from a quad to the grid. It goes by the bits of rounded values, which
/// still have the bits of the constant in them and can be added up like that,
/// wrapping around: nothing is lost if the sum without the constants fits an
/// `i64`.
pub(super) trait Way: Copy {
    /// The bits, lower and upper level, of the quad that starts with `a`.
    fn bits(a: f64) -> (u64, u64);

    /// The value of `count` quads, from the wrapping sums of their bits.
    fn value(low: u64, high: u64, count: u64) -> Fixed;
}

/// The way for quads below [`FAR`].
#[derive(Clone, Copy)]
pub(super) struct Near;

/// The way for quads from [`FAR`] on.
#[derive(Clone, Copy)]
pub(super) struct Far;

impl Way for Near {
    #[inline(always)]
    fn bits(a: f64) -> (u64, u64) {
        const H: f64 = rounder(HIGH);
        const L: f64 = rounder(LOW);
        let p = a * (a + 1.0);
        let q = (a + 2.0) * (a + 3.0);
        let i = 1.0 / (p * q);
        let (tp, tq) = (q * i, p * i);
        let (hp, hq) = (tp + H, tq + H);
        let rp = 1.0 - p * (hp - H);
        let rq = 1.0 - q * (hq - H);
        let low = (rp * tp + rq * tq) + L;
        (low.to_bits(), hp.to_bits().wrapping_add(hq.to_bits()))
    }

    #[inline(always)]
    fn value(low: u64, high: u64, count: u64) -> Fixed {
        const H: u64 = rounder(HIGH).to_bits();
        const L: u64 = rounder(LOW).to_bits();
        let high = high.wrapping_sub(H.wrapping_mul(2 * count)) as i64;
        let low = low.wrapping_sub(L.wrapping_mul(count)) as i64;
        let high = i128::from(high) << (Fixed::GRID - HIGH);
        Fixed::from_steps(high + (i128::from(low) << (Fixed::GRID - LOW)))
    }
}

impl Way for Far {
    #[inline(always)]
    fn bits(a: f64) -> (u64, u64) {
        const L: f64 = rounder(Fixed::GRID);
        let p = a * (a + 1.0);
        let q = (a + 2.0) * (a + 3.0);
        let low = (p + q) / (p * q) + L;
        (low.to_bits(), 0)
    }

    #[inline(always)]
    fn value(low: u64, _: u64, count: u64) -> Fixed {
        const L: u64 = rounder(Fixed::GRID).to_bits();
        let low = low.wrapping_sub(L.wrapping_mul(count)) as i64;
        Fixed::from_steps(i128::from(low))
    }
}

/// The first term of quad `k`, as exactly as an `f64` can have it.
#[inline(always)]
pub(super) fn start(k: u64) -> f64 {
    (4 * k + 1) as f64
}

/// The value of one whole quad.
#[inline(always)]
pub(super) fn one<W: Way>(k: u64) -> Fixed {
    let (low, high) = W::bits(start(k));
    W::value(low, high, 1)
}

/// The value of the first `count` terms, 0 to 3, of quad `k`.
pub(super) fn prefix(k: u64, count: u64) -> Fixed {
    debug_assert!(count < 4);
    (0..count).fold(Fixed::ZERO, |sum, j| {
        let term = term(4 * k + 1 + j);
        if j % 2 == 0 { sum + term } else { sum - term }
    })
}

/// `1/x` to the nearest step of the grid: off by at most half of one.
fn term(x: u64) -> Fixed {
    let x = u128::from(x);
    // Below 2^121, so it fits an `i128`.
    Fixed::from_steps((((1 << Fixed::GRID) + x / 2) / x) as i128)
}
