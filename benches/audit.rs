//! What an audit costs: the same call with and without, in turns.
//!
//! ```text
//! cargo bench --bench audit
//! cargo bench --bench audit --config "target.'cfg(unix)'.runner='mpirun -n 2'"
//! ```
//!
//! A sum of floats in 2^16 grains, of which 1 %, 10 % and all are computed again: at best the time goes up by just
//! that. `SECONDS=5` sets how long a call takes about, `REPEATS=5` how often. The figures are medians of the ratios
//! of neighbours: of the time on the clock and of rank 0's CPU time.

#[path = "tasks/cpu.rs"]
#[allow(dead_code, reason = "the load is of use to others")]
mod cpu;
#[path = "tasks/median.rs"]
mod median;
mod paired;

use grange::{Builder, Error, Sum};
use paired::{compare, setting, spin, spins_a_second};
use std::process::ExitCode;

fn main() -> ExitCode {
    const GRAINS: u32 = 1 << 16;
    Builder::new().run(|pool| {
        let (seconds, repeats) = (setting("SECONDS", 5), setting("REPEATS", 5).max(1));
        let budget = seconds as f64 * pool.total_threads() as f64 * spins_a_second();
        let spins = pool.root(|| Ok::<_, Error>((budget / f64::from(GRAINS)) as u64))?;
        let (ranks, threads) = (pool.size(), pool.total_threads());
        pool.print(format_args!("{ranks} rank(s), {threads} thread(s)"))?;
        for (share, with) in [(0.01, "1 % again"), (0.1, "10 % again"), (1.0, "all again")] {
            compare(pool, "sum of floats, 2^16 grains", with, repeats, |pair| {
                let share = pair.map_or(0.0, |_| share);
                let work = pool.range(0..GRAINS).grain(1).audit(share);
                work.map_reduce_each(|x| spin(spins, x), Sum).map(drop)
            })?;
        }
        Ok::<_, Error>(())
    })
}
