//! Minimum and maximum.

use super::Reduce;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The least value, the leftmost of equal ones; `None` of no values. NaN counts only where there is
/// nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Min;

/// The greatest value, the leftmost of equal ones; `None` of no values. NaN counts only where there is
/// nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Max;

/// Not equal to itself: NaN.
#[expect(clippy::eq_op, reason = "that is what tells NaN")]
fn is_nan<V: PartialOrd>(v: &V) -> bool {
    v != v
}

macro_rules! extreme {
    ($name:ident, $better:tt) => {
        impl $name {
            fn pick<V: PartialOrd>(left: Option<V>, right: Option<V>) -> Option<V> {
                match (left, right) {
                    (Some(l), Some(r)) => {
                        let take_right = r $better l || (is_nan(&l) && !is_nan(&r));
                        Some(if take_right { r } else { l })
                    }
                    (l, r) => l.or(r),
                }
            }
        }

        impl<V: PartialOrd + Serialize + DeserializeOwned + Send + 'static> Reduce<V> for $name {
            type Acc = Option<V>;
            type Output = Option<V>;
            const EXACT: bool = true;

            fn identity(&self) -> Option<V> {
                None
            }

            fn fold(&self, acc: &mut Option<V>, value: V) {
                *acc = Self::pick(acc.take(), Some(value));
            }

            fn combine(&self, left: Option<V>, right: Option<V>) -> Option<V> {
                Self::pick(left, right)
            }

            fn finish(&self, acc: Option<V>) -> Result<Option<V>, Error> {
                Ok(acc)
            }
        }
    };
}

extreme!(Min, <);
extreme!(Max, >);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_left_and_nan_goes_last() {
        assert_eq!(
            Min::pick(Some(-0.0f64), Some(0.0)).map(f64::to_bits),
            Some((-0.0f64).to_bits())
        );
        assert_eq!(
            Max::pick(Some(0.0f64), Some(-0.0)).map(f64::to_bits),
            Some(0)
        );
        assert_eq!(Max::pick(Some(f64::NAN), Some(1.0)), Some(1.0));
        assert_eq!(Min::pick(Some(1.0), Some(f64::NAN)), Some(1.0));
        assert_eq!(Min::pick(None::<u8>, None), None);
    }
}
