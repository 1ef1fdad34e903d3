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

use grange::{Builder, Error, Pool, Sum};
use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A number from the environment.
fn setting(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

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
            compare(pool, "sum of floats, 2^20 grains", repeats, |path| {
                let work = pool.range(0..1u32 << 20).grain(1);
                let work = path
                    .into_iter()
                    .fold(work, |work, path| work.checkpoint(path));
                work.map_reduce_each(|x| spin(spins, x), Sum).map(drop)
            })?;
            let items =
                pool.root(|| Ok::<_, Error>(seconds * pool.total_threads() as u64 * 500_000))?;
            let spins = pool.root(|| Ok::<_, Error>((2e-6 * per_second) as u64))?;
            compare(pool, &format!("map of {items} floats"), repeats, |path| {
                let work = pool.range(0..items);
                let work = path
                    .into_iter()
                    .fold(work, |work, path| work.checkpoint(path));
                work.map(|x| spin(spins, x as u32)).map(drop)
            })
        })
}

fn compare(
    pool: &Pool,
    what: &str,
    repeats: u64,
    call: impl Fn(Option<PathBuf>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut ratios = Vec::new();
    for i in 0..repeats {
        let name = format!("grange-bench-{}-{i}.h5", std::process::id());
        let path = std::env::temp_dir().join(name);
        let timed = |path: Option<PathBuf>| {
            let (since, before) = (Instant::now(), cpu::time().unwrap_or_default());
            call(path)?;
            let busy = cpu::time().unwrap_or_default().saturating_sub(before);
            Ok::<_, Error>((since.elapsed().as_secs_f64(), busy.as_secs_f64()))
        };
        // In turns, so that neither is always first.
        let (plain, kept) = match i % 2 {
            0 => (timed(None)?, timed(Some(path.clone()))?),
            _ => {
                let kept = timed(Some(path.clone()))?;
                (timed(None)?, kept)
            }
        };
        if pool.rank() == 0 {
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_file(path.with_extension("h5.previous"));
            let _ = std::fs::remove_dir_all(path.with_extension("h5.pieces"));
        }
        let ratio = (kept.0 / plain.0, kept.1 / plain.1.max(1e-9));
        pool.print(format_args!(
            "{what}: {:.2} s, CPU {:.2} s; kept {:.2} s, CPU {:.2} s; ratio {:.4}, CPU {:.4}",
            plain.0, plain.1, kept.0, kept.1, ratio.0, ratio.1
        ))?;
        ratios.push(ratio);
    }
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut sorted: Vec<f64> = ratios.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    pool.print(format_args!(
        "{what}: median ratio {:.4}, CPU {:.4}",
        median(|r| r.0),
        median(|r| r.1)
    ))
}

fn spin(spins: u64, x: u32) -> f64 {
    let mut v = f64::from(x) * 1e-3;
    for _ in 0..spins {
        v = black_box(v * 1.000_000_1 + 1e-9);
    }
    v
}

fn spins_a_second() -> f64 {
    let since = Instant::now();
    black_box(spin(20_000_000, 7));
    20e6 / since.elapsed().as_secs_f64()
}
