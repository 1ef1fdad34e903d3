//! What is computed over: ranges, lists, and several lists at once.
//!
//! Every rank has the whole of it, since every rank runs the same `main`; only indices travel.

mod items;
mod list;
mod range;

pub use items::Items;
pub use list::{List, Product, Zip};
pub use range::{Bounds, Integer, Range};

use crate::error::Error;

/// An indexed collection of items, the same on every rank.
pub trait Source: Sync {
    /// One item.
    type Item;

    /// How many there are.
    ///
    /// # Errors
    /// When the collection makes no sense: lists of unequal length, more than 2^128 - 1 items.
    fn count(&self) -> Result<u128, Error>;

    /// A number that tells this collection from others, where it knows its contents: a range does, a list of
    /// anything does not. What a [checkpoint](crate::Workload::checkpoint) keeps belongs to it.
    fn fingerprint(&self) -> Option<u64> {
        None
    }

    /// The item at `index`, which is less than the count.
    fn get(&self, index: u128) -> Self::Item;
}
