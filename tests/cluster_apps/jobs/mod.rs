//! Programs that submit jobs: known answers, the same on any number of ranks, threads and workers, and a table
//! that accounts for all jobs.

mod auto_diff;
mod bad_input;
mod callback;
mod dynamic_ncpus;
mod quicksort;
mod sum_primes;
mod table;

#[cfg(feature = "mpi")]
use crate::json::report;
use crate::solo;
use crate::support::outcome::Outcome;
use table::check_table;

/// The heading, unless the number of workers is given.
const HEADING: &str = "Starting a worker a thread\n";

/// What a run on this process's own threads prints, with `jobs` in its table.
#[track_caller]
fn printed(program: &str, args: &str, jobs: u64) -> String {
    let outcome = solo(program, args).finish().ok();
    check_table(&outcome, jobs);
    assert!(outcome.errors().is_empty(), "{outcome}");
    outcome.stdout
}

/// Checks that a program prints the same results with any number of workers, and what it starts with.
#[track_caller]
fn same_with_workers(program: &str, args: &str, jobs: u64) {
    let alone = printed(program, args, jobs);
    let results = alone.strip_prefix(HEADING);
    let results = results.unwrap_or_else(|| panic!("no heading: {alone}"));
    for workers in [1, 3, 17] {
        let args = format!("--workers {workers} {args}");
        let expected = format!("Starting {workers} workers\n{results}");
        assert_eq!(printed(program, &args, jobs), expected, "{args}");
    }
}

/// Ranks, and how each is run.
#[cfg(feature = "mpi")]
const LAYOUTS: [(u32, &str); 4] = [
    (1, "--threads 3 --schedule dynamic,2"),
    (2, "--threads 2 --schedule static"),
    (3, "--threads 1"),
    (5, "--threads 2 --schedule guided"),
];

/// Checks that a program prints on ranks, to the letter, what it prints alone, and gives there the same bits.
#[cfg(feature = "mpi")]
#[track_caller]
fn same_on_ranks(program: &str, args: &str, jobs: u64) {
    use crate::support::launcher::launcher_for;
    let Some(launcher) = launcher_for(program, "jobs") else {
        return;
    };
    let text = printed(program, args, jobs);
    let bits = results(
        &solo(program, &format!("--json {args}")).finish().ok(),
        jobs,
    );
    for (ranks, layout) in LAYOUTS {
        let words = || layout.split(' ').chain(args.split_whitespace());
        let outcome = launcher.run(ranks, program).args(words()).finish().ok();
        assert_eq!(outcome.stdout, text, "{outcome}");
        check_table(&outcome, jobs);
        let run = launcher.run(ranks, program).arg("--json").args(words());
        let outcome = run.finish().ok();
        assert_eq!(results(&outcome, jobs), bits, "{outcome}");
        assert_eq!(report(&outcome).ranks, u64::from(ranks), "{outcome}");
    }
}

#[cfg(feature = "mpi")]
#[track_caller]
fn results(outcome: &Outcome, jobs: u64) -> String {
    check_table(outcome, jobs);
    assert!(outcome.errors().is_empty(), "{outcome}");
    report(outcome).results
}

/// Checks that nothing but results is left with `--json`, and no table with `--quiet`.
#[track_caller]
fn silent(program: &str, args: &str) -> Outcome {
    let outcome = solo(program, &format!("--json --quiet {args}"))
        .finish()
        .ok();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    outcome
}
