//! Maps: a value an item, outside of the tree.

use super::Cut;
use crate::checkpoint::Rows;
use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::task::{Control, Kept, Task};
use crate::source::{Items, Source};
use crate::wire::rope::Rope;
use crate::wire::{digest, value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Applies `f` to every item.
pub struct Map<'a, S, I, F> {
    /// The grains.
    pub cut: Cut<'a, S>,
    /// Makes a thread's state.
    pub init: I,
    /// What to apply.
    pub f: F,
    /// Values leave grain by grain.
    pub streaming: bool,
}

/// Values of consecutive grains.
pub type Values<V> = (Span, Vec<V>);

impl<S: Source, I, F> Map<'_, S, I, F> {
    /// Appends the values of one grain; whether they are all of it.
    fn grain<St, V>(
        &self,
        state: &mut St,
        items: Items<'_, S>,
        values: &mut Vec<V>,
    ) -> Result<bool, Error>
    where
        V: Serialize + DeserializeOwned,
        F: Fn(&mut St, S::Item) -> Result<V, Error> + Sync,
    {
        let wanted = values.len() as u128 + items.count_left();
        for item in items {
            let v = (self.f)(state, item)?;
            value::check(&v)?;
            values.push(v);
        }
        Ok(values.len() as u128 == wanted)
    }
}

impl<S, St, V, I, F> Task for Map<'_, S, I, F>
where
    S: Source,
    V: Serialize + DeserializeOwned + Send + 'static,
    I: Fn() -> St + Sync,
    F: Fn(&mut St, S::Item) -> Result<V, Error> + Sync,
{
    type State = St;
    type Part = Values<V>;
    type Store = Vec<Values<V>>;

    fn state(&self) -> St {
        (self.init)()
    }

    fn block(
        &self,
        state: &mut St,
        span: Span,
        control: &Control<'_>,
        emit: &mut dyn FnMut(Values<V>),
    ) -> Result<(), Error> {
        let mut values = Vec::new();
        let mut whole = span.start;
        self.cut
            .each_grain(span, control, |grain, items: Items<'_, S>| {
                let before = values.len();
                if !self.grain(state, items, &mut values)? {
                    values.truncate(before);
                    return Ok(());
                }
                if control.is_apart() {
                    let own = values.split_off(before);
                    values.append(&mut control.computed(own)?);
                }
                whole = grain + 1;
                if self.streaming {
                    emit((Span::new(grain, whole), std::mem::take(&mut values)));
                }
                Ok(())
            })?;
        if !values.is_empty() {
            emit((Span::new(span.start, whole), values));
        }
        Ok(())
    }

    fn again(&self, state: &mut St, grain: u64, control: &Control<'_>) -> Result<[u8; 32], Error> {
        let mut values = Vec::new();
        self.grain(state, self.cut.items_of(grain, control), &mut values)?;
        digest::of(&values)
    }

    fn store(&self) -> Self::Store {
        Vec::new()
    }

    fn put(&self, store: &mut Self::Store, mut part: Values<V>) {
        match store.last_mut() {
            Some(last) if last.0.end == part.0.start && !self.streaming => {
                last.0.end = part.0.end;
                last.1.append(&mut part.1);
            }
            _ => store.push(part),
        }
    }

    fn take(&self, store: &mut Self::Store) -> Vec<Values<V>> {
        std::mem::take(store)
    }

    fn encode(&self, parts: Vec<Values<V>>, rope: &mut Rope) -> Result<(), Error> {
        parts
            .into_iter()
            .try_for_each(|(span, values)| value::write(rope, &(span.start, span.end, values)))
    }

    fn kept(&self) -> Kept {
        Kept::Items
    }

    fn aside(&self, grain: u64) -> Option<Values<V>> {
        Some((Span::new(grain, grain + 1), Vec::new()))
    }

    fn grains_of(&self, (span, _): &Values<V>) -> Option<Span> {
        Some(*span)
    }

    fn rows_of(&self, (span, values): &Values<V>, rows: &mut Rows) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let first = u128::from(span.start) * self.cut.grain;
        for (index, v) in (first..).zip(values) {
            bytes.clear();
            value::append(&mut bytes, v)?;
            let index = u64::try_from(index).map_err(|_| too_many())?;
            rows.push(0, index, &bytes);
        }
        Ok(())
    }

    fn parts_of(&self, rows: &Rows) -> Result<Vec<Values<V>>, Error> {
        let mut parts: Vec<Values<V>> = Vec::new();
        let mut next = None;
        for (_, index, v) in rows.iter() {
            let v = value::from_slice(v)?;
            let item = u128::from(index);
            match parts.last_mut().filter(|_| next == Some(index)) {
                Some(last) => last.1.push(v),
                None => {
                    let grain = (item / self.cut.grain) as u64;
                    if !item.is_multiple_of(self.cut.grain) {
                        return Err(Error::Value("values that begin inside of a grain".into()));
                    }
                    parts.push((Span::new(grain, grain), vec![v]));
                }
            }
            next = index.checked_add(1);
        }
        for (span, values) in &mut parts {
            let end = u128::from(span.start) * self.cut.grain + values.len() as u128;
            if end > self.cut.items || (end < self.cut.items && !end.is_multiple_of(self.cut.grain))
            {
                return Err(Error::Value("values that end inside of a grain".into()));
            }
            span.end = end.div_ceil(self.cut.grain) as u64;
        }
        Ok(parts)
    }

    fn decode(&self, rope: &mut Rope) -> Result<Values<V>, Error> {
        let (start, end, values): (u64, u64, Vec<V>) = value::read(rope)?;
        if start > end {
            return Err(Error::Value("values of a span that runs backwards".into()));
        }
        if u128::from(end) > self.cut.grains() {
            return Err(Error::Value("values of grains that are not there".into()));
        }
        Ok((Span::new(start, end), values))
    }
}

fn too_many() -> Error {
    Error::Usage("a checkpoint keeps the values of at most 2^64 items".into())
}

/// Puts values of grains, as they come and perhaps some twice, into one list in order.
pub struct Collector<V> {
    grain: u128,
    covered: crate::engine::span::SpanSet,
    parts: Vec<Values<V>>,
}

impl<V> Collector<V> {
    /// Of grains of that many items.
    pub fn new(grain: u128) -> Self {
        Collector {
            grain,
            covered: crate::engine::span::SpanSet::new(),
            parts: Vec::new(),
        }
    }

    /// Adds values; drops what is there already. Gives what is news, by runs of grains.
    pub fn fresh(&mut self, (span, values): Values<V>) -> Vec<Values<V>> {
        let missing = self.covered.missing(span);
        self.covered.insert(span);
        if missing == [span] {
            return vec![(span, values)];
        }
        let mut values: Vec<Option<V>> = values.into_iter().map(Some).collect();
        let place = |grain: u64| {
            (u128::from(grain - span.start) * self.grain).min(values.len() as u128) as usize
        };
        let ranges: Vec<_> = missing
            .into_iter()
            .map(|part| (part, place(part.start)..place(part.end)))
            .collect();
        ranges
            .into_iter()
            .map(|(part, r)| {
                (
                    part,
                    values[r].iter_mut().filter_map(Option::take).collect(),
                )
            })
            .collect()
    }

    /// Grains whose values are there.
    pub fn grains(&self) -> u64 {
        self.covered.grains()
    }

    /// Values that are there.
    pub fn values(&self) -> usize {
        self.parts.iter().map(|(_, values)| values.len()).sum()
    }

    /// Adds values to the list.
    pub fn add(&mut self, part: Values<V>) {
        let fresh = self.fresh(part);
        self.parts.extend(fresh);
    }

    /// The list of what `grains` grains gave.
    ///
    /// # Errors
    /// When some is missing.
    pub fn into_values(mut self, grains: u64) -> Result<Vec<V>, Error> {
        if self.covered.grains() != grains {
            return Err(Error::Value("values of some items are missing".into()));
        }
        self.parts.sort_by_key(|(span, _)| span.start);
        let mut out = Vec::with_capacity(self.parts.iter().map(|(_, v)| v.len()).sum());
        for (_, mut values) in self.parts {
            out.append(&mut values);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_count_once_and_order_is_restored() {
        let values = |a: u64, b: u64| {
            (
                Span::new(a, b),
                (a * 3..(b * 3).min(29)).collect::<Vec<u64>>(),
            )
        };
        let mut collector = Collector::new(3);
        for (a, b) in [(4, 6), (0, 2), (1, 5), (5, 10), (0, 10)] {
            collector.add(values(a, b));
        }
        assert_eq!(
            collector.into_values(10).ok(),
            Some((0..29).collect::<Vec<u64>>())
        );
        assert!(Collector::<u8>::new(1).into_values(1).is_err());
    }
}
