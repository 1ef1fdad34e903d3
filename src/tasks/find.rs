//! Searches: the leftmost hit, or any.

use super::{Cut, row};
use crate::checkpoint::Rows;
use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::task::{Control, Kept, Task};
use crate::source::{Items, Source};
use crate::wire::rope::Rope;
use crate::wire::{digest, value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Looks for a hit in every grain.
pub struct Find<'a, S, I, F> {
    /// The grains.
    pub cut: Cut<'a, S>,
    /// Makes a thread's state.
    pub init: I,
    /// Looks through the items of a grain.
    pub f: F,
}

impl<S, St, V, I, F> Task for Find<'_, S, I, F>
where
    S: Source,
    V: Serialize + DeserializeOwned + Send + 'static,
    I: Fn() -> St + Sync,
    F: Fn(&mut St, Items<'_, S>) -> Result<Option<V>, Error> + Sync,
{
    type State = St;
    type Part = (u64, V);
    type Store = Vec<(u64, V)>;

    fn state(&self) -> St {
        (self.init)()
    }

    fn block(
        &self,
        state: &mut St,
        span: Span,
        control: &Control<'_>,
        emit: &mut dyn FnMut((u64, V)),
    ) -> Result<(), Error> {
        self.cut.each_grain(span, control, |grain, items| {
            let hit = (self.f)(state, items)?;
            if control.is_stopped() {
                // Cut short, it may have missed an earlier hit of its own.
                return Ok(());
            }
            if let Some(v) = control.computed(hit)? {
                value::check(&v)?;
                emit((grain, v));
                control.hit(grain);
            }
            Ok(())
        })
    }

    fn again(&self, state: &mut St, grain: u64, control: &Control<'_>) -> Result<[u8; 32], Error> {
        digest::of(&(self.f)(state, self.cut.items_of(grain, control))?)
    }

    fn store(&self) -> Self::Store {
        Vec::new()
    }

    fn put(&self, store: &mut Self::Store, part: (u64, V)) {
        store.push(part);
    }

    fn take(&self, store: &mut Self::Store) -> Vec<(u64, V)> {
        std::mem::take(store)
    }

    fn hit(&self, parts: &[(u64, V)]) -> Option<u64> {
        parts.iter().map(|(grain, _)| *grain).min()
    }

    fn encode(&self, parts: Vec<(u64, V)>, rope: &mut Rope) -> Result<(), Error> {
        parts.iter().try_for_each(|part| value::write(rope, part))
    }

    fn kept(&self) -> Kept {
        Kept::Hits
    }

    fn rows_of(&self, (grain, v): &(u64, V), rows: &mut Rows) -> Result<(), Error> {
        row(rows, 0, *grain, v)
    }

    fn parts_of(&self, rows: &Rows) -> Result<Vec<(u64, V)>, Error> {
        let part =
            |(_, grain, v): (u8, u64, &[u8])| Ok((self.cut.known(grain)?, value::from_slice(v)?));
        rows.iter().map(part).collect()
    }

    fn decode(&self, rope: &mut Rope) -> Result<(u64, V), Error> {
        let (grain, v) = value::read(rope)?;
        Ok((self.cut.known(grain)?, v))
    }
}
