//! The fixed-point value of a block of 64 terms.
//!
//! Block `k` has the terms `64k+1` to `64k+64`, that is 32 pairs
//! `1/x - 1/(x+1) = 1/(y^2 - 1/4)` with `y = x + 1/2`. Around the block's centre
//! `c = 64k + 32.5` these `y` are `c + d` for the odd `d` from -31 to 31, so that
//! with `w = 1/c^2` the block is a series in which odd powers of `d` cancel:
//!
//! ```text
//! B = sum over d of 1/(c+d-1/2) - 1/(c+d+1/2)
//!   = sum over d, and n = 0, 1, 2, ..., of (-1)^n ((d-1/2)^n - (d+1/2)^n) / c^(n+1)
//!   = w sum over d of (1 + (3d^2 + 1/4) w + (5d^4 + 5d^2/2 + 1/16) w^2 + ...)
//!   = 32 w (1 + 1023.25 w + 1046017.5625 w^2 + ...)
//! ```
//!
//! One division gives nearly all of that: `V = 32 / (c^2 - 1023.25)` has the same
//! first two terms, and `1023.25^2 = 1047040.5625` in the third (it is the Padé
//! approximant [0/1] in `w`; Baker and Graves-Morris, *Padé Approximants*, 1996).
//!
//! **What the series leaves out.** With `c >= 2^18` the third terms differ by
//! `1023 w^2 < 2^-62` of `B`. In the term with `w^k` both coefficients are between
//! 0 and `(2k+1) 32^(2k)`, since `|d| + 1/2 < 32` and `1023.25 < 32^2`, so all
//! from the fourth on differ by less than the sum of `(2k+1) (32/c)^(2k)` from
//! `k = 3` on, below `8 * 2^-78 = 2^-75`. Together `V` is within `2^-61` of `B`,
//! relative to it.
//!
//! **What rounding costs.** Write `u = 2^-53`. Below `2^52` the centre is an exact
//! `f64`; `c*c`, the subtraction and the division are off by `u` each: with the
//! above, `3.1u` of the block. From `2^52` on the centre is itself off by up to
//! `2u`, which makes it `7.1u`.
//!
//! **The grid.** Blocks whose terms are in the octave from `2^e` on have
//! `c^2 - 1023.25 > 2^(2e)`, so `V < 2^(5-2e)`; they go to multiples of
//! `2^-(46+2e)`, but of `2^-120` at the finest. That costs half of a multiple a
//! block: `2^-(47+2e)`, or `2^-121`.
//!
//! All blocks of an octave, `2^(e-6)` of them below `2^(5-2e)` each, have `2^-e/2`
//! at most, hence are off by `3.1u * 2^-e / 2 + 2^(e-6) * 2^-(47+2e) < 2^-e * 2.6u`;
//! and all octaves from `2^18` on, as far as the grid is that fine, by less than
//! `5.2u * 2^-18 < 2^-68`.

use super::Fixed;
use super::way::{Way, rounder};

/// Terms of a block.
pub(super) const TERMS: u64 = 64;

/// From this term on there are blocks: the first is `2^18 + 1`.
pub(super) const FROM: u64 = 1 << 18;

/// From this term on a block's centre may not be an exact `f64`.
pub(super) const INEXACT: u64 = 1 << 52;

/// The blocks of an octave.
#[derive(Clone, Copy)]
pub(super) struct Blocks {
    /// They are multiples of `2^-grid`.
    grid: u32,
    rounder: f64,
}

impl Blocks {
    /// Those of the terms from `2^e + 1` to `2^(e+1)`, for `e` from 18.
    pub fn of_octave(e: u32) -> Self {
        let grid = (46 + 2 * e).min(Fixed::GRID);
        Blocks {
            grid,
            rounder: rounder(grid),
        }
    }
}

impl Way for Blocks {
    const STEP: u64 = TERMS;

    /// The block's centre.
    #[inline(always)]
    fn first(self, k: u64) -> f64 {
        k as f64 * 64.0 + 32.5
    }

    #[inline(always)]
    fn bits(self, centre: f64) -> [u64; 2] {
        let value = 32.0 / (centre * centre - 1023.25);
        [(value + self.rounder).to_bits(), 0]
    }

    #[inline(always)]
    fn value(self, [low, _]: [u64; 2], count: u64) -> Fixed {
        let constant = self.rounder.to_bits().wrapping_mul(count);
        let steps = low.wrapping_sub(constant) as i64;
        Fixed::from_steps(i128::from(steps) << (Fixed::GRID - self.grid))
    }
}
