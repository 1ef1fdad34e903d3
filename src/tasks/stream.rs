//! The values of a map, for whoever consumes them one by one.

use super::map::{Collector, Values};
use crate::error::Error;
use std::collections::BTreeMap;

/// Values in the order in which they are to be consumed.
pub struct Stream<V> {
    collector: Collector<V>,
    ordered: bool,
    /// By first grain; waiting for their turn.
    waiting: BTreeMap<u64, (u64, Vec<V>)>,
    ready: std::vec::IntoIter<V>,
    /// Grains consumed.
    consumed: u64,
    window: u64,
    told: u64,
}

impl<V> Stream<V> {
    /// Of grains of that many items, of which `window` may be leased beyond what is consumed.
    pub fn new(grain: u128, ordered: bool, window: u64) -> Self {
        Stream {
            collector: Collector::new(grain),
            ordered,
            waiting: BTreeMap::new(),
            ready: Vec::new().into_iter(),
            consumed: 0,
            window,
            told: window,
        }
    }

    /// The next value of what `grains` grains give; `None` when all are consumed. `pull` waits for more of
    /// them, `ceiling` hears up to where grains may be leased.
    ///
    /// # Errors
    /// That of `pull`, and when it ends early.
    pub fn next(
        &mut self,
        grains: u64,
        mut pull: impl FnMut() -> Result<Option<Values<V>>, Error>,
        mut ceiling: impl FnMut(u64),
    ) -> Result<Option<V>, Error> {
        loop {
            if let Some(value) = self.ready.next() {
                return Ok(Some(value));
            }
            let turn = match self.ordered {
                true => self.waiting.remove(&self.consumed),
                false => self.waiting.pop_first().map(|(_, part)| part),
            };
            if let Some((grains, values)) = turn {
                self.consumed += grains;
                self.ready = values.into_iter();
                let allowed = self.consumed.saturating_add(self.window);
                // Not with every grain: an eighth of the window is soon enough.
                if allowed - self.told >= (self.window / 8).max(1) {
                    self.told = allowed;
                    ceiling(allowed);
                }
                continue;
            }
            if self.consumed >= grains {
                return Ok(None);
            }
            let Some(part) = pull()? else {
                return Err(Error::Value("values of some items are missing".into()));
            };
            for (span, values) in self.collector.fresh(part) {
                self.waiting.insert(span.start, (span.len(), values));
            }
        }
    }
}
