//! Ranges of integers.

use super::Source;
use crate::error::Error;
use crate::wire::hash;
use std::ops;

/// An integer type, up to 128 bits.
pub trait Integer: Copy + Ord + Send + Sync + std::fmt::Display + 'static {
    /// The integer that is `n` further.
    fn plus(self, n: u128) -> Self;
    /// How far `self` is after `from`.
    fn minus(self, from: Self) -> u128;
}

macro_rules! integer {
    ($($t:ty)*) => { $(
        impl Integer for $t {
            // Two's complement: the sign extends and is cut off again.
            fn plus(self, n: u128) -> $t {
                (self as u128).wrapping_add(n) as $t
            }
            fn minus(self, from: $t) -> u128 {
                (self as u128).wrapping_sub(from as u128)
            }
        }
    )* };
}

integer!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// Bounds of a [`Range`]: `a..b` or `a..=b`.
pub trait Bounds<T> {
    /// The range.
    fn into_range(self) -> Range<T>;
}

impl<T: Integer> Bounds<T> for ops::Range<T> {
    fn into_range(self) -> Range<T> {
        let count = if self.start < self.end {
            self.end.minus(self.start)
        } else {
            0
        };
        Range {
            start: self.start,
            count: Some(count),
        }
    }
}

impl<T: Integer> Bounds<T> for ops::RangeInclusive<T> {
    fn into_range(self) -> Range<T> {
        let (start, end) = (*self.start(), *self.end());
        let count = if self.is_empty() {
            Some(0)
        } else {
            end.minus(start).checked_add(1)
        };
        Range { start, count }
    }
}

/// Consecutive integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    start: T,
    /// `None` when it is 2^128.
    count: Option<u128>,
}

impl<T: Integer> Source for Range<T> {
    type Item = T;

    fn count(&self) -> Result<u128, Error> {
        self.count
            .ok_or_else(|| Error::Usage("a range of 2^128 items is one too many".into()))
    }

    fn fingerprint(&self) -> Option<u64> {
        let text = format!("{} from {}", std::any::type_name::<T>(), self.start);
        Some(hash::of(text.as_bytes()))
    }

    fn get(&self, index: u128) -> T {
        self.start.plus(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_items() {
        let r = (-3i8..=127).into_range();
        assert_eq!((r.count(), r.get(0), r.get(130)), (Ok(131), -3, 127));
        assert_eq!((i8::MIN..i8::MAX).into_range().count(), Ok(255));
        #[expect(clippy::reversed_empty_ranges)]
        let backwards = (5u64..3).into_range();
        assert_eq!(backwards.count(), Ok(0));
        let two = (2u128..=1 << 64).into_range();
        assert_eq!(two.get(two.count().unwrap() - 1), 1 << 64);
        assert!((0..=u128::MAX).into_range().count().is_err());
        assert_eq!((i128::MIN..i128::MAX).into_range().count(), Ok(u128::MAX));
    }
}
