//! Tasks a second, the METG(50 %) curve, latencies and what waiting costs.
//!
//! Two MPI processes of one thread each, and the same on one process with a thread a core:
//!
//! ```text
//! cargo bench --bench tasks --config "target.'cfg(unix)'.runner='mpirun -n 2'"
//! cargo bench --bench tasks
//! ```
//!
//! Counted honestly: one item a grain, every value returned to rank 0 and checked there, the wall clock from
//! before the call to after the check. A task computes for a set time, by iterations of a loop that is
//! calibrated at the start, so that a core taken away by somebody else counts as lost time. Efficiency is
//! tasks · task / (wall · cores); the line on the busy loop alone says how much of that the machine gives. METG(50 %) is where the efficiency crosses one half (Slaughter et al.,
//! *Task Bench*, SC 2020).
//!
//! `SECONDS=1` sets how long a measurement takes, `REPEATS=5` how many there are, `SIZE_US=1000` does that size alone; the rounds go through all
//! sizes, so that a disturbance does not hit one size alone. Under load look at the best. `mpi4py_tasks.py`
//! beside this directory does the same with `mpi4py.futures`.

mod cpu;
mod latency;
mod median;
mod metg;
mod spin;
mod throughput;

use grange::{Error, Pool};
use spin::Spin;
use std::process::ExitCode;

/// A number from the environment.
fn setting(name: &str, otherwise: f64) -> f64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn main() -> ExitCode {
    grange::run(|pool| {
        let (seconds, repeats) = (setting("SECONDS", 1.0), setting("REPEATS", 5.0) as usize);
        let spin = Spin::calibrated(pool)?;
        pool.print(format_args!(
            "{} rank(s), {} thread(s), {:.3} iterations of the busy loop a ns; load {}",
            pool.size(),
            pool.total_threads(),
            spin.per_ns(),
            cpu::load(),
        ))?;
        throughput::report(pool, &spin, seconds, repeats.max(1))?;
        latency::report(pool, &spin)?;
        closing(pool)
    })
}

fn closing(pool: &Pool) -> Result<(), Error> {
    pool.print(format_args!("load at the end {}", cpu::load()))
}
