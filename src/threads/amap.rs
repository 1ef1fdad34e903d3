//! Maps over threads that run while the caller does other things.

use super::workload::ThreadWorkload;
use crate::error::Error;
use crate::pool::Handle;
use crate::source::Source;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::panic::Location;

/// A map that runs while something else is done: see [`ThreadAmap::drive`].
#[must_use = "nothing runs before drive"]
pub struct ThreadAmap<S, F> {
    pub(super) work: ThreadWorkload<S>,
    pub(super) f: F,
}

impl<S, V, F> ThreadAmap<S, F>
where
    S: Source,
    V: Serialize + DeserializeOwned + Send + 'static,
    F: Fn(S::Item) -> V + Sync,
{
    /// Runs the map on the threads, and meanwhile `driver` here with a [`Handle`]; returns what it returns.
    /// Results that it does not wait for are not computed to the end.
    ///
    /// Where the calling thread is one of the threads, perhaps the only one that is free, each question to the
    /// handle does some of the work, which may take as long as an item.
    ///
    /// # Errors
    /// When the function panics, when `driver` returns an error or panics.
    ///
    /// ```
    /// let squares = grange::Threads::here().range(0..1000u64).amap(|x| x * x).drive(|handle| {
    ///     let other = (1..=10u64).product::<u64>();
    ///     Ok::<_, grange::Error>((other, handle.get()?))
    /// })?;
    /// assert_eq!((squares.0, squares.1[7]), (3_628_800, 49));
    /// # Ok::<(), grange::Error>(())
    /// ```
    #[track_caller]
    pub fn drive<R, E: Into<Error>>(
        self,
        driver: impl FnOnce(Handle<'_, V>) -> Result<R, E>,
    ) -> Result<R, Error> {
        let place = ("amap", Location::caller());
        self.work.streamed(place, None, &self.f, |spec, caller| {
            let mut failed = None;
            let size = (spec.items, spec.grain, spec.grains);
            let handle = Handle::new(size, |until| {
                let taken = caller.pull(until);
                taken.inspect_err(|error| failed = Some(error.clone()))
            });
            let outcome = driver(handle);
            // A failed map is why the driver could not get the values.
            failed.map_or_else(|| outcome.map_err(Into::into), Err)
        })
    }
}

impl<S, F> fmt::Debug for ThreadAmap<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadAmap({:?})", self.work)
    }
}
