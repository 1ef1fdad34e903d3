//! How the calls come down to tasks.

use super::call::Shown;
use super::streamed::Streamed;
use super::workload::ThreadWorkload;
use crate::error::Error;
use crate::exec::task::{Task, Trials};
use crate::pool::settings::{MOST_GRAINS, default_grain, grains};
use crate::progress::{Manner, Progress};
use crate::reduce::Reduce;
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
use std::marker::PhantomData;
use std::panic::Location;

impl<S: Source> ThreadWorkload<S> {
    fn spec(
        &self,
        verb: &str,
        at: &'static Location<'static>,
        kind: Kind,
        most_grains: u64,
    ) -> Result<(Spec, Option<Shown>), Error> {
        let settings = &self.settings;
        let items = self.source.count()?;
        let grain = settings
            .grain
            .unwrap_or_else(|| default_grain(items, most_grains));
        let what = match &settings.name {
            Some(name) => format!("'{name}' ({verb})"),
            None => verb.to_owned(),
        };
        let progress = settings.show.map(|_| Progress::new("items"));
        progress
            .iter()
            .for_each(|progress| progress.set_total(items));
        let spec = Spec {
            place: Place {
                fingerprint: 0,
                text: format!("{what} over {items} item(s) at {at}"),
            },
            grains: grains(items, grain)?,
            grain,
            items,
            progress,
            ..Spec::of(kind)
        };
        let label = || format!("{what} at {at}");
        Ok((
            spec,
            Manner::of(settings.show, None).map(|manner| (label(), manner)),
        ))
    }

    fn cut(&self, spec: &Spec) -> Cut<'_, S> {
        Cut {
            source: &self.source,
            items: spec.items,
            grain: spec.grain,
        }
    }

    pub(super) fn each(
        &self,
        at: &'static Location<'static>,
        f: impl Fn(S::Item) + Sync,
    ) -> Result<(), Error> {
        let (spec, show) = self.spec("for_each", at, Kind::All, MOST_GRAINS)?;
        let task = Each {
            cut: self.cut(&spec),
            init: || (),
            f: |(): &mut (), items: Items<'_, S>| {
                items.for_each(&f);
                Ok(())
            },
        };
        self.threads
            .execute(&spec, show, &task, |caller| caller.complete().map(drop))
    }

    pub(super) fn reduce<V, R: Reduce<V>>(
        &self,
        at: &'static Location<'static>,
        reducer: &R,
        f: impl Fn(Items<'_, S>, &mut R::Acc) + Sync,
    ) -> Result<R::Output, Error> {
        let (spec, show) = self.spec("map_reduce", at, Kind::All, R::MAX_GRAINS)?;
        let f = |(): &mut (), items: Items<'_, S>, acc: &mut R::Acc| {
            f(items, acc);
            Ok(())
        };
        let task = Reduction {
            cut: self.cut(&spec),
            grains: spec.grains,
            init: || (),
            f,
            reducer,
            deferred: false,
            trials: Trials::default(),
        };
        let task = Typed::<_, V>(task, PhantomData);
        let root = self.threads.execute(&spec, show, &task, |caller| {
            let mut store = task.store();
            for part in caller.complete()? {
                task.put(&mut store, part);
            }
            task.root(store)
        })?;
        task.output(root)
    }

    pub(super) fn collect<V>(
        &self,
        at: &'static Location<'static>,
        f: impl Fn(S::Item) -> Result<V, Error> + Sync,
    ) -> Result<Vec<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        let (spec, show) = self.spec("map", at, Kind::All, MOST_GRAINS)?;
        let task = Map {
            cut: self.cut(&spec),
            init: || (),
            f: |(): &mut (), item| f(item),
            streaming: false,
        };
        self.threads.execute(&spec, show, &task, |caller| {
            let mut collector = Collector::new(spec.grain);
            caller
                .complete()?
                .into_iter()
                .for_each(|part| collector.add(part));
            collector.into_values(spec.grains)
        })
    }

    /// Runs a map whose values `fold` takes as they come; `window` grains may be begun at first.
    pub(super) fn streamed<V, R>(
        &self,
        (verb, at): (&str, &'static Location<'static>),
        window: Option<u64>,
        f: impl Fn(S::Item) -> V + Sync,
        fold: impl FnOnce(&Spec, &mut dyn Streamed<V>) -> Result<R, Error>,
    ) -> Result<R, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        let (mut spec, show) = self.spec(verb, at, Kind::All, MOST_GRAINS)?;
        spec.ceiling = window;
        let task = Map {
            cut: self.cut(&spec),
            init: || (),
            f: |(): &mut (), item| Ok(f(item)),
            streaming: window.is_some(),
        };
        self.threads
            .execute(&spec, show, &task, |caller| fold(&spec, caller))
    }

    /// How many grains an `imap` may hold back.
    pub(super) fn window(&self) -> u64 {
        let default = (64 * self.threads.threads() as u64).max(1024);
        self.settings.buffer.unwrap_or(default).max(1)
    }

    pub(super) fn find(
        &self,
        at: &'static Location<'static>,
        kind: Kind,
        f: impl Fn(&S::Item) -> bool + Sync,
    ) -> Result<Option<S::Item>, Error> {
        let verb = match kind {
            Kind::First => "find_first",
            _ => "find_any",
        };
        let (spec, show) = self.spec(verb, at, kind, MOST_GRAINS)?;
        let f = |(): &mut (), mut items: Items<'_, S>| {
            let start = items.index();
            Ok(items.position(|item| f(&item)).map(|i| start + i as u128))
        };
        let task = Find {
            cut: self.cut(&spec),
            init: || (),
            f,
        };
        let hits = self
            .threads
            .execute(&spec, show, &task, |caller| caller.complete())?;
        let leftmost = hits.into_iter().min();
        Ok(leftmost.map(|(_, index): (u64, u128)| self.source.get(index)))
    }
}
