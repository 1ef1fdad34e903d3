//! The programs from outside: their results on any number of ranks and threads, their words, and their
//! exit codes.
//!
//! Ranks come from the launcher of the MPI library that the programs were built with; without one on `PATH`
//! what needs it is skipped, but never where `CI` is set. Without the feature `mpi` only solo runs are left,
//! and that a launcher is refused. `GRANGE_LONG=1` adds larger sums.

mod bad_input;
#[cfg(feature = "tools")]
mod doctor;
mod hash;
mod isa;
mod jobs;
mod json;
mod kept;
#[cfg(all(feature = "hdf5", feature = "mpi"))]
mod lasting;
mod launching;
mod layouts;
mod output;
mod parallel;
mod partial_sum;
mod prime;
#[cfg(feature = "tools")]
mod report;
mod reverse_md5;
mod reverse_md5_strings;
#[cfg(feature = "tools")]
mod sbatch;
#[cfg(feature = "tools")]
mod scaling;
mod schema;
mod sum_primes;
#[path = "../support/mod.rs"]
mod support;
mod sweep;
mod threads;
mod times;

const SUM_PRIMES: &str = env!("CARGO_BIN_EXE_sum_primes");
const REVERSE_MD5: &str = env!("CARGO_BIN_EXE_reverse_md5");
const PARTIAL_SUM: &str = env!("CARGO_BIN_EXE_partial_sum");
const SWEEP: &str = env!("CARGO_BIN_EXE_sweep");
const PARALLEL: &str = env!("CARGO_BIN_EXE_parallel");
const CALLBACK: &str = env!("CARGO_BIN_EXE_callback");
const DYNAMIC_NCPUS: &str = env!("CARGO_BIN_EXE_dynamic_ncpus");
const AUTO_DIFF: &str = env!("CARGO_BIN_EXE_auto_diff");
const QUICKSORT: &str = env!("CARGO_BIN_EXE_quicksort");
#[cfg(feature = "tools")]
const GRANGE: &str = env!("CARGO_BIN_EXE_grange");

/// All programs, by name.
const PROGRAMS: [(&str, &str); 9] = [
    (SUM_PRIMES, "sum_primes"),
    (REVERSE_MD5, "reverse_md5"),
    (PARTIAL_SUM, "partial_sum"),
    (SWEEP, "sweep"),
    (PARALLEL, "parallel"),
    (CALLBACK, "callback"),
    (DYNAMIC_NCPUS, "dynamic_ncpus"),
    (AUTO_DIFF, "auto_diff"),
    (QUICKSORT, "quicksort"),
];

/// A solo run of `program` with the words of `args`.
fn solo(program: &str, args: &str) -> support::run::Run {
    support::run::Run::new(program).args(args.split_whitespace())
}
