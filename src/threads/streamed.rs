//! The call of a map, for whoever takes its values as they come.

use super::call::Caller;
use crate::error::Error;
use crate::exec::task::Task;
use crate::pool::inbox::Taken;
use crate::tasks::map::Values;
use std::time::Instant;

/// A caller, whatever its task, as long as that gives values of items.
pub trait Streamed<V> {
    /// See [`Caller::pull`].
    fn pull(&mut self, until: Option<Instant>) -> Result<Taken<Values<V>>, Error>;

    /// See [`Caller::lease`].
    fn lease(&mut self, ceiling: u64);
}

impl<V, T: Task<Part = Values<V>>> Streamed<V> for Caller<'_, '_, T> {
    fn pull(&mut self, until: Option<Instant>) -> Result<Taken<Values<V>>, Error> {
        Caller::pull(self, until)
    }

    fn lease(&mut self, ceiling: u64) {
        Caller::lease(self, ceiling);
    }
}
