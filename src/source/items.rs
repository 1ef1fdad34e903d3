//! The items of one grain.

use super::{Integer, Range, Source};
use crate::exec::task::Control;
use std::ops::RangeInclusive;

/// The items of one grain, in order: what the user's function gets. An iterator, which also knows its
/// bounds for functions that work on a whole block at once.
///
/// Iteration ends early when the result is no longer wanted: the run is being stopped, or a search has been
/// settled further left.
#[derive(Debug)]
pub struct Items<'a, S> {
    source: &'a S,
    next: u128,
    end: u128,
    control: &'a Control<'a>,
}

impl<'a, S: Source> Items<'a, S> {
    pub(crate) fn new(source: &'a S, start: u128, end: u128, control: &'a Control<'a>) -> Self {
        Items {
            source,
            next: start,
            end,
            control,
        }
    }

    /// Position of the next item in the whole workload.
    pub fn index(&self) -> u128 {
        self.next
    }

    /// How many items are left.
    pub fn count_left(&self) -> u128 {
        self.end - self.next
    }

    /// Whether the result is no longer wanted: a function that computes long without taking items should
    /// ask now and then, and may then return anything.
    pub fn is_stopped(&self) -> bool {
        self.control.is_stopped()
    }
}

impl<T: Integer> Items<'_, Range<T>> {
    /// The integers left, from first to last, both included; `None` if there are none. Inclusive, so that
    /// the largest integer of a type can be among them.
    pub fn range(&self) -> Option<RangeInclusive<T>> {
        (self.next < self.end).then(|| self.source.get(self.next)..=self.source.get(self.end - 1))
    }
}

impl<S: Source> Iterator for Items<'_, S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        if self.next >= self.end || self.control.is_stopped() {
            return None;
        }
        self.control.at_item(self.next);
        let item = self.source.get(self.next);
        self.next += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, usize::try_from(self.end - self.next).ok())
    }
}
