//! What is to be computed over, with its settings, and the calls.

use super::Threads;
use super::amap::ThreadAmap;
use super::call::Shown;
use super::imap::ThreadImap;
use super::streamed::Streamed;
use crate::engine::schedule::Schedule;
use crate::error::Error;
use crate::exec::task::Task;
use crate::pool::settings::{MOST_GRAINS, Settings, default_grain, grains};
use crate::progress::{self, Progress};
use crate::reduce::{Count, Reduce};
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
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

/// Items to be computed over by threads of this process: a [`Workload`](crate::Workload) whose results are
/// where the call was made. Its calls take the same functions, so that either can stand for the other.
#[must_use = "nothing runs before a call such as map or map_reduce"]
pub struct ThreadWorkload<S> {
    threads: Threads,
    source: S,
    settings: Settings,
}

/// Settings.
impl<S: Source> ThreadWorkload<S> {
    pub(super) fn new(threads: &Threads, source: S) -> Self {
        ThreadWorkload {
            threads: threads.clone(),
            source,
            settings: Settings::default(),
        }
    }

    /// A name for messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// See [`Workload::grain`](crate::Workload::grain): the default is the same, so that the bits of a float
    /// reduction are.
    pub fn grain(mut self, items: u128) -> Self {
        self.settings.grain = Some(items);
        self
    }

    /// Grains whose results an `imap` may hold back at most. The default is the larger of 1,024 and 64 a
    /// thread.
    pub fn buffer(mut self, grains: u64) -> Self {
        self.settings.buffer = Some(grains);
        self
    }

    /// Shows progress on standard error, on rank 0 of a run: see [`Workload::show`](crate::Workload::show).
    #[doc(alias = "progress")]
    #[doc(alias = "tqdm")]
    pub fn show(mut self) -> Self {
        self.settings.show.get_or_insert(progress::EVERY);
        self
    }

    /// As [`ThreadWorkload::show`], with the time from line to line where there is no terminal.
    pub fn show_every(mut self, time: Duration) -> Self {
        self.settings.show = Some(time);
        self
    }
}

/// Calls.
impl<S: Source> ThreadWorkload<S> {
    /// Gives the items of each grain to `f`, and folds what it returns, to the same bits as
    /// [`Workload::map_reduce`](crate::Workload::map_reduce).
    ///
    /// # Errors
    /// When `f` panics, when the sum overflows.
    #[track_caller]
    pub fn map_reduce<V, R: Reduce<V>>(
        self,
        f: impl Fn(Items<'_, S>) -> V + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.reduce(Location::caller(), &reducer, |items, acc| {
            reducer.fold(acc, f(items));
        })
    }

    /// Applies `f` to every item, and folds what it returns.
    ///
    /// # Errors
    /// As [`ThreadWorkload::map_reduce`].
    ///
    /// ```
    /// use grange::{Sum, Threads};
    ///
    /// let squares: u64 = Threads::here().range(0..1000u64).map_reduce_each(|x| x * x, Sum)?;
    /// assert_eq!(squares, 332_833_500);
    /// # Ok::<(), grange::Error>(())
    /// ```
    #[track_caller]
    pub fn map_reduce_each<V, R: Reduce<V>>(
        self,
        f: impl Fn(S::Item) -> V + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.reduce(Location::caller(), &reducer, |items, acc| {
            items.for_each(|item| reducer.fold(acc, f(item)));
        })
    }

    /// Applies `f` to every item; the results, in order.
    ///
    /// # Errors
    /// When `f` panics, when a result does not survive serialization, as it would not under
    /// [`Workload::map`](crate::Workload::map) either.
    #[track_caller]
    pub fn map<V>(self, f: impl Fn(S::Item) -> V + Sync) -> Result<Vec<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.collect(Location::caller(), |item| Ok(f(item)))
    }

    /// As [`ThreadWorkload::map`] with a function that can fail.
    ///
    /// # Errors
    /// As there, and when `f` returns an error.
    #[track_caller]
    pub fn try_map<V, E: fmt::Display>(
        self,
        f: impl Fn(S::Item) -> Result<V, E> + Sync,
    ) -> Result<Vec<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.collect(Location::caller(), |item| f(item).map_err(Error::user))
    }

    /// Applies `f` to every item and hands the results to a function here in order, as they come: see
    /// [`ThreadImap::drive`]. What is not consumed holds back further items.
    pub fn imap<V, F: Fn(S::Item) -> V + Sync>(self, f: F) -> ThreadImap<S, F> {
        ThreadImap {
            work: self,
            f,
            ordered: true,
        }
    }

    /// As [`ThreadWorkload::imap`], in the order in which results come.
    #[doc(alias = "uimap")]
    pub fn imap_unordered<V, F: Fn(S::Item) -> V + Sync>(self, f: F) -> ThreadImap<S, F> {
        ThreadImap {
            work: self,
            f,
            ordered: false,
        }
    }

    /// Applies `f` to every item while a function here does other things: see [`ThreadAmap::drive`].
    #[doc(alias = "map_async")]
    #[doc(alias = "asynchronous")]
    pub fn amap<V, F: Fn(S::Item) -> V + Sync>(self, f: F) -> ThreadAmap<S, F> {
        ThreadAmap { work: self, f }
    }

    /// Runs `f` on every item, for what it does.
    ///
    /// # Errors
    /// When `f` panics.
    #[track_caller]
    pub fn for_each(self, f: impl Fn(S::Item) + Sync) -> Result<(), Error> {
        let (spec, show) = self.spec("for_each", Location::caller(), Kind::All, MOST_GRAINS)?;
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

    /// How many items `f` is true of.
    ///
    /// # Errors
    /// When `f` panics.
    #[track_caller]
    pub fn count(self, f: impl Fn(S::Item) -> bool + Sync) -> Result<u128, Error> {
        self.map_reduce_each(f, Count)
    }

    /// The leftmost item that `f` is true of; work on what is right of it stops as soon as it is known.
    ///
    /// # Errors
    /// When `f` panics.
    #[track_caller]
    pub fn find_first(self, f: impl Fn(&S::Item) -> bool + Sync) -> Result<Option<S::Item>, Error> {
        self.find(Location::caller(), Kind::First, f)
    }

    /// Some item that `f` is true of; which one may differ from run to run.
    ///
    /// # Errors
    /// When `f` panics.
    #[track_caller]
    pub fn find_any(self, f: impl Fn(&S::Item) -> bool + Sync) -> Result<Option<S::Item>, Error> {
        self.find(Location::caller(), Kind::Any, f)
    }
}

/// How the calls come down to tasks.
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
            seq: 0,
            place: Place {
                fingerprint: 0,
                text: format!("{what} over {items} item(s) at {at}"),
            },
            kind,
            grains: grains(items, grain)?,
            grain,
            items,
            schedule: Schedule::default(),
            speculate: false,
            deferred: false,
            deadline: None,
            ceiling: None,
            progress,
        };
        let label = || format!("{what} at {at}");
        Ok((spec, settings.show.map(|every| (label(), every))))
    }

    fn cut(&self, spec: &Spec) -> Cut<'_, S> {
        Cut {
            source: &self.source,
            items: spec.items,
            grain: spec.grain,
        }
    }

    fn reduce<V, R: Reduce<V>>(
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

    fn collect<V>(
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

    fn find(
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

impl<S> fmt::Debug for ThreadWorkload<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadWorkload({:?})", self.settings)
    }
}
