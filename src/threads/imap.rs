//! Maps over threads whose results are taken one by one.

use super::workload::ThreadWorkload;
use crate::error::Error;
use crate::pool::Results;
use crate::pool::inbox::Taken;
use crate::source::Source;
use crate::tasks::stream::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::fmt;
use std::panic::Location;

/// A map whose results are consumed one by one: see [`ThreadImap::drive`].
#[must_use = "nothing runs before drive"]
pub struct ThreadImap<S, F> {
    pub(super) work: ThreadWorkload<S>,
    pub(super) f: F,
    pub(super) ordered: bool,
}

impl<S, V, F> ThreadImap<S, F>
where
    S: Source,
    V: Serialize + DeserializeOwned + Send + 'static,
    F: Fn(S::Item) -> V + Sync,
{
    /// Runs `driver` here with the results; returns what it returns. Results that it leaves untouched are not
    /// computed to the end. Where the calling thread is one of the threads it has its share of the work
    /// whenever the next result is not there.
    ///
    /// # Errors
    /// When the function panics, when `driver` returns an error or panics.
    ///
    /// ```
    /// let first = grange::Threads::here().range(1..1_000_000u64).imap(|x| x * x).drive(|mut squares| {
    ///     Ok::<_, grange::Error>(squares.find(|s| s % 1234 == 0))
    /// })?;
    /// assert_eq!(first, Some(1234 * 1234));
    /// # Ok::<(), grange::Error>(())
    /// ```
    #[track_caller]
    pub fn drive<R, E: Into<Error>>(
        self,
        driver: impl FnOnce(Results<'_, V>) -> Result<R, E>,
    ) -> Result<R, Error> {
        let verb = match self.ordered {
            true => "imap",
            false => "imap_unordered",
        };
        let window = self.work.window();
        let ordered = self.ordered;
        self.work.streamed(
            (verb, Location::caller()),
            Some(window),
            &self.f,
            |spec, caller| {
                let caller = RefCell::new(caller);
                let mut stream = Stream::new(spec.grain, ordered, window);
                let (mut failed, mut over) = (None, false);
                let pull = || match caller.borrow_mut().pull(None)? {
                    Taken::Part(part) => Ok(Some(part)),
                    Taken::Nothing | Taken::Over => Ok(None),
                };
                let results = Results::new(|| {
                    if over {
                        return None;
                    }
                    let raise = |ceiling| caller.borrow_mut().lease(ceiling);
                    let next = stream.next(spec.grains, pull, raise);
                    let value = next.unwrap_or_else(|error| {
                        failed = Some(error);
                        None
                    });
                    over = value.is_none();
                    value
                });
                let outcome = driver(results);
                // A failed map is why the driver saw an early end.
                failed.map_or_else(|| outcome.map_err(Into::into), Err)
            },
        )
    }
}

impl<S, F> fmt::Debug for ThreadImap<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadImap({:?})", self.work)
    }
}
