//! Maps that run while a function on rank 0 does other things.

use super::handle::Handle;
use super::inbox::Taken;
use super::settings::MOST_GRAINS;
use super::stateful::Stateful;
use super::terminal::Traits;
use crate::error::Error;
use crate::session::spec::Kind;
use crate::source::Source;
use crate::tasks::map::Map;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::fmt;
use std::panic::Location;

/// A map that runs while something else is done: see [`Amap::drive`].
#[must_use = "nothing runs before drive"]
pub struct Amap<'p, S, I, F> {
    pub(super) stateful: Stateful<'p, S, I>,
    pub(super) f: F,
}

impl<S, St, V, I, F> Amap<'_, S, I, F>
where
    S: Source,
    V: Serialize + DeserializeOwned + Send + 'static,
    I: Fn() -> St + Sync,
    F: Fn(&mut St, S::Item) -> V + Sync,
{
    /// Runs the map on all cores of all ranks, and meanwhile `driver` on rank 0 with a [`Handle`]; returns
    /// what it returns on every rank. Results that it does not wait for are not computed to the end.
    ///
    /// # Errors
    /// When the function panics, when `driver` returns an error or panics, when the run is stopped.
    #[track_caller]
    pub fn drive<R, E>(self, driver: impl FnOnce(Handle<'_, V>) -> Result<R, E>) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Error>,
    {
        let traits = Traits {
            verb: "amap",
            at: Location::caller(),
            kind: Kind::All,
            types: type_name::<(S::Item, V)>(),
            most_grains: MOST_GRAINS,
            speculate: true,
            streaming: false,
        };
        let work = &self.stateful;
        let order = work.order(&traits)?;
        let f = |state: &mut St, item: S::Item| Ok((self.f)(state, item));
        let task = Map {
            cut: work.cut(&order),
            init: &work.init,
            f,
            streaming: false,
        };
        let pool = work.work.pool;
        let size = (order.spec.items, order.spec.grain, order.spec.grains);
        pool.execute(order, &task, |inbox| {
            let mut failed = None;
            let handle = Handle::new(size, |until| {
                let taken = match until {
                    Some(until) => inbox.next_until(until),
                    None => inbox
                        .next()
                        .map(|part| part.map_or(Taken::Over, Taken::Part)),
                };
                taken.inspect_err(|error| failed = Some(error.clone()))
            });
            let outcome = pool.section(|| driver(handle));
            // A stopped run is why the driver could not get the values.
            failed.map_or_else(|| outcome.map_err(Into::into), Err)
        })
    }
}

impl<S, I, F> fmt::Debug for Amap<'_, S, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amap({:?})", self.stateful)
    }
}
