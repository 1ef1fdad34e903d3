//! A pool of this process's threads alone, with the calls of [`Pool`](crate::Pool).
//!
//! The calls share everything with those of the pool of all ranks but the way in which grains are handed out: a
//! call here is one lease of all of its grains, which whoever is at hand works through. The thread that makes
//! the call always could do so alone, so that calls may nest to any depth: nobody waits for a thread that waits
//! for it (see `crew.rs`).

mod amap;
mod call;
mod crew;
mod desk;
mod imap;
mod streamed;
mod terminal;
mod workload;

pub use amap::ThreadAmap;
pub use imap::ThreadImap;
pub use workload::ThreadWorkload;

use crate::error::Error;
use crate::exec::panics;
use crate::source::{Bounds, Integer, List, Product, Range, Source, Zip};
use std::fmt;
use std::sync::Arc;

/// Threads of this process, with the same calls as [`Pool`](crate::Pool).
///
/// Where a pool's call is made by all ranks together, this is one rank's own business. So it may be used inside
/// of a function that the pool maps, to any depth, where it takes up this rank's idle threads; in a section on
/// rank 0; and without [`run()`](crate::run) at all. Results are where the call was made, and have the same
/// bits as the pool's at the same grain.
///
/// ```
/// use grange::Threads;
/// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
/// let sums = pool.range(0..10u64).try_map(|x| {
///     let inner = Threads::here().list(&[1, 2, 3]).map(|y| y + 1)?; // on this rank's threads
///     Ok::<u64, grange::Error>(x + inner.iter().sum::<u64>())
/// })?;
/// assert_eq!(sums.everywhere()?, (9..19).collect::<Vec<u64>>());
/// # Ok(()) }
/// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
/// ```
#[derive(Clone)]
pub struct Threads {
    /// `None`: those of the rayon pool in which the calling thread is, or else the global one.
    pool: Option<Arc<rayon::ThreadPool>>,
}

/// More threads of one process only get into each other's way.
const MOST_THREADS: usize = 1024;

impl Threads {
    /// The threads that are here already: this rank's in a run, else as many as rayon's global pool has.
    #[doc(alias = "thread")]
    pub fn here() -> Self {
        Threads { pool: None }
    }

    /// `n` threads of its own, which end with the last clone of it.
    ///
    /// # Errors
    /// When there are none to be had, or `n` makes no sense.
    ///
    /// ```
    /// use grange::Threads;
    ///
    /// let two = Threads::new(2)?;
    /// assert_eq!(two.range(0..5).map(|x| x * x)?, [0, 1, 4, 9, 16]);
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn new(n: usize) -> Result<Self, Error> {
        if !(1..=MOST_THREADS).contains(&n) {
            return Err(Error::Usage(format!(
                "{n} threads: it takes at least 1 and at most {MOST_THREADS}"
            )));
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .thread_name(|i| format!("{}own-{i}", panics::THREAD_NAME))
            .build()
            .map_err(|e| Error::user(format!("no threads: {e}")))?;
        Ok(Threads {
            pool: Some(Arc::new(pool)),
        })
    }

    /// How many threads compute.
    pub fn threads(&self) -> usize {
        match &self.pool {
            Some(pool) => pool.current_num_threads(),
            None => rayon::current_num_threads(),
        }
    }

    /// Work over the integers `a..b` or `a..=b`, of any type up to 128 bits.
    pub fn range<T: Integer>(&self, bounds: impl Bounds<T>) -> ThreadWorkload<Range<T>> {
        ThreadWorkload::new(self, bounds.into_range())
    }

    /// Work over the elements of a slice or a `Vec`.
    pub fn list<'a, T: Sync>(&self, items: &'a [T]) -> ThreadWorkload<List<'a, T>> {
        ThreadWorkload::new(self, List(items))
    }

    /// Work over several lists side by side, given as a tuple of two to four slices: the first elements
    /// together, then the second, and so on. Lists of unequal length are an error of the call.
    ///
    /// ```
    /// let (x, y, p) = ([1, 2, 3], [4, 5, 6], 200);
    /// let here = grange::Threads::here();
    /// assert_eq!(here.zip((&x[..], &y[..])).map(|(x, y)| x + y)?, [5, 7, 9]);
    /// // An argument that stays the same is captured.
    /// assert_eq!(here.list(&y).map(|y| p + y + 1)?, [205, 206, 207]);
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn zip<L>(&self, lists: L) -> ThreadWorkload<Zip<L>>
    where
        Zip<L>: Source,
    {
        ThreadWorkload::new(self, Zip(lists))
    }

    /// Work over every combination of elements of several lists, given as a tuple of two to four slices; the
    /// last list varies fastest.
    pub fn product<L>(&self, lists: L) -> ThreadWorkload<Product<L>>
    where
        Product<L>: Source,
    {
        ThreadWorkload::new(self, Product(lists))
    }

    /// Whether the calling thread is one of them.
    fn has_caller(&self) -> bool {
        match &self.pool {
            Some(pool) => pool.current_thread_index().is_some(),
            None => rayon::current_thread_index().is_some(),
        }
    }

    /// Runs `f` on the calling thread; what it spawns runs on these threads.
    fn scope<'s, R>(&self, f: impl FnOnce(&rayon::Scope<'s>) -> R) -> R {
        match &self.pool {
            Some(pool) => pool.in_place_scope(f),
            None => rayon::in_place_scope(f),
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.pool.is_some() { "own" } else { "here" };
        write!(f, "Threads({} {whose})", self.threads())
    }
}
