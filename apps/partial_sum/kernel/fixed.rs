//! The exact accumulator.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// A number on the grid of multiples of `2^-120`, from -128 to 128.
///
/// Addition is that of integers: exact, associative and commutative.
///
/// # Range
///
/// No sum of disjoint windows, in any order and half-finished or not, leaves the
/// range, for any last term below `2^64`. The largest such sum has all the odd
/// terms and none of the even ones, `1 + 1/3 + 1/5 + ... < 1 + ln(2^64) / 2 < 24`.
/// Adding a window more than once is a caller's mistake; should it pass 128, the
/// value wraps around, which keeps even that independent of the order.
///
/// # Stored form
///
/// Two 64-bit integers, the high one signed, rather than one of 128 bits, which
/// not every `serde` format can hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(i64, u64)", into = "(i64, u64)")]
pub struct Fixed(i128);

impl Fixed {
    /// Nothing added yet.
    pub const ZERO: Self = Self(0);

    /// The steps of the grid: a value is a multiple of `2^-GRID`.
    pub const GRID: u32 = 120;

    /// The number that is `steps` steps of the grid.
    pub const fn from_steps(steps: i128) -> Self {
        Self(steps)
    }

    /// The number as steps of the grid.
    pub const fn steps(self) -> i128 {
        self.0
    }

    /// The nearest `f64`, the even one of two as near.
    pub fn to_f64(self) -> f64 {
        // The conversion rounds to nearest, ties to even; scaling by a power of
        // two is exact, since the smallest result, 2^-120, is a normal `f64`.
        const STEP: f64 = 1.0 / (1u128 << Fixed::GRID) as f64;
        self.0 as f64 * STEP
    }
}

impl Add for Fixed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl AddAssign for Fixed {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Fixed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }
}

impl Sum for Fixed {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}

impl From<(i64, u64)> for Fixed {
    fn from((high, low): (i64, u64)) -> Self {
        Self(i128::from(high) << 64 | i128::from(low))
    }
}

impl From<Fixed> for (i64, u64) {
    fn from(value: Fixed) -> Self {
        // Both casts keep the low 64 bits of what they are given.
        ((value.0 >> 64) as i64, value.0 as u64)
    }
}
