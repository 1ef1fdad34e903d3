//! What it costs to say where the time went: a program with `--stats --report --trace` and without, in turns.
//!
//! ```text
//! cargo bench --bench times
//! LAUNCH='mpirun -n 2' cargo bench --bench times
//! ```
//!
//! Runs `sum_primes N` (`N=5e10`) so often each way (`REPEATS=7`); the figures are the medians of the ratios of
//! neighbours: of the time on the clock, from the launcher's start to its end, with the files that are written, and of
//! the CPU time of all ranks, which other programs on the machine disturb less.

#[path = "tasks/ended.rs"]
mod ended;
#[path = "tasks/median.rs"]
mod median;

use ended::used;
use median::median;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

fn main() -> ExitCode {
    let var = |name: &str, otherwise: &str| std::env::var(name).unwrap_or(otherwise.to_owned());
    let repeats: usize = var("REPEATS", "7").parse().unwrap_or(7).max(1);
    let (n, launch) = (var("N", "5e10"), var("LAUNCH", ""));
    let folder = std::env::temp_dir().join(format!("grange-times-{}", std::process::id()));
    if let Err(error) = std::fs::create_dir_all(&folder) {
        eprintln!("{}: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    let timed = |told: bool| {
        let mut words = launch
            .split_whitespace()
            .chain([env!("CARGO_BIN_EXE_sum_primes")]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args([&n, "--quiet"]);
        if told {
            command.arg("--stats");
            command.arg("--report").arg(folder.join("run.h5"));
            command.arg("--trace").arg(folder.join("trace.json"));
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (since, before) = (Instant::now(), used());
        let ended = command.status().is_ok_and(|status| status.success());
        ended.then(|| (since.elapsed().as_secs_f64(), used() - before))
    };
    let mut ratios = Vec::new();
    for i in 0..repeats {
        // In turns, so that neither is always first.
        let first = timed(i % 2 == 1);
        let (Some(first), Some(second)) = (first, timed(i % 2 == 0)) else {
            eprintln!("sum_primes {n} failed (is it built with hdf5?)");
            return ExitCode::FAILURE;
        };
        let (plain, told) = if i % 2 == 0 {
            (first, second)
        } else {
            (second, first)
        };
        let ratio = (told.0 / plain.0, told.1 / plain.1);
        println!(
            "plain {:.3} s, told {:.3} s: {:.4}; CPU {:.2} s, {:.2} s: {:.4}",
            plain.0, told.0, ratio.0, plain.1, told.1, ratio.1
        );
        ratios.push(ratio);
    }
    println!(
        "median ratio {:.4}, CPU {:.4}",
        median(ratios.iter().map(|r| r.0)),
        median(ratios.iter().map(|r| r.1))
    );
    let _ = std::fs::remove_dir_all(&folder);
    ExitCode::SUCCESS
}
