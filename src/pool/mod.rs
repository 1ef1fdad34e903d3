//! The public interface: a pool of all cores of all ranks.

mod account;
mod amap;
mod execute;
mod failures;
mod handle;
mod imap;
pub(crate) mod inbox;
mod jobs;
pub(crate) mod keep;
mod results;
mod root;
mod run;
pub(crate) mod settings;
mod stateful;
mod terminal;
mod workload;

pub use amap::Amap;
pub use failures::FailedItems;
pub use handle::Handle;
pub use imap::Imap;
pub use jobs::{
    Cause, Context, Done, Job, JobError, Jobs, NodeStatistics, Scope, Statistics, Submission,
};
pub use results::{Results, Rooted};
pub use run::{Builder, Verdict, run};
pub use stateful::Stateful;
pub use workload::Workload;

use crate::engine::schedule::Schedule;
use crate::error::Error;
use crate::measure::rank::Book;
use crate::measure::report::Place;
use crate::progress::Showing;
use crate::say;
use crate::session::hub::Hub;
use crate::session::start::World;
use crate::source::{Bounds, Integer, List, Product, Range, Zip};
use crate::wire::message::Seq;
use keep::files::{Files, Manner};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// All cores of all ranks of the run.
///
/// Every rank runs the same `main` and makes the same calls, in the same order. A pool belongs to the thread
/// that got it from [`run()`]: it is neither `Send` nor `Sync`, so no worker can call it.
///
/// ```compile_fail
/// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
/// pool.range(0..10u8).for_each(|_| drop(pool.rank()))
/// # }
/// ```
pub struct Pool {
    world: World,
    hub: Arc<Hub>,
    /// `None`: rayon's global pool, which is as large as wanted.
    rayon: Option<rayon::ThreadPool>,
    calls: Cell<Seq>,
    /// What runs on rank 0 only is running here.
    in_section: Cell<bool>,
    quiet: bool,
    schedule: Option<Schedule>,
    grain: Option<u128>,
    audit: Option<f64>,
    /// Whose progress is shown that do not say.
    showing: Option<Showing>,
    /// How calls are kept, and where: on rank 0.
    manner: Manner,
    files: Arc<Files>,
    /// Where this rank's time goes.
    book: Arc<Book>,
    /// Kept calls so far, by name or kind and file.
    kept: RefCell<HashMap<String, u32>>,
    failures: RefCell<Vec<FailedItems>>,
    /// What the program said is its result, for a report.
    results: RefCell<Vec<serde_json::Value>>,
    /// Where reports go: on rank 0.
    places: RefCell<Vec<Place>>,
    _main_thread_only: PhantomData<*const ()>,
}

impl Pool {
    /// This process's rank, from 0. A process that has joined the run has a number of [`Pool::size`] or more.
    pub fn rank(&self) -> usize {
        self.world.rank as usize
    }

    /// How many ranks the run began with; those that have joined since do not count.
    pub fn size(&self) -> usize {
        self.world.ranks
    }

    /// Threads that compute on this rank.
    pub fn threads(&self) -> usize {
        self.world.threads[self.rank()] as usize
    }

    /// Threads that compute on all ranks.
    pub fn total_threads(&self) -> usize {
        let of_run = &self.world.threads[..self.world.ranks];
        of_run.iter().map(|&t| t as usize).sum()
    }

    /// The host of each rank.
    pub fn hosts(&self) -> &[String] {
        &self.world.hosts[..self.world.ranks]
    }

    /// On rank 0: the ranks that have died or stand still, where the run goes on without them. Empty on others.
    pub fn lost(&self) -> Vec<usize> {
        let lost = self.hub.lost().into_iter().map(|rank| rank as usize);
        lost.filter(|&rank| rank < self.size()).collect()
    }

    /// Whether the run was given a grain, so that a program should not set its own.
    pub fn has_grain(&self) -> bool {
        self.grain.is_some()
    }

    /// Prints one line on standard output: once, not once a rank.
    ///
    /// # Errors
    /// When standard output cannot be written to; a reader that has gone away (`| head`) is no error.
    pub fn print(&self, line: fmt::Arguments<'_>) -> Result<(), Error> {
        if self.rank() != 0 {
            return Ok(());
        }
        Ok(say::out(format_args!("{line}\n"))?)
    }

    /// For a report: a result of the program.
    pub(crate) fn note_result(&self, value: &serde_json::Value) {
        if !self.places.borrow().is_empty() {
            self.results.borrow_mut().push(value.clone());
        }
    }

    /// Prints one line on standard error, on rank 0, unless hints are silenced.
    pub fn hint(&self, text: fmt::Arguments<'_>) {
        if self.rank() == 0 && !self.quiet {
            say::line(format_args!("grange: hint: {text}"));
        }
    }

    fn warn(&self, text: fmt::Arguments<'_>) {
        if self.rank() == 0 && !self.quiet {
            say::warning(text);
        }
    }

    /// Work over the integers `a..b` or `a..=b`, of any type up to 128 bits.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let even = pool.range(1..=100i64).count(|x| x % 2 == 0)?;
    /// assert_eq!(even, 50);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn range<T: Integer>(&self, bounds: impl Bounds<T>) -> Workload<'_, Range<T>> {
        Workload::new(self, bounds.into_range())
    }

    /// Work over the elements of a slice or a `Vec`, which every rank has.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let words = ["one", "three", "five"];
    /// let lengths = pool.list(&words).map(|word| word.len())?.everywhere()?;
    /// assert_eq!(lengths, [3, 5, 4]);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn list<'a, T: Sync>(&'a self, items: &'a [T]) -> Workload<'a, List<'a, T>> {
        Workload::new(self, List(items))
    }

    /// Work over several lists side by side, given as a tuple of two to four slices: the first elements
    /// together, then the second, and so on. Lists of unequal length are an error of the call.
    pub fn zip<L>(&self, lists: L) -> Workload<'_, Zip<L>>
    where
        Zip<L>: crate::source::Source,
    {
        Workload::new(self, Zip(lists))
    }

    /// Work over every combination of elements of several lists, given as a tuple of two to four slices; the
    /// last list varies fastest.
    pub fn product<L>(&self, lists: L) -> Workload<'_, Product<L>>
    where
        Product<L>: crate::source::Source,
    {
        Workload::new(self, Product(lists))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Pool(rank {} of {}, {} threads)",
            self.rank(),
            self.size(),
            self.threads()
        )
    }
}
