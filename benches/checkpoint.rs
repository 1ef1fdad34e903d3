//! What keeping a call costs at one checkpoint a second: the same call with and without, in turns.
//!
//! ```text
//! cargo bench --bench checkpoint
//! cargo bench --bench checkpoint --config "target.'cfg(unix)'.runner='mpirun -n 2'"
//! ```
//!
//! A sum of floats in 2^20 grains, whose nodes are written as a whole, and a map of as many items as fit the
//! time at 2 microseconds each, whose values are appended. `SECONDS=10` sets how long a call takes about,
//! `REPEATS=5` how often. The figures are medians of the ratios of neighbours: of the time on the clock and,
//! which says more on a machine that does other things, of rank 0's CPU time, the writer's included. Files go
//! to the folder for temporary files.

#[path = "tasks/cpu.rs"]
#[allow(dead_code, reason = "the load is of use to others")]
mod cpu;
#[path = "tasks/median.rs"]
mod median;
mod paired;

use grange::{Builder, Error, Pool, Sum};
use paired::{compare, setting, spin, spins_a_second};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    Builder::new()
        .checkpoint_every(Duration::from_secs(1))
        .run(|pool| {
            let (seconds, repeats) = (setting("SECONDS", 10), setting("REPEATS", 5).max(1));
            let per_second = spins_a_second();
            pool.print(format_args!(
                "{} rank(s), {} thread(s)",
                pool.size(),
                pool.total_threads()
            ))?;
            let budget = seconds as f64 * pool.total_threads() as f64 * per_second;
            let spins = pool.root(|| Ok::<_, Error>((budget / f64::from(1 << 20)) as u64))?;
            kept(pool, "sum of floats, 2^20 grains", repeats, |path| {
                let work = pool.range(0..1u32 << 20).grain(1);
                let work = path
                    .into_iter()
                    .fold(work, |work, path| work.checkpoint(path));
                work.map_reduce_each(|x| spin(spins, x), Sum).map(drop)
            })?;
            let items =
                pool.root(|| Ok::<_, Error>(seconds * pool.total_threads() as u64 * 500_000))?;
            let spins = pool.root(|| Ok::<_, Error>((2e-6 * per_second) as u64))?;
            kept(pool, &format!("map of {items} floats"), repeats, |path| {
                let work = pool.range(0..items);
                let work = path
                    .into_iter()
                    .fold(work, |work, path| work.checkpoint(path));
                work.map(|x| spin(spins, x as u32)).map(drop)
            })
        })
}

/// Compares `call` without a file and with one, which is new in every pair.
fn kept(
    pool: &Pool,
    what: &str,
    repeats: u64,
    call: impl Fn(Option<PathBuf>) -> Result<(), Error>,
) -> Result<(), Error> {
    compare(pool, what, "kept", repeats, |pair| {
        let name = |i| format!("grange-bench-{}-{i}.h5", std::process::id());
        let path = pair.map(|i| std::env::temp_dir().join(name(i)));
        call(path.clone())?;
        if let (0, Some(path)) = (pool.rank(), path) {
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_file(path.with_extension("h5.previous"));
            let _ = std::fs::remove_dir_all(path.with_extension("h5.pieces"));
        }
        Ok(())
    })
}
