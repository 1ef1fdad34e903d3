//! Maps whose results a function on rank 0 takes one by one.

use super::results::Results;
use super::settings::MOST_GRAINS;
use super::stateful::Stateful;
use super::terminal::Traits;
use crate::error::Error;
use crate::session::hub::Local;
use crate::session::spec::Kind;
use crate::source::Source;
use crate::tasks::map::Map;
use crate::tasks::stream::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

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
        let (at, types) = (Location::caller(), type_name::<(S::Item, V)>());
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
            let seq = inbox.call().seq;
            let (began, waited) = (Instant::now(), Cell::new(Duration::ZERO));
            let results = Results::new(|| {
                if over {
                    return None;
                }
                let ceiling = |grain| pool.hub.send(Local::Ceiling(seq, grain));
                let more = || {
                    let since = Instant::now();
                    let next = inbox.next();
                    waited.set(waited.get() + since.elapsed());
                    next
                };
                let next = stream.next(grains, more, ceiling);
                let value = next.unwrap_or_else(|error| {
                    failed.get_or_insert(error);
                    None
                });
                over = value.is_none();
                value
            });
            let outcome = pool.section(|| driver(results));
            pool.book
                .consumed(began.elapsed().saturating_sub(waited.get()));
            // What came last may be here before it counts as done.
            while over && failed.is_none() && inbox.next()?.is_some() {}
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
