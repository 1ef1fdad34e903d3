//! Data- and task-parallel programs on a laptop or a whole MPI cluster, from the same source and the same
//! binary.
//!
//! A program writes the function that handles one piece of work. grange cuts the work into grains, leases runs
//! of them to MPI ranks as these become free, runs them on every core of each rank with rayon, and folds the
//! results along a fixed tree, so that the result has the same bits on any number of ranks and threads.
//!
//! ```no_run
//! use grange::Sum;
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     grange::run(|pool| {
//!         // Under mpirun or srun on all ranks, else on this machine's cores.
//!         let total: u64 = pool.range(0..1_000_000_000u64).map_reduce(|items| items.sum::<u64>(), Sum)?;
//!         pool.print(format_args!("{total}")) // once, not once a rank
//!     })
//! }
//! ```
//!
//! Each layer knows only those below it: [`Pool`] (the interface) over `session` (one run over its ranks) over
//! `exec` (grains on threads) over `comm` (messages) over [`engine`] (decisions, pure).

#![deny(missing_docs)]
#![cfg_attr(not(feature = "mpi"), forbid(unsafe_code))]

mod checkpoint;
pub mod cli;
mod comm;
pub mod engine;
mod error;
mod exec;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod isa;
#[doc(hidden)]
pub mod link;
pub mod machine;
mod measure;
pub mod params;
mod pool;
mod progress;
mod reduce;
mod say;
mod session;
pub mod simulate;
mod source;
mod tasks;
mod threads;
pub mod versions;
mod wire;

pub use engine::schedule::{Schedule, ScheduleError};
pub use error::Error;
pub use exec::jobs::frozen::Frozen;
pub use pool::{
    Amap, Builder, Cause, Context, Done, FailedItems, Handle, Imap, Job, JobError, Jobs,
    NodeStatistics, Pool, Results, Rooted, Scope, Stateful, Statistics, Submission, Verdict,
    Workload, run,
};
pub use progress::Showing;
pub use reduce::{Concat, Count, Max, Min, Reduce, Sum, Summand};
pub use session::joining::server::Visitor;
pub use source::{Bounds, Integer, Items, List, Product, Range, Source, Zip};
pub use threads::{ThreadAmap, ThreadImap, ThreadWorkload, Threads};
pub use wire::value::fingerprint;

/// The README's program is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
