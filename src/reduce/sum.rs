//! Sums: of integers exactly, of floats along the tree.

use super::Reduce;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Adds values up.
///
/// Integers are added in a wider accumulator, and whether the total fits is checked at the end, so that an
/// overflow does not depend on the order. Floats are added pairwise along the reduction tree: the error
/// grows with the logarithm of the number of grains (Higham 1993), and the bits are the same anywhere.
///
/// ```
/// use grange::{Pool, Sum};
/// # fn demo(pool: &Pool) -> Result<(), grange::Error> {
/// let squares: u64 = pool.range(0..1000u64).map_reduce(|items| items.map(|x| x * x).sum::<u64>(), Sum)?;
/// assert_eq!(squares, 332_833_500);
/// # Ok(()) }
/// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum;

/// A number that [`Sum`] can add.
pub trait Summand: Sized {
    /// Wide enough that adding cannot overflow.
    type Acc: Serialize + DeserializeOwned + Send + 'static;
    /// Whether adding is exact.
    const EXACT: bool;
    /// What adding starts from and leaves everything as it is.
    fn zero() -> Self::Acc;
    /// Adds one value.
    fn add(acc: &mut Self::Acc, value: Self);
    /// Adds two partial sums, left and right.
    fn merge(left: Self::Acc, right: Self::Acc) -> Self::Acc;
    /// The sum, if it fits.
    ///
    /// # Errors
    /// When it does not.
    fn total(acc: Self::Acc) -> Result<Self, Error>;
    /// The sum of nothing.
    fn nothing() -> Self;
}

macro_rules! narrow {
    ($($t:ty)*) => { $(
        impl Summand for $t {
            // 2^63 values of 64 bits fit; saturating would then show as not fitting.
            type Acc = i128;
            const EXACT: bool = true;
            fn zero() -> i128 {
                0
            }
            fn add(acc: &mut i128, value: $t) {
                *acc = acc.saturating_add(value as i128);
            }
            fn merge(left: i128, right: i128) -> i128 {
                left.saturating_add(right)
            }
            fn total(acc: i128) -> Result<$t, Error> {
                <$t>::try_from(acc).map_err(|_| {
                    Error::Overflow(format!("the sum {acc} does not fit {}", stringify!($t)))
                })
            }
            fn nothing() -> $t {
                0
            }
        }
    )* };
}

narrow!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

/// 256 bits: `high·2^128 + low`.
type Wide = (i128, u128);

fn wide_add(a: Wide, b: Wide) -> Wide {
    let (low, carry) = a.1.overflowing_add(b.1);
    (a.0.wrapping_add(b.0).wrapping_add(i128::from(carry)), low)
}

macro_rules! wide {
    ($t:ty, $high:expr, $fits:expr) => {
        impl Summand for $t {
            type Acc = Wide;
            const EXACT: bool = true;
            fn zero() -> Wide {
                (0, 0)
            }
            fn add(acc: &mut Wide, value: $t) {
                *acc = wide_add(*acc, ($high(value), value as u128));
            }
            fn merge(left: Wide, right: Wide) -> Wide {
                wide_add(left, right)
            }
            fn total(acc: Wide) -> Result<$t, Error> {
                let fits: fn(Wide) -> bool = $fits;
                if fits(acc) {
                    Ok(acc.1 as $t)
                } else {
                    Err(Error::Overflow(format!(
                        "the sum does not fit {}",
                        stringify!($t)
                    )))
                }
            }
            fn nothing() -> $t {
                0
            }
        }
    };
}

wide!(u128, |_| 0i128, |(high, _)| high == 0);
wide!(i128, |v: i128| v >> 127, |(high, low)| high
    == (low as i128) >> 127);

macro_rules! float {
    ($($t:ty)*) => { $(
        impl Summand for $t {
            type Acc = $t;
            const EXACT: bool = false;
            fn zero() -> $t {
                // Adding +0.0 would turn -0.0 into +0.0; -0.0 leaves everything as it is.
                -0.0
            }
            fn add(acc: &mut $t, value: $t) {
                *acc += value;
            }
            fn merge(left: $t, right: $t) -> $t {
                left + right
            }
            fn total(acc: $t) -> Result<$t, Error> {
                Ok(acc)
            }
            fn nothing() -> $t {
                0.0
            }
        }
    )* };
}

float!(f32 f64);

impl<V: Summand> Reduce<V> for Sum {
    type Acc = V::Acc;
    type Output = V;
    const EXACT: bool = V::EXACT;
    const COMMUTATIVE: bool = V::EXACT;

    fn identity(&self) -> V::Acc {
        V::zero()
    }

    fn fold(&self, acc: &mut V::Acc, value: V) {
        V::add(acc, value);
    }

    fn combine(&self, left: V::Acc, right: V::Acc) -> V::Acc {
        V::merge(left, right)
    }

    fn finish(&self, acc: V::Acc) -> Result<V, Error> {
        V::total(acc)
    }

    fn empty(&self) -> Result<V, Error> {
        Ok(V::nothing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum<V: Summand>(values: impl IntoIterator<Item = V>) -> Result<V, Error> {
        let mut acc = V::zero();
        values.into_iter().for_each(|v| V::add(&mut acc, v));
        V::total(acc)
    }

    #[test]
    fn overflow_is_found_at_the_end_only() {
        assert_eq!(
            sum([u64::MAX, 1]),
            Err(Error::Overflow(
                "the sum 18446744073709551616 does not fit u64".into()
            ))
        );
        assert_eq!(sum([i32::MAX, 1, -1]), Ok(i32::MAX));
        assert_eq!(sum([u128::MAX, 0]), Ok(u128::MAX));
        assert!(sum([u128::MAX, 1]).is_err());
        assert_eq!(sum([i128::MIN, -1, 1]), Ok(i128::MIN));
        assert!(sum([i128::MIN, -1]).is_err() && sum([i128::MAX, 1]).is_err());
        assert_eq!(sum([i128::MAX, 1, i128::MIN]), Ok(0));
    }

    #[test]
    fn zeros_keep_their_sign() {
        assert_eq!(sum([-0.0f64]).map(f64::to_bits), Ok((-0.0f64).to_bits()));
        assert_eq!(sum([-0.0f64, 0.0]).map(f64::to_bits), Ok(0));
        assert_eq!(Reduce::<f64>::empty(&Sum).map(f64::to_bits), Ok(0));
    }
}
