//! How the calls come down to tasks.

use super::execute::Order;
use super::results::Rooted;
use super::settings::{Keeping, MOST_GRAINS, default_grain, grains};
use super::stateful::Stateful;
use crate::checkpoint::Rows;
use crate::engine::span::SpanSet;
use crate::error::Error;
use crate::exec::task::{Task, Trials};
use crate::reduce::Reduce;
use crate::session::spec::{Kind, Spec};
use crate::source::{Items, Source};
use crate::tasks::Cut;
use crate::tasks::each::Each;
use crate::tasks::find::Find;
use crate::tasks::map::{Collector, Map};
use crate::tasks::reduce::{Reduction, Typed};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

/// Everything that kinds of calls differ in.
pub(super) struct Traits {
    pub verb: &'static str,
    pub at: &'static Location<'static>,
    pub kind: Kind,
    pub types: &'static str,
    pub most_grains: u64,
    pub speculate: bool,
    pub streaming: bool,
}

impl<'p, S: Source, St, I: Fn() -> St + Sync> Stateful<'p, S, I> {
    pub(super) fn order(&self, traits: &Traits) -> Result<Order, Error> {
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
        let audit = settings.audit.or(pool.audit);
        if let Some(share) = audit
            && !(0.0..=1.0).contains(&share)
        {
            return Err(Error::Usage(format!(
                "an audit of {share} of the grains; it takes from 0 (none) to 1 (all)"
            )));
        }
        let spec = Spec {
            grains,
            grain,
            items,
            schedule: settings.schedule.or(pool.schedule).unwrap_or_default(),
            speculate: settings.speculate.unwrap_or(traits.speculate),
            deferred: settings.deferred,
            deadline: settings.deadline,
            ceiling: traits.streaming.then_some(window),
            trials: Trials {
                retries: settings.retries,
                skip: settings.skip,
            },
            ..Spec::of(traits.kind)
        };
        Ok(Order {
            spec,
            verb: traits.verb,
            name: settings.name.clone(),
            at: traits.at,
            types: traits.types,
            streaming: traits.streaming,
            show: settings.show,
            audit: audit.filter(|share| *share > 0.0),
            keeping: Keeping::new(
                pool,
                settings.checkpoint.as_ref(),
                settings.version.as_deref(),
                self.work.source.fingerprint(),
            ),
        })
    }

    pub(super) fn cut(&self, order: &Order) -> Cut<'_, S> {
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
        let types = type_name::<(S::Item, V, R, R::Acc)>();
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
            trials: order.spec.trials,
        };
        let task = Typed::<_, V>(task, PhantomData);
        let root = self.work.pool.execute(order, &task, |inbox| {
            let mut store = task.store();
            let put = |store: &mut _, part| task.put(store, part);
            inbox.fold(&mut store, put, |store| task.snapshot(store))?;
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
        let types = type_name::<(S::Item, V)>();
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
            let nothing = |(): &()| Ok(Default::default());
            inbox.fold(&mut (), |(), ()| {}, nothing)
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
        let types = type_name::<(S::Item, V)>();
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
            let put = |best: &mut Option<(u64, V)>, part: (u64, V)| {
                if best.as_ref().is_none_or(|(b, _)| part.0 < *b) {
                    *best = Some(part);
                }
            };
            inbox.fold(&mut best, put, |best| {
                let mut rows = Rows::default();
                best.iter()
                    .try_for_each(|part| task.rows_of(part, &mut rows))?;
                Ok((SpanSet::new(), rows))
            })?;
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
