//! Concatenation in order.

use super::Reduce;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Puts all values into one `Vec`, in the order of their items. A value that is to give none or many is a
/// `Vec` or an `Option`: anything that iterates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Concat;

impl<V> Reduce<V> for Concat
where
    V: IntoIterator,
    V::Item: Serialize + DeserializeOwned + Send + 'static,
{
    type Acc = Vec<V::Item>;
    type Output = Vec<V::Item>;
    const EXACT: bool = true;

    fn identity(&self) -> Vec<V::Item> {
        Vec::new()
    }

    fn fold(&self, acc: &mut Vec<V::Item>, value: V) {
        acc.extend(value);
    }

    fn combine(&self, mut left: Vec<V::Item>, mut right: Vec<V::Item>) -> Vec<V::Item> {
        left.append(&mut right);
        left
    }

    fn finish(&self, acc: Vec<V::Item>) -> Result<Vec<V::Item>, Error> {
        Ok(acc)
    }
}
