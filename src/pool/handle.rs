//! A map that is under way, seen from the function that waits for it.

use super::inbox::Taken;
use crate::error::Error;
use crate::tasks::map::{Collector, Values};
use std::fmt;
use std::time::{Duration, Instant};

/// Waits until then for some values.
type Pull<'a, V> = Box<dyn FnMut(Option<Instant>) -> Result<Taken<Values<V>>, Error> + 'a>;

/// A map that is under way: see [`Workload::amap`](crate::Workload::amap).
pub struct Handle<'a, V> {
    pull: Pull<'a, V>,
    collector: Collector<V>,
    grains: u64,
    items: u128,
    failed: Option<Error>,
}

impl<'a, V> Handle<'a, V> {
    /// Over so many items in so many grains. `pull` waits for more values, until the time given if there is
    /// one.
    pub(crate) fn new(
        (items, grain, grains): (u128, u128, u64),
        pull: impl FnMut(Option<Instant>) -> Result<Taken<Values<V>>, Error> + 'a,
    ) -> Self {
        Handle {
            pull: Box::new(pull),
            collector: Collector::new(grain),
            grains,
            items,
            failed: None,
        }
    }

    /// Whether it is over: all values are there, or it failed. Does not wait.
    #[doc(alias = "ready")]
    pub fn is_ready(&mut self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits until it is over, but not longer than `time`; whether it is.
    pub fn wait(&mut self, time: Duration) -> bool {
        // A time beyond all clocks is no limit.
        let until = Instant::now().checked_add(time);
        while !self.is_over() && self.take(until) {}
        self.is_over()
    }

    /// Items whose values are there.
    pub fn done(&mut self) -> u128 {
        self.wait(Duration::ZERO);
        self.collector.values() as u128
    }

    /// Items in all.
    pub fn total(&self) -> u128 {
        self.items
    }

    /// The values, in order, once they are all there.
    ///
    /// # Errors
    /// When the function panics, when the run is stopped.
    pub fn get(mut self) -> Result<Vec<V>, Error> {
        while !self.is_over() && self.take(None) {}
        match self.failed {
            Some(error) => Err(error),
            None => self.collector.into_values(self.grains),
        }
    }

    fn is_over(&self) -> bool {
        self.failed.is_some() || self.collector.grains() == self.grains
    }

    /// Takes some values; whether there were any before `until`.
    fn take(&mut self, until: Option<Instant>) -> bool {
        match (self.pull)(until) {
            Ok(Taken::Part(part)) => {
                self.collector.add(part);
                return true;
            }
            Ok(Taken::Nothing) => {}
            Ok(Taken::Over) => {
                let missing = Error::Value("values of some items are missing".into());
                self.failed = Some(missing);
            }
            Err(error) => self.failed = Some(error),
        }
        false
    }
}

impl<V> fmt::Debug for Handle<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.collector.values();
        write!(f, "Handle({done} of {} items)", self.items)
    }
}
