//! How values become one: the reducers.
//!
//! A reducer folds values into an accumulator inside a grain, and combines accumulators of neighbouring
//! nodes, left with right, along the tree of [`crate::engine::node`]. The identity never enters the tree: a
//! leaf starts from it, nothing else does.

mod concat;
mod count;
mod extremes;
mod sum;
mod tuple;

pub use concat::Concat;
pub use count::Count;
pub use extremes::{Max, Min};
pub use sum::{Sum, Summand};

use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Folds values of type `V` into one result.
///
/// Implement it for a reduction of your own; `combine` need not be associative for the result to be the
/// same bits on any number of ranks and threads.
///
/// ```
/// use grange::{Error, Reduce};
///
/// /// The mean of floats: sum and count.
/// struct Mean;
///
/// impl Reduce<f64> for Mean {
///     type Acc = (f64, u64);
///     type Output = Option<f64>;
///     fn identity(&self) -> (f64, u64) {
///         (0.0, 0)
///     }
///     fn fold(&self, acc: &mut (f64, u64), value: f64) {
///         acc.0 += value;
///         acc.1 += 1;
///     }
///     fn combine(&self, left: (f64, u64), right: (f64, u64)) -> (f64, u64) {
///         (left.0 + right.0, left.1 + right.1)
///     }
///     fn finish(&self, acc: (f64, u64)) -> Result<Option<f64>, Error> {
///         Ok((acc.1 > 0).then(|| acc.0 / acc.1 as f64))
///     }
/// }
/// ```
pub trait Reduce<V>: Sync {
    /// What values are folded into; what travels between ranks.
    type Acc: Serialize + DeserializeOwned + Send + 'static;

    /// What the call returns.
    type Output;

    /// Whether `combine` is exactly associative (integers, minimum, concatenation): then a run of grains is
    /// folded straight through, without a tree in between. The bits are the same either way.
    const EXACT: bool = false;

    /// Whether it is exactly associative and does not depend on the order either: then a
    /// [deferred](crate::Workload::deferred) call keeps one accumulator a thread.
    const COMMUTATIVE: bool = false;

    /// The most grains that an automatic cut makes; lower it where accumulators are large.
    const MAX_GRAINS: u64 = 1 << 20;

    /// The accumulator that a grain starts from.
    fn identity(&self) -> Self::Acc;

    /// Folds a value in, on the right.
    fn fold(&self, acc: &mut Self::Acc, value: V);

    /// Combines two neighbours, in this order.
    fn combine(&self, left: Self::Acc, right: Self::Acc) -> Self::Acc;

    /// The result.
    ///
    /// # Errors
    /// When the result does not fit its type.
    fn finish(&self, acc: Self::Acc) -> Result<Self::Output, Error>;

    /// The result over no items at all.
    ///
    /// # Errors
    /// As [`Reduce::finish`].
    fn empty(&self) -> Result<Self::Output, Error> {
        self.finish(self.identity())
    }
}
