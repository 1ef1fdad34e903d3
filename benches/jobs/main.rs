//! Submitted jobs: how many a second, how soon one starts, and how much memory many of them take.
//!
//! Two MPI processes of one thread each, and the same in one process with a thread a core:
//!
//! ```text
//! cargo bench --bench jobs --config "target.'cfg(unix)'.runner='mpirun -n 2'"
//! cargo bench --bench jobs
//! ```
//!
//! Counted honestly: every job is submitted by itself, has a handle that is joined, and its result is checked;
//! the clock runs from before the first submission to after the last check. `JOBS=1_000_000` sets how many,
//! `REPEATS=5` how often, `MANY=10_000_000` how many go through a bounded window while the memory of rank 0
//! is watched. `pp_jobs.py`, `pathos_jobs.py` and `mpi4py_jobs.py` beside this directory do the same with
//! Parallel Python, pathos and mpi4py.futures.

use grange::{Error, Pool};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Jobs one after the other, each joined before the next.
const ALONE: u32 = 2000;
/// Jobs in flight while memory is watched.
const WINDOW: u64 = 10_000;

/// A number from the environment.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.replace('_', "").parse().ok())
        .unwrap_or(otherwise)
}

fn main() -> ExitCode {
    grange::run(|pool| {
        pool.print(format_args!(
            "{} rank(s), {} thread(s)",
            pool.size(),
            pool.total_threads()
        ))?;
        let (jobs, repeats) = (setting("JOBS", 1_000_000), setting("REPEATS", 5).max(1));
        let mut best = f64::INFINITY;
        for _ in 0..repeats {
            let took = throughput(pool, jobs)?.as_secs_f64();
            pool.print(format_args!(
                "{jobs} jobs with handles: {:.3} s, {:.0} jobs/s",
                took,
                jobs as f64 / took
            ))?;
            best = best.min(took);
        }
        pool.print(format_args!("best: {:.0} jobs/s", jobs as f64 / best))?;
        latency(pool)?;
        memory(pool, setting("MANY", 10_000_000))
    })
}

fn scrambled(x: u64) -> u64 {
    x.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 5
}

/// All submitted, then all joined.
fn throughput(pool: &Pool, jobs: u64) -> Result<Duration, Error> {
    pool.jobs(scrambled).drive(|scope| {
        let began = Instant::now();
        let handles: Vec<_> = (0..jobs).map(|x| scope.submit(x)).collect();
        for (x, job) in (0..jobs).zip(handles) {
            if job.join()? != scrambled(x) {
                return Err(Error::user("a wrong result"));
            }
        }
        Ok(began.elapsed())
    })
}

/// One after the other.
fn latency(pool: &Pool) -> Result<(), Error> {
    let mut times = pool.jobs(|x: u64| x).drive(|scope| {
        let mut times = Vec::new();
        for x in 0..u64::from(ALONE) {
            let began = Instant::now();
            scope.pipe(x)?;
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
        Ok::<_, Error>(times)
    })?;
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
    pool.print(format_args!(
        "a job alone, submitted and joined: {:.0} µs median, {:.0} µs at 99 %",
        at(0.5),
        at(0.99)
    ))
}

/// Inputs through a bounded window, results by a callback.
fn memory(pool: &Pool, jobs: u64) -> Result<(), Error> {
    let sum = std::cell::Cell::new(0u64);
    let report = pool.jobs(scrambled).window(WINDOW).drive(|scope| {
        let began = Instant::now();
        let mut samples = Vec::new();
        for x in 0..jobs {
            scope
                .job(x)
                .callback(|_, done| {
                    sum.set(sum.get().wrapping_add(done.result.copied().unwrap_or(0)));
                })
                .submit();
            if x % (jobs / 10).max(1) == 0 {
                samples.push(resident());
            }
        }
        scope.wait()?;
        Ok::<_, Error>((samples, began.elapsed()))
    })?;
    let right = (0..jobs).fold(0u64, |sum, x| sum.wrapping_add(scrambled(x)));
    if pool.rank() == 0 && sum.get() != right {
        return Err(Error::user("a wrong sum"));
    }
    let (samples, took) = report;
    let samples: Vec<String> = samples.iter().map(|kib| (kib / 1024).to_string()).collect();
    pool.print(format_args!(
        "{jobs} jobs through a window of {WINDOW}: {:.1} s, {:.0} jobs/s; MB of rank 0 at every tenth: {}",
        took.as_secs_f64(),
        jobs as f64 / took.as_secs_f64(),
        samples.join(" ")
    ))
}

/// Resident memory of this process in KiB, 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:"));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}
