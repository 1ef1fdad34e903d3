//! Jobs: a driver on rank 0 submits inputs, handlers on all ranks turn them into results.

mod book;
mod context;
mod drive;
mod error;
mod handle;
mod scope;
mod slot;
mod statistics;
mod submission;

pub use context::Context;
pub use error::{Cause, JobError};
pub use handle::Job;
pub use scope::Scope;
pub use slot::Done;
pub use statistics::{NodeStatistics, Statistics};
pub use submission::Submission;

use super::Pool;
use crate::engine::schedule::Schedule;
use crate::progress;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::time::Duration;

/// Jobs in flight, if the program says nothing else.
const WINDOW: u64 = 1 << 20;

/// A handler of jobs with its settings: see [`Pool::jobs`]. [`Jobs::drive`] runs it.
#[must_use = "nothing runs before drive"]
pub struct Jobs<'p, I, O, F> {
    pool: &'p Pool,
    handler: F,
    settings: Settings,
    types: PhantomData<fn(I) -> O>,
}

/// What may be set for all jobs of a call.
#[derive(Clone, Debug)]
struct Settings {
    name: Option<String>,
    schedule: Option<Schedule>,
    window: u64,
    retries: u32,
    limit: Option<Duration>,
    deadline: Option<Duration>,
    speculate: bool,
    show: Option<Duration>,
    checkpoint: Option<PathBuf>,
    version: Option<String>,
}

impl Pool {
    /// Jobs, submitted one by one by a driver on rank 0 and handled by `handler` on all ranks, a thread each.
    ///
    /// Several kinds of jobs are an `enum` of inputs. A handler with state is a closure over it: what it
    /// captures exists on every rank. What only the driver knows travels by [`Scope::freeze`].
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let total = pool
    ///     .jobs(|n: u64| (1..=n).sum::<u64>())
    ///     .drive(|scope| {
    ///         let (small, large) = (scope.submit(10), scope.submit(100));
    ///         Ok::<_, grange::Error>(small.join()? + large.join()?)
    ///     })?;
    /// assert_eq!(total, 55 + 5050);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    #[allow(clippy::type_complexity, reason = "a closure's type cannot be named")]
    pub fn jobs<I, O>(
        &self,
        handler: impl Fn(I) -> O + Sync,
    ) -> Jobs<'_, I, O, impl Fn(&Context<'_, I>, I) -> Result<O, String> + Sync>
    where
        I: Serialize + DeserializeOwned,
        O: Serialize + DeserializeOwned,
    {
        Jobs::new(self, move |_: &Context<'_, I>, input| Ok(handler(input)))
    }

    /// As [`Pool::jobs`] with a handler that can fail: then the job has failed, and the others go on.
    #[allow(clippy::type_complexity, reason = "a closure's type cannot be named")]
    pub fn try_jobs<I, O, E: fmt::Display>(
        &self,
        handler: impl Fn(I) -> Result<O, E> + Sync,
    ) -> Jobs<'_, I, O, impl Fn(&Context<'_, I>, I) -> Result<O, String> + Sync>
    where
        I: Serialize + DeserializeOwned,
        O: Serialize + DeserializeOwned,
    {
        Jobs::new(self, move |_: &Context<'_, I>, input| {
            handler(input).map_err(|e| e.to_string())
        })
    }

    /// As [`Pool::try_jobs`] with a handler that gets a [`Context`]: it can submit more jobs.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// use grange::Context;
    /// // A range is cut in halves until it is short.
    /// let sums = pool
    ///     .jobs_with(|context: &Context<(u64, u64)>, (a, b)| {
    ///         if b - a > 100 {
    ///             context.submit((a, a.midpoint(b)));
    ///             context.submit((a.midpoint(b), b));
    ///             return Ok::<_, String>(0);
    ///         }
    ///         Ok((a..b).sum())
    ///     })
    ///     .drive(|scope| scope.submit((0, 1000)).join_all())?;
    /// assert_eq!(sums.iter().sum::<u64>(), 499_500);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    #[allow(clippy::type_complexity, reason = "a closure's type cannot be named")]
    pub fn jobs_with<I, O, E: fmt::Display>(
        &self,
        handler: impl Fn(&Context<'_, I>, I) -> Result<O, E> + Sync,
    ) -> Jobs<'_, I, O, impl Fn(&Context<'_, I>, I) -> Result<O, String> + Sync>
    where
        I: Serialize + DeserializeOwned,
        O: Serialize + DeserializeOwned,
    {
        Jobs::new(self, move |context: &Context<'_, I>, input| {
            handler(context, input).map_err(|e| e.to_string())
        })
    }
}

impl<'p, I, O, F> Jobs<'p, I, O, F> {
    fn new(pool: &'p Pool, handler: F) -> Self {
        Jobs {
            pool,
            handler,
            settings: Settings {
                name: None,
                schedule: None,
                window: WINDOW,
                retries: 0,
                limit: None,
                deadline: None,
                speculate: false,
                show: None,
                checkpoint: None,
                version: None,
            },
            types: PhantomData,
        }
    }

    /// A name for messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// How many jobs are leased to a rank at a time; changes the time, never a result. With `static` nothing is
    /// taken back from a rank, so that a long job there does hold up what was leased with it.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.settings.schedule = Some(schedule);
        self
    }

    /// At most so many jobs are in flight, or inputs of 256 MiB: a driver that submits more has to wait, so
    /// that inputs without end need no memory without end. The default is 2^20; 0 is taken for 1. What jobs
    /// submit does not wait.
    pub fn window(mut self, jobs: u64) -> Self {
        self.settings.window = jobs.max(1);
        self
    }

    /// Jobs that panic or return an error are tried again, so many times, on another rank when there is one
    /// (and after a second on any).
    pub fn retries(mut self, n: u32) -> Self {
        self.settings.retries = n;
        self
    }

    /// A job may run for so long. After that it has failed, and the thread that runs it is replaced. At the end
    /// of the call another rank than 0 with a job that never returns is left behind; on rank 0 such a job is
    /// an error (exit code 5) after 8 seconds, in which it may look at [`Context::is_stopped`].
    pub fn job_deadline(mut self, time: Duration) -> Self {
        self.settings.limit = Some(time);
        self
    }

    /// The whole call is an error (exit code 5) if it takes longer.
    pub fn deadline(mut self, time: Duration) -> Self {
        self.settings.deadline = Some(time);
        self
    }

    /// Keeps the results of jobs in a file: a driver that runs again after the run was stopped by anything gets
    /// those that are known at once, and only the others run. A job is known by its place in the order of
    /// submission, or by its [key](Submission::key), and counts only for the same input. Jobs that failed are
    /// tried again.
    ///
    /// See [`Workload::checkpoint`](crate::Workload::checkpoint).
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.checkpoint = Some(path.into());
        self
    }

    /// What else is to be the same for the checkpoint to be resumed, such as parameters that the handler uses.
    pub fn version(mut self, text: impl fmt::Display) -> Self {
        self.settings.version = Some(text.to_string());
        self
    }

    /// Shows how many jobs are done of those submitted so far, on standard error of rank 0: see
    /// [`Workload::show`](crate::Workload::show).
    pub fn show(mut self) -> Self {
        self.settings.show.get_or_insert(progress::EVERY);
        self
    }

    /// As [`Jobs::show`], with the time from line to line where there is no terminal.
    pub fn show_every(mut self, time: Duration) -> Self {
        self.settings.show = Some(time);
        self
    }

    /// Whether a job that is overdue on one rank may be run by an idle one at the same time. Off by default:
    /// a job may take any time, and do things that must not happen twice.
    pub fn speculate(mut self, yes: bool) -> Self {
        self.settings.speculate = yes;
        self
    }
}

impl<I, O, F> fmt::Debug for Jobs<'_, I, O, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jobs({:?})", self.settings)
    }
}
