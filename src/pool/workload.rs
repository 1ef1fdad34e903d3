//! What is to be computed over, with its settings; the calls that need no state per thread.

use super::Pool;
use super::amap::Amap;
use super::imap::Imap;
use super::results::Rooted;
use super::settings::Settings;
use super::stateful::Stateful;
use crate::engine::schedule::Schedule;
use crate::error::Error;
use crate::progress;
use crate::reduce::Reduce;
use crate::source::{Items, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Items to be computed over, and how. Settings chain; one of the calls at the end runs it on all cores of all
/// ranks.
#[must_use = "nothing runs before a call such as map or map_reduce"]
pub struct Workload<'p, S> {
    pub(super) pool: &'p Pool,
    pub(super) source: S,
    pub(super) settings: Settings,
}

/// Settings.
impl<'p, S: Source> Workload<'p, S> {
    pub(super) fn new(pool: &'p Pool, source: S) -> Self {
        Workload {
            pool,
            source,
            settings: Settings::default(),
        }
    }

    /// A name for messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Items of a grain, the smallest unit that is scheduled. The default is the smallest power of two that
    /// gives at most 2^20 grains. A function with a set-up cost per call wants larger ones. The cut takes part
    /// in the shape of float reductions, so compute it from the arguments alone.
    pub fn grain(mut self, items: u128) -> Self {
        self.settings.grain = Some(items);
        self
    }

    /// How large leases are; changes the time, never the result.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let odd = pool.range(0..1000u32).schedule("guided,4".parse()?).count(|x| x % 2 == 1)?;
    /// assert_eq!(odd, 500);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.settings.schedule = Some(schedule);
        self
    }

    /// The call is an error (exit code 5) if it takes longer.
    pub fn deadline(mut self, time: Duration) -> Self {
        self.settings.deadline = Some(time);
        self
    }

    /// Whether grains that are overdue on one rank may be computed by another at the same time. On by default,
    /// off for `for_each`, whose side effects would happen twice.
    pub fn speculate(mut self, yes: bool) -> Self {
        self.settings.speculate = Some(yes);
        self
    }

    /// A grain in which the function panics or returns an error is tried so often again, at once and with fresh
    /// state of the thread. The default is 0.
    pub fn retries(mut self, n: u32) -> Self {
        self.settings.retries = n;
        self
    }

    /// A grain in which the function panics or returns an error is set aside, and the call goes on. The result
    /// is that of the other grains: a reduction leaves the others' tree as it is, a map has no values of its
    /// items. The failures are warned of, listed by [`Pool::failures`], kept in the checkpoint if there is one
    /// and tried again when that is resumed, which then gives the bits of a run that never failed. A run that
    /// is otherwise done leaves with exit code 6.
    pub fn skip_failures(mut self) -> Self {
        self.settings.skip = true;
        self
    }

    /// For accumulators of many megabytes: they stay on the rank where they were computed until all grains
    /// are done, and are then combined from rank to rank. A rank holds one accumulator a thread where the
    /// reducer is [`Reduce::COMMUTATIVE`], else up to the logarithm of its grains, and one more while it
    /// combines. Overdue grains are not computed twice.
    pub fn deferred(mut self) -> Self {
        self.settings.deferred = true;
        self
    }

    /// Grains whose results an `imap` may hold back at most. The default is the larger of 1,024 and 64 a
    /// thread.
    pub fn buffer(mut self, grains: u64) -> Self {
        self.settings.buffer = Some(grains);
        self
    }

    /// Keeps the call in a file, so that the same program resumes it: after a signal, a time limit, a crash of
    /// anything, on any number of ranks and threads, with the same bits. Needs the feature `hdf5`.
    ///
    /// Calls may share a file. A call finds its place in it by its [name](Workload::name) or, without one, its
    /// kind and place in the source, and its order among those of the same; it must have the same items, grain and
    /// types as before, and the same [version](Workload::version).
    ///
    /// # Errors
    /// The call's, when the file cannot be used, or is of something else.
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.checkpoint = Some(path.into());
        self
    }

    /// What else is to be the same for a checkpoint to be resumed, such as parameters that the function uses, or
    /// the [`fingerprint`](crate::fingerprint()) of a list: unlike a range's, a list's contents are not known to
    /// the checkpoint.
    pub fn version(mut self, text: impl fmt::Display) -> Self {
        self.settings.version = Some(text.to_string());
        self
    }

    /// Computes that share of the grains, from 0 to 1, again on another rank, or where there is one only on
    /// another thread, and compares the bits: hardware that computes wrong without a word is rare, and real. A
    /// third rank is asked where two differ. Which grains are taken is decided by chance, the same on every rank.
    /// It takes its share of the time and no more; what it finds right is told at the end.
    ///
    /// The function must give the same for the same items, and its values the same encoding: the order of a
    /// `HashSet` is up to chance, while maps are sorted before they are compared. What `for_each` and jobs do is
    /// not audited, nor what a checkpoint has from an earlier run.
    ///
    /// # Errors
    /// The call's, [`Error::Audit`] (exit code 7), when values differ: it names the grain and the hosts. A
    /// checkpoint that may have a wrong value is not resumed after that.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let sum: u64 = pool.range(0..1000u64).audit(0.01).map_reduce_each(|x| x, grange::Sum)?;
    /// # assert_eq!(sum, 499_500);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn audit(mut self, share: f64) -> Self {
        self.settings.audit = Some(share);
        self
    }

    /// Shows progress on standard error, on rank 0: a bar with items done, speed and time left where that is a
    /// terminal, else, as in a batch job's log, a line every 30 seconds and one at the end. What
    /// [`Pool::print`] prints goes above the bar.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let sum: u64 = pool.range(0..1000u64).show().map_reduce_each(|x| x, grange::Sum)?;
    /// // grange: map_reduce at src/main.rs:7:45: 1,000/1,000 items (100 %) in 0 ms, 9,812,345 items/s
    /// # assert_eq!(sum, 499_500);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    #[doc(alias = "progress")]
    #[doc(alias = "tqdm")]
    pub fn show(mut self) -> Self {
        self.settings.show.get_or_insert(progress::EVERY);
        self
    }

    /// As [`Workload::show`], with the time from line to line where there is no terminal.
    pub fn show_every(mut self, time: Duration) -> Self {
        self.settings.show = Some(time);
        self
    }

    /// State per thread, made once by `init` on each: a sieve, a random generator, a buffer. The function
    /// then gets it as its first argument.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let lengths = pool
    ///     .range(0..100u32)
    ///     .map_init(String::new)
    ///     .map(|text, x| {
    ///         text.clear();
    ///         text.push_str(&x.to_string());
    ///         text.len()
    ///     })?
    ///     .everywhere()?;
    /// assert_eq!(lengths.iter().sum::<usize>(), 190);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn map_init<St, I: Fn() -> St + Sync>(self, init: I) -> Stateful<'p, S, I> {
        Stateful { work: self, init }
    }
}

/// Calls.
impl<'p, S: Source> Workload<'p, S> {
    /// Gives the items of each grain to `f`, and folds what it returns; the same result on every rank.
    ///
    /// # Errors
    /// When `f` panics, when the sum overflows, when the run is stopped.
    #[track_caller]
    pub fn map_reduce<V, R: Reduce<V>>(
        self,
        f: impl Fn(Items<'_, S>) -> V + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.map_init(|| ())
            .map_reduce(|(), items| f(items), reducer)
    }

    /// As [`Workload::map_reduce`] with a function that can fail.
    ///
    /// # Errors
    /// As there, and when `f` returns an error.
    #[track_caller]
    pub fn try_map_reduce<V, E: fmt::Display, R: Reduce<V>>(
        self,
        f: impl Fn(Items<'_, S>) -> Result<V, E> + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.map_init(|| ())
            .try_map_reduce(|(), items| f(items), reducer)
    }

    /// Applies `f` to every item, and folds what it returns; the same result on every rank.
    ///
    /// # Errors
    /// As [`Workload::map_reduce`].
    #[track_caller]
    pub fn map_reduce_each<V, R: Reduce<V>>(
        self,
        f: impl Fn(S::Item) -> V + Sync,
        reducer: R,
    ) -> Result<R::Output, Error> {
        self.map_init(|| ())
            .map_reduce_each(|(), item| f(item), reducer)
    }

    /// Applies `f` to every item; the results, in order, are on rank 0.
    ///
    /// # Errors
    /// When `f` panics, when a result does not survive serialization, when the run is stopped.
    #[track_caller]
    pub fn map<V>(self, f: impl Fn(S::Item) -> V + Sync) -> Result<Rooted<'p, Vec<V>>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.map_init(|| ()).map(|(), item| f(item))
    }

    /// As [`Workload::map`] with a function that can fail.
    ///
    /// # Errors
    /// As there, and when `f` returns an error.
    #[track_caller]
    pub fn try_map<V, E: fmt::Display>(
        self,
        f: impl Fn(S::Item) -> Result<V, E> + Sync,
    ) -> Result<Rooted<'p, Vec<V>>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.map_init(|| ()).try_map(|(), item| f(item))
    }

    /// Applies `f` to every item and hands the results to a function on rank 0 in order, as they come: see
    /// [`Imap::drive`]. What is not consumed holds back further items, so that memory is bounded.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let first = pool.range(1..1_000_000u64).imap(|x| x * x).drive(|mut squares| {
    ///     Ok::<_, grange::Error>(squares.find(|s| s % 1234 == 0))
    /// })?;
    /// assert_eq!(first, Some(1234 * 1234));
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    #[allow(clippy::type_complexity, reason = "a closure's type cannot be named")]
    pub fn imap<V, F>(self, f: F) -> Imap<'p, S, fn(), impl Fn(&mut (), S::Item) -> V + Sync>
    where
        F: Fn(S::Item) -> V + Sync,
    {
        self.map_init((|| ()) as fn()).imap(move |(), item| f(item))
    }

    /// As [`Workload::imap`], in the order in which results come.
    #[doc(alias = "uimap")]
    #[allow(clippy::type_complexity, reason = "a closure's type cannot be named")]
    pub fn imap_unordered<V, F>(
        self,
        f: F,
    ) -> Imap<'p, S, fn(), impl Fn(&mut (), S::Item) -> V + Sync>
    where
        F: Fn(S::Item) -> V + Sync,
    {
        self.map_init((|| ()) as fn())
            .imap_unordered(move |(), item| f(item))
    }

    /// Applies `f` to every item while a function on rank 0 does other things, with a handle to ask how far
    /// it is, to wait and to get the results: see [`Amap::drive`].
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// use std::time::Duration;
    ///
    /// let squares = pool.range(0..1000u64).amap(|x| x * x).drive(|mut handle| {
    ///     while !handle.wait(Duration::from_millis(100)) {
    ///         eprintln!("{} of {}", handle.done(), handle.total()); // or something more useful
    ///     }
    ///     handle.get()
    /// })?;
    /// assert_eq!(squares[7], 49);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    #[doc(alias = "map_async")]
    #[doc(alias = "asynchronous")]
    #[allow(clippy::type_complexity, reason = "a closure's type cannot be named")]
    pub fn amap<V, F>(self, f: F) -> Amap<'p, S, fn(), impl Fn(&mut (), S::Item) -> V + Sync>
    where
        F: Fn(S::Item) -> V + Sync,
    {
        self.map_init((|| ()) as fn()).amap(move |(), item| f(item))
    }

    /// Runs `f` on every item, for what it does.
    ///
    /// # Errors
    /// When `f` panics or the run is stopped.
    #[track_caller]
    pub fn for_each(self, f: impl Fn(S::Item) + Sync) -> Result<(), Error> {
        self.map_init(|| ()).for_each(|(), item| f(item))
    }

    /// As [`Workload::for_each`] with a function that can fail.
    ///
    /// # Errors
    /// As there, and when `f` returns an error.
    #[track_caller]
    pub fn try_for_each<E: fmt::Display>(
        self,
        f: impl Fn(S::Item) -> Result<(), E> + Sync,
    ) -> Result<(), Error> {
        self.map_init(|| ()).try_for_each(|(), item| f(item))
    }

    /// How many items `f` is true of.
    ///
    /// # Errors
    /// When `f` panics or the run is stopped.
    #[track_caller]
    pub fn count(self, f: impl Fn(S::Item) -> bool + Sync) -> Result<u128, Error> {
        self.map_init(|| ())
            .map_reduce_each(|(), item| f(item), crate::reduce::Count)
    }

    /// The leftmost item that `f` is true of, on every rank; all ranks stop as soon as it is known.
    ///
    /// # Errors
    /// When `f` panics or the run is stopped.
    #[track_caller]
    pub fn find_first(self, f: impl Fn(&S::Item) -> bool + Sync) -> Result<Option<S::Item>, Error> {
        self.map_init(|| ()).find_item(true, f)
    }

    /// Some item that `f` is true of, the same on every rank; which one may differ from run to run.
    ///
    /// # Errors
    /// When `f` panics or the run is stopped.
    #[track_caller]
    pub fn find_any(self, f: impl Fn(&S::Item) -> bool + Sync) -> Result<Option<S::Item>, Error> {
        self.map_init(|| ()).find_item(false, f)
    }

    /// Gives the items of each grain to `f`, which looks for a hit; returns that of the leftmost grain.
    ///
    /// # Errors
    /// When `f` panics or the run is stopped.
    #[track_caller]
    pub fn find_first_in<V>(
        self,
        f: impl Fn(Items<'_, S>) -> Option<V> + Sync,
    ) -> Result<Option<V>, Error>
    where
        V: Serialize + DeserializeOwned + Send + 'static,
    {
        self.map_init(|| ()).find_first_in(|(), items| f(items))
    }
}

impl<S> fmt::Debug for Workload<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workload({:?})", self.settings)
    }
}
