//! What a rank does in a scenario.

mod audit;
mod failures;
mod jobs;
mod kept;
mod maps;
mod nested;
mod reductions;
mod results;
mod slow;
mod survive;
mod times;

use grange::{Builder, Error, Pool};
use std::path::Path;
use std::process::ExitCode;

type Run = fn(&Pool, &[String]) -> Result<(), Error>;

/// Runs scenario `name` as one rank.
pub fn run(name: &str, args: &[String]) -> ExitCode {
    let calls = [
        reductions::ALL,
        results::ALL,
        maps::ALL,
        nested::ALL,
        failures::ALL,
        slow::ALL,
        kept::ALL,
        audit::ALL,
        survive::ALL,
        times::ALL,
    ]
    .concat();
    let all = [calls, jobs::ALL.concat()].concat();
    let Some((_, run)) = all.iter().find(|(n, _)| *n == name) else {
        eprintln!("no scenario {name}");
        return ExitCode::from(99);
    };
    let schedule = std::env::var("SCHEDULE").ok().and_then(|s| s.parse().ok());
    let code = kept::settings(Builder::new())
        .schedule(schedule)
        .run_code(|pool| run(pool, args));
    if name == "goes_on" {
        std::thread::sleep(std::time::Duration::from_secs(12));
        println!("went on");
    }
    ExitCode::from(code)
}

/// The argument at `i` as a number.
fn number(args: &[String], i: usize) -> u64 {
    args.get(i)
        .and_then(|a| a.parse().ok())
        .unwrap_or_else(|| panic!("argument {i} is a number"))
}

/// Waits until `file` is there.
fn wait_for(file: &Path) {
    while !file.exists() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// A sleep that no test outlasts.
fn an_hour() {
    std::thread::sleep(std::time::Duration::from_secs(3600));
}
