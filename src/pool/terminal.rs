//! How the calls come down to tasks.

use super::execute::Order;
use super::inbox::Inbox;
use super::results::{Results, Rooted};
use super::settings::{default_grain, grains};
use super::stateful::Stateful;
use crate::error::Error;
use crate::exec::task::Task;
use crate::reduce::Reduce;
use crate::session::hub::Local;
use crate::session::spec::{Kind, Spec};
use crate::source::{Items, Source};
use crate::tasks::Cut;
use crate::tasks::each::Each;
use crate::tasks::find::Find;
use crate::tasks::map::{Collector, Map};
use crate::tasks::reduce::{Reduction, Typed};
use crate::wire::message::Place;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

/// At most so many grains by default, for anything but a reducer that says otherwise.
const MOST_GRAINS: u64 = 1 << 20;

/// Everything that kinds of calls differ in.
struct Traits {
    verb: &'static str,
    at: &'static Location<'static>,
    kind: Kind,
    types: &'static str,
    most_grains: u64,
    speculate: bool,
    streaming: bool,
}

impl<'p, S: Source, St, I: Fn() -> St + Sync> Stateful<'p, S, I> {
    fn order(&self, traits: &Traits) -> Result<Order, Error> {
        let (pool, settings) = (self.work.pool, &self.work.settings);
        let items = self.work.source.count()?;
        let grain = settings
            .grain
            .or(pool.grain)
            .unwrap_or_else(|| default_grain(items, traits.most_grains));
        let grains = grains(items, grain)?;
        let window = settings
            .buffer
            .unwrap_or((64 * pool.total_threads() as u64).max(1024))
            .max(1);
        let spec = Spec {
            seq: 0,
            place: Place {
                fingerprint: 0,
                text: String::new(),
            },
            kind: traits.kind,
            grains,
            grain,
            items,
            schedule: settings.schedule.or(pool.schedule).unwrap_or_default(),
            speculate: settings.speculate.unwrap_or(traits.speculate),
            deferred: settings.deferred,
            deadline: settings.deadline,
            ceiling: traits.streaming.then_some(window),
        };
        Ok(Order {
            spec,
            verb: traits.verb,
            name: settings.name.clone(),
            at: traits.at,
            types: traits.types,
            streaming: traits.streaming,
        })
    }

    fn cut(&self, order: &Order) -> Cut<'_, S> {
        Cut {
            source: &self.work.source,
            items: order.spec.items,
            grain: order.spec.grain,
        }
    }

    pub(super) fn reduce<V, R: Reduce<V>>(
        &self,
        at: &'static Location<'static>,
        reducer: &R,
        f: impl Fn(&mut St, Items<'_, S>, &mut R::Acc) -> Result<(), Error> + Sync,
    ) -> Result<R::Output, Error> {
        let types = type_name::<(V, R::Acc)>();
        let most_grains = R::MAX_GRAINS;
        let traits = Traits {
            verb: "map_reduce",
            at,
            kind: Kind::All,
            types,
            most_grains,
            speculate: true,
            streaming: false,
        };
        let order = self.order(&traits)?;
        let task = Reduction {
            cut: self.cut(&order),
            grains: order.spec.grains,
            init: &self.init,
            f,
            reducer,
            deferred: order.spec.deferred,
        };
        let task = Typed::<_, V>(task, PhantomData);
        let root = self.work.pool.execute(order, &task, |inbox| {
            let mut store = task.store();
            while let Some(part) = inbox.next()? {
                task.put(&mut store, part);
            }
            task.root(store)
        })?;
        task.output(root)
    }

    pub(super) fn collect<V>(
        self,
        at: &'static Location<'static>,
        f: impl Fn(&mut St, S::Item) -> Result<V, Error> + Sync,
    ) -> Result<Rooted<'p, Vec<V>>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        let types = type_name::<V>();
        let traits = Traits {
            verb: "map",
            at,
            kind: Kind::All,
            types,
            most_grains: MOST_GRAINS,
            speculate: true,
            streaming: false,
        };
        let order = self.order(&traits)?;
        let task = Map {
            cut: self.cut(&order),
            init: &self.init,
            f,
            streaming: false,
        };
        let mut value = None;
        let pool = self.work.pool;
        let (grain, grains) = (order.spec.grain, order.spec.grains);
        pool.execute(order, &task, |inbox| {
            let mut collector = Collector::new(grain);
            while let Some(part) = inbox.next()? {
                collector.add(part);
            }
            value = Some(collector.into_values(grains)?);
            Ok(())
        })?;
        Ok(Rooted { pool, value })
    }

    pub(super) fn each<E: fmt::Display>(
        &self,
        at: &'static Location<'static>,
        f: impl Fn(&mut St, S::Item) -> Result<(), E> + Sync,
    ) -> Result<(), Error> {
        let traits = Traits {
            verb: "for_each",
            at,
            kind: Kind::All,
            types: type_name::<S::Item>(),
            most_grains: MOST_GRAINS,
            speculate: false,
            streaming: false,
        };
        let order = self.order(&traits)?;
        let f = |state: &mut St, items: Items<'_, S>| -> Result<(), Error> {
            for item in items {
                f(state, item).map_err(Error::user)?;
            }
            Ok(())
        };
        let task = Each {
            cut: self.cut(&order),
            init: &self.init,
            f,
        };
        self.work.pool.execute(order, &task, |inbox| {
            while inbox.next()?.is_some() {}
            Ok(())
        })
    }

    pub(super) fn find<V>(
        &self,
        at: &'static Location<'static>,
        kind: Kind,
        f: impl Fn(&mut St, Items<'_, S>) -> Option<V> + Sync,
    ) -> Result<Option<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        let verb = if kind == Kind::First {
            "find_first"
        } else {
            "find_any"
        };
        let types = type_name::<V>();
        let traits = Traits {
            verb,
            at,
            kind,
            types,
            most_grains: MOST_GRAINS,
            speculate: true,
            streaming: false,
        };
        let order = self.order(&traits)?;
        let f = |state: &mut St, items: Items<'_, S>| Ok(f(state, items));
        let task = Find {
            cut: self.cut(&order),
            init: &self.init,
            f,
        };
        self.work.pool.execute(order, &task, |inbox| {
            let mut best: Option<(u64, V)> = None;
            while let Some((grain, value)) = inbox.next()? {
                if best.as_ref().is_none_or(|(b, _)| grain < *b) {
                    best = Some((grain, value));
                }
            }
            Ok(best.map(|(_, value)| value))
        })
    }

    #[track_caller]
    pub(super) fn find_item(
        self,
        first: bool,
        f: impl Fn(&S::Item) -> bool + Sync,
    ) -> Result<Option<S::Item>, Error> {
        let kind = if first { Kind::First } else { Kind::Any };
        let index = self.find(Location::caller(), kind, |_, mut items| {
            let start = items.index();
            items.position(|item| f(&item)).map(|i| start + i as u128)
        })?;
        Ok(index.map(|index: u128| self.work.source.get(index)))
    }
}

/// A map whose results are consumed one by one: see [`Imap::drive`].
#[must_use = "nothing runs before drive"]
pub struct Imap<'p, S, I, F> {
    pub(super) stateful: Stateful<'p, S, I>,
    pub(super) f: F,
    pub(super) ordered: bool,
}

impl<S, St, V, I, F> Imap<'_, S, I, F>
where
    S: Source,
    V: Serialize + DeserializeOwned + Send + 'static,
    I: Fn() -> St + Sync,
    F: Fn(&mut St, S::Item) -> V + Sync,
{
    /// Runs `driver` on rank 0 with the results; returns what it returns on every rank. Results that it leaves
    /// untouched are not computed to the end.
    ///
    /// # Errors
    /// When the function panics, when `driver` returns an error or panics, when the run is stopped.
    #[track_caller]
    pub fn drive<R, E>(
        self,
        driver: impl FnOnce(Results<'_, V>) -> Result<R, E>,
    ) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Error>,
    {
        let verb = if self.ordered {
            "imap"
        } else {
            "imap_unordered"
        };
        let (at, types) = (Location::caller(), type_name::<V>());
        let traits = Traits {
            verb,
            at,
            kind: Kind::All,
            types,
            most_grains: MOST_GRAINS,
            speculate: true,
            streaming: true,
        };
        let work = &self.stateful;
        let order = work.order(&traits)?;
        let f = |state: &mut St, item: S::Item| Ok((self.f)(state, item));
        let task = Map {
            cut: work.cut(&order),
            init: &work.init,
            f,
            streaming: true,
        };
        let (pool, ordered) = (work.work.pool, self.ordered);
        let window = order.spec.ceiling.unwrap_or(u64::MAX);
        let (grain, grains) = (order.spec.grain, order.spec.grains);
        pool.execute(order, &task, |inbox| {
            let mut failed = None;
            let mut over = false;
            let mut stream = Stream::new(grain, ordered, window);
            let results = Results::new(|| {
                if over {
                    return None;
                }
                let ceiling = |seq, ceiling| pool.hub.send(Local::Ceiling(seq, ceiling));
                let value = stream.next(inbox, grains, ceiling).unwrap_or_else(|error| {
                    failed.get_or_insert(error);
                    None
                });
                over = value.is_none();
                value
            });
            let outcome = pool.section(|| driver(results));
            // A stopped run is why the driver saw an early end.
            failed.map_or_else(|| outcome.map_err(Into::into), Err)
        })
    }
}

impl<S, I, F> fmt::Debug for Imap<'_, S, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imap({:?})", self.stateful)
    }
}

/// Values in the order in which they are to be consumed.
struct Stream<V> {
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
    fn new(grain: u128, ordered: bool, window: u64) -> Self {
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

    fn next<T>(
        &mut self,
        inbox: &mut Inbox<'_, T>,
        grains: u64,
        ceiling: impl Fn(u64, u64),
    ) -> Result<Option<V>, Error>
    where
        T: Task<Part = (crate::engine::span::Span, Vec<V>)>,
    {
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
                    ceiling(inbox.call().seq, allowed);
                }
                continue;
            }
            let Some(part) = inbox.next()? else {
                if self.consumed < grains {
                    return Err(Error::Value("values of some items are missing".into()));
                }
                return Ok(None);
            };
            for (span, values) in self.collector.fresh(part) {
                self.waiting.insert(span.start, (span.len(), values));
            }
        }
    }
}
