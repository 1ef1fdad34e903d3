//! Items that failed and were set aside.

use super::Pool;

/// Items that failed and were set aside: see [`Workload::skip_failures`](crate::Workload::skip_failures).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedItems {
    /// Which call they are of, for people.
    pub call: String,
    /// From the first item to one past the last, by index: the grain in which one failed.
    pub items: (u128, u128),
    /// Where it failed last.
    pub rank: usize,
    /// The host of that rank.
    pub host: String,
    /// The panic or the error, and which item it was, where that is known.
    pub cause: String,
}

impl Pool {
    /// What was set aside so far, on rank 0; empty on the others.
    pub fn failures(&self) -> Vec<FailedItems> {
        self.failures.borrow().clone()
    }
}
