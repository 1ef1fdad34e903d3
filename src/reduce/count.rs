//! Counting.

use super::Reduce;
use crate::error::Error;

/// How many values are `true`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count;

impl Reduce<bool> for Count {
    type Acc = u128;
    type Output = u128;
    const EXACT: bool = true;
    const COMMUTATIVE: bool = true;

    fn identity(&self) -> u128 {
        0
    }

    fn fold(&self, acc: &mut u128, value: bool) {
        *acc += u128::from(value);
    }

    fn combine(&self, left: u128, right: u128) -> u128 {
        left + right
    }

    fn finish(&self, acc: u128) -> Result<u128, Error> {
        Ok(acc)
    }
}
