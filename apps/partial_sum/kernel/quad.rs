//! The fixed-point value of a quad of terms.
//!
//! Quad `k` has the terms `a = 4k+1` to `4k+4`, that is two pairs:
//! `1/a - 1/(a+1) = 1/p` with `p = a(a+1)`, and `1/q` with `q = (a+2)(a+3)`.
//! One division serves both (Montgomery's trick): with `i = 1/(pq)`, they are
//! `q*i` and `p*i`. Quads are for the first `2^18` terms; write `u = 2^-53` for
//! the rounding error of one operation.
//!
//! There are two levels. `t = q*i` is off by some `3u` of itself. Let `h` be `t`
//! rounded to a multiple of `2^-51`. If `h` is not zero, `p < 2^53` is exact and
//! so is `p*h`, a multiple of `2^-51` below 4: the residual `r = 1 - p*h` has no error, and `1/p = h + r/p`. The part below `h`
//! is `r*t`, at most `2^-52` or so, hence off by `4u * 2^-52 = 2^-103`, and as
//! much again for the other pair. If `h` is zero, then `r = 1` and `r*t = t`,
//! below `2^-52` too, so the same bound holds. Adding the two lower parts costs
//! `u * 2^-51 = 2^-104` and rounding them to a multiple of `2^-101` another
//! `2^-102`: together less than `2^-100` a quad.
//!
//! Rounding to a multiple of `2^-g` is adding a constant with that last bit,
//! `1.5 * 2^(52-g)`, whereupon the bits of the sum, less those of the constant,
//! are the multiple. That is exact for values up to `2^(51-g)`, which all of the
//! above are by a factor of 2 or more.
//!
//! Only `+`, `-`, `*` and `/` of IEEE 754 appear, which Rust neither reorders
//! nor contracts, so every instruction set gives the same bits.

use super::Fixed;
use super::way::{Way, rounder};

/// The upper level: multiples of `2^-51`.
const HIGH: u32 = 51;

/// The lower level: multiples of `2^-101`.
const LOW: u32 = 101;

/// See [`Way`].
#[derive(Clone, Copy)]
pub(super) struct Quads;

impl Way for Quads {
    const STEP: u64 = 4;

    #[inline(always)]
    fn first(self, k: u64) -> f64 {
        (4 * k + 1) as f64
    }

    #[inline(always)]
    fn bits(self, a: f64) -> [u64; 2] {
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
        [low.to_bits(), hp.to_bits().wrapping_add(hq.to_bits())]
    }

    #[inline(always)]
    fn value(self, [low, high]: [u64; 2], count: u64) -> Fixed {
        const H: u64 = rounder(HIGH).to_bits();
        const L: u64 = rounder(LOW).to_bits();
        let high = high.wrapping_sub(H.wrapping_mul(2 * count)) as i64;
        let low = low.wrapping_sub(L.wrapping_mul(count)) as i64;
        let high = i128::from(high) << (Fixed::GRID - HIGH);
        Fixed::from_steps(high + (i128::from(low) << (Fixed::GRID - LOW)))
    }
}
