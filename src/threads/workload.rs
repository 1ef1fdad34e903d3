//! What is to be computed over, with its settings, and the calls.

use super::Threads;
use super::amap::ThreadAmap;
use super::imap::ThreadImap;
use crate::error::Error;
use crate::pool::settings::Settings;
use crate::progress;
use crate::reduce::{Count, Reduce};
use crate::session::spec::Kind;
use crate::source::{Items, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// Items to be computed over by threads of this process: a [`Workload`](crate::Workload) whose results are
/// where the call was made. Its calls take the same functions, so that either can stand for the other.
#[must_use = "nothing runs before a call such as map or map_reduce"]
pub struct ThreadWorkload<S> {
    pub(super) threads: Threads,
    pub(super) source: S,
    pub(super) settings: Settings,
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
        self.each(Location::caller(), f)
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

impl<S> fmt::Debug for ThreadWorkload<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadWorkload({:?})", self.settings)
    }
}
