//! Calls with state per thread; those without are these with none.

use super::amap::Amap;
use super::imap::Imap;
use super::results::Rooted;
use super::workload::Workload;
use crate::error::Error;
use crate::reduce::Reduce;
use crate::session::spec::Kind;
use crate::source::{Items, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::fmt;
use std::panic::Location;

/// A workload with state per thread: see [`Workload::map_init`]. Its calls are those of [`Workload`]; the
/// function gets the thread's state first.
#[must_use = "nothing runs before a call such as map or map_reduce"]
pub struct Stateful<'p, S, I> {
    pub(super) work: Workload<'p, S>,
    pub(super) init: I,
}

impl<'p, S: Source, St, I: Fn() -> St + Sync> Stateful<'p, S, I> {
    /// See [`Workload::map_reduce`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn map_reduce<V, R: Reduce<V>>(
        self,
        f: impl Fn(&mut St, Items<'_, S>) -> V + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.reduce(Location::caller(), &reducer, |state, items, acc| {
            reducer.fold(acc, f(state, items));
            Ok(())
        })
    }

    /// See [`Workload::try_map_reduce`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn try_map_reduce<V, E: fmt::Display, R: Reduce<V>>(
        self,
        f: impl Fn(&mut St, Items<'_, S>) -> Result<V, E> + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.reduce(Location::caller(), &reducer, |state, items, acc| {
            reducer.fold(acc, f(state, items).map_err(Error::user)?);
            Ok(())
        })
    }

    /// See [`Workload::map_reduce_each`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn map_reduce_each<V, R: Reduce<V>>(
        self,
        f: impl Fn(&mut St, S::Item) -> V + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.reduce(Location::caller(), &reducer, |state, items, acc| {
            for item in items {
                reducer.fold(acc, f(state, item));
            }
            Ok(())
        })
    }

    /// See [`Workload::map`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn map<V>(
        self,
        f: impl Fn(&mut St, S::Item) -> V + Sync,
    ) -> Result<Rooted<'p, Vec<V>>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.collect(Location::caller(), |state, item| Ok(f(state, item)))
    }

    /// See [`Workload::try_map`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn try_map<V, E: fmt::Display>(
        self,
        f: impl Fn(&mut St, S::Item) -> Result<V, E> + Sync,
    ) -> Result<Rooted<'p, Vec<V>>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.collect(Location::caller(), |state, item| {
            f(state, item).map_err(Error::user)
        })
    }

    /// See [`Workload::imap`].
    pub fn imap<V, F: Fn(&mut St, S::Item) -> V + Sync>(self, f: F) -> Imap<'p, S, I, F> {
        Imap {
            stateful: self,
            f,
            ordered: true,
        }
    }

    /// See [`Workload::imap_unordered`].
    #[doc(alias = "uimap")]
    pub fn imap_unordered<V, F: Fn(&mut St, S::Item) -> V + Sync>(self, f: F) -> Imap<'p, S, I, F> {
        Imap {
            stateful: self,
            f,
            ordered: false,
        }
    }

    /// See [`Workload::amap`].
    #[doc(alias = "map_async")]
    pub fn amap<V, F: Fn(&mut St, S::Item) -> V + Sync>(self, f: F) -> Amap<'p, S, I, F> {
        Amap { stateful: self, f }
    }

    /// See [`Workload::for_each`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn for_each(self, f: impl Fn(&mut St, S::Item) + Sync) -> Result<(), Error> {
        self.each(Location::caller(), |state, item| {
            f(state, item);
            Ok::<(), Infallible>(())
        })
    }

    /// See [`Workload::try_for_each`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn try_for_each<E: fmt::Display>(
        self,
        f: impl Fn(&mut St, S::Item) -> Result<(), E> + Sync,
    ) -> Result<(), Error> {
        self.each(Location::caller(), f)
    }

    /// See [`Workload::find_first_in`].
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn find_first_in<V>(
        self,
        f: impl Fn(&mut St, Items<'_, S>) -> Option<V> + Sync,
    ) -> Result<Option<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.find(Location::caller(), Kind::First, f)
    }

    /// As [`Stateful::find_first_in`], with whichever hit comes first in time.
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn find_any_in<V>(
        self,
        f: impl Fn(&mut St, Items<'_, S>) -> Option<V> + Sync,
    ) -> Result<Option<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.find(Location::caller(), Kind::Any, f)
    }
}

impl<S, I> fmt::Debug for Stateful<'_, S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stateful({:?})", self.work)
    }
}
