//! What each kind of call does with its grains: implementations of [`crate::exec::task::Task`].

pub mod each;
pub mod find;
pub mod map;
pub mod nothing;
pub mod reduce;
pub mod stream;

use crate::checkpoint::Rows;
use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::task::Control;
use crate::source::{Items, Source};
use crate::wire::value;
use serde::Serialize;

/// A workload cut into grains.
pub struct Cut<'a, S> {
    /// The items.
    pub source: &'a S,
    /// How many.
    pub items: u128,
    /// Items of a grain; the last may have fewer.
    pub grain: u128,
}

impl<'a, S: Source> Cut<'a, S> {
    /// How many grains there are.
    pub fn grains(&self) -> u128 {
        self.items.div_ceil(self.grain.max(1))
    }

    /// That there is a grain `grain`: it was read from somewhere.
    pub fn known(&self, grain: u64) -> Result<u64, Error> {
        match u128::from(grain) < self.grains() {
            true => Ok(grain),
            false => Err(Error::Value("a value of a grain that is not there".into())),
        }
    }

    /// The items of grain `grain`.
    pub fn items_of<'c>(&'c self, grain: u64, control: &'c Control<'c>) -> Items<'c, S> {
        let start = u128::from(grain) * self.grain;
        Items::new(
            self.source,
            start,
            start.saturating_add(self.grain).min(self.items),
            control,
        )
    }

    /// Runs `f` over the grains of `span`, until one is no longer wanted.
    pub fn each_grain(
        &self,
        span: Span,
        control: &Control<'_>,
        mut f: impl FnMut(u64, Items<'_, S>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for grain in span.start..span.end {
            control.begin(grain);
            if control.is_stopped() {
                return Ok(());
            }
            f(grain, self.items_of(grain, control))?;
        }
        Ok(())
    }
}

/// Adds a value to the rows of a checkpoint.
fn row<V: Serialize>(rows: &mut Rows, level: u8, index: u64, v: &V) -> Result<(), Error> {
    let mut bytes = Vec::new();
    value::append(&mut bytes, v)?;
    rows.push(level, index, &bytes);
    Ok(())
}
