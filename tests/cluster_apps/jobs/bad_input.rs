//! What makes no sense of jobs: one line that says so, exit code 2, and nothing on standard output.

use crate::bad_input::{Bad, refused_alone};
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::{AUTO_DIFF, CALLBACK, DYNAMIC_NCPUS, QUICKSORT, SUM_PRIMES};

const FOR_ALL: &[Bad] = &[
    (&["--workers", "0"], "0 is too small"),
    (&["--workers", "1025"], "1025 is too large"),
    (&["--workers", "-1"], "-1 is negative"),
    (&["--workers", "1e400"], "1e400 is too large"),
    (&["--workers", "two"], "two is not a number"),
    (&["--workers", ""], "is empty"),
    (&["--parts", "0"], "0 is too small"),
    (&["--parts", "1.5"], "1.5 is not a whole number"),
    (&["--parts", "2^64"], "2^64 is too large"),
    (&["--parts", "NaN"], "NaN is not a finite number"),
    (&["--grain", "10"], "--grain cannot be used with jobs"),
    (&["--pp", "--parts", "5"], "cannot be used with"),
    (&["100"], "100"),
];

const SERIES: &[Bad] = &[
    (&["--end", "0"], "0 is too small"),
    (
        &["--end", "1", "--parts", "1"],
        "--parts 1 is more than the number of terms, 0",
    ),
    (
        &["--end", "10", "--parts", "10"],
        "--parts 10 is more than the number of terms, 9",
    ),
    (&["--end", "2^65"], "2^65 is too large"),
    (&["--end", "1,000"], "comma"),
    (&["--end", "5", "--pp"], "cannot be used with"),
];

const POINTS: &[Bad] = &[
    (&["--end", "1"], "1 is too small"),
    (&["--end", "2^54"], "2^54 is too large"),
    (&["--end", "-1e9"], "-1e9 is negative"),
];

const NUMBERS: &[Bad] = &[
    (&["--n", "0"], "0 is too small"),
    (&["--n", "1e30"], "1e30 is too large"),
    (
        &["--n", "5", "--parts", "6"],
        "--parts 6 is more than the number of numbers, 5",
    ),
    (&["--seed", "2^64"], "2^64 is too large"),
    (&["--seed", "-1"], "-1 is negative"),
];

const SUMS: &[Bad] = &[
    (&["--workers", "2", "100"], "--workers needs --jobs"),
    (&["--jobs", "--workers", "0"], "0 is too small"),
    (
        &["--jobs", "--grain", "7"],
        "--grain cannot be used with jobs",
    ),
    (&["--jobs", "1.5"], "1.5 is not a whole number"),
    (&["--jobs=3"], "--jobs"),
    (
        &["--jobs", "--from", "10", "5"],
        "--from 10 is greater than N, 5",
    ),
    (
        &["--jobs", "--from", "1000"],
        "--from 1000 is greater than N, 100",
    ),
];

#[test]
fn alone() {
    for (program, its_own) in [
        (CALLBACK, SERIES),
        (DYNAMIC_NCPUS, SERIES),
        (AUTO_DIFF, POINTS),
        (QUICKSORT, NUMBERS),
    ] {
        for (args, says) in FOR_ALL.iter().chain(its_own) {
            refused_alone(program, args, says);
        }
    }
    for (args, says) in SUMS {
        refused_alone(SUM_PRIMES, args, says);
    }
}

/// Each kind once: what the parser finds, and what only the program does.
#[test]
#[cfg(feature = "mpi")]
fn on_ranks_once_and_not_once_a_rank() {
    let Some(launcher) = launcher_for(CALLBACK, "jobs::bad_input") else {
        return;
    };
    for (program, (args, says)) in [
        (CALLBACK, &FOR_ALL[0]),
        (DYNAMIC_NCPUS, &SERIES[2]),
        (AUTO_DIFF, &FOR_ALL[10]),
        (QUICKSORT, &NUMBERS[2]),
        (SUM_PRIMES, &SUMS[0]),
    ] {
        let outcome = launcher.run(3, program).args(*args).finish().with_code(2);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        let errors = outcome.errors();
        assert!(
            errors.len() == 1 && errors[0].contains(says),
            "'{says}' in {outcome}"
        );
    }
}
