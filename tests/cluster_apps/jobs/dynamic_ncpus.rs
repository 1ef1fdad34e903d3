//! Partial sums with more and more workers.

use super::callback::line;
#[cfg(feature = "mpi")]
use super::same_on_ranks;
use super::{printed, silent};
use crate::json::report;
use crate::{DYNAMIC_NCPUS, solo};

const ROUNDS: [u32; 6] = [1, 2, 4, 8, 16, 1];

/// What all rounds print.
fn rounds(end: u64) -> String {
    let line = line(end);
    ROUNDS
        .map(|workers| format!("Starting {workers} workers\n{line}"))
        .concat()
}

#[test]
fn the_same_sum_in_every_round() {
    let text = printed(DYNAMIC_NCPUS, "--end 100_001 --parts 9", 6 * 9);
    assert_eq!(text, rounds(100_001));
    let text = printed(DYNAMIC_NCPUS, "--pp", 6 * 64);
    assert_eq!(text, rounds(2_000_000));
}

#[test]
fn one_round_of_the_workers_that_are_given() {
    let text = printed(DYNAMIC_NCPUS, "--end 1001 --parts 9 --workers 1_000", 9);
    assert_eq!(text, format!("Starting 1000 workers\n{}", line(1001)));
}

#[test]
fn times_and_speed_up_of_each_round() {
    let outcome = solo(DYNAMIC_NCPUS, "--end 1e6 --threads 2").finish().ok();
    let times: Vec<(u32, f64, f64)> = outcome
        .stderr
        .lines()
        .filter_map(|line| {
            let (workers, rest) = line.split_once(" workers: time elapsed ")?;
            let (seconds, speedup) = rest.split_once(" s, speed-up ")?;
            Some((
                workers.parse().ok()?,
                seconds.parse().ok()?,
                speedup.parse().ok()?,
            ))
        })
        .collect();
    let workers: Vec<u32> = times.iter().map(|time| time.0).collect();
    assert_eq!(workers, ROUNDS, "{outcome}");
    assert_eq!(times[0].2, 1.0, "{outcome}");
    assert!(times.iter().all(|time| time.1 >= 0.0 && time.2 > 0.0));
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    same_on_ranks(DYNAMIC_NCPUS, "--end 3_000_001 --parts 40", 6 * 40);
}

#[test]
fn json() {
    let report = report(&silent(DYNAMIC_NCPUS, "--end 1001 --parts 8"));
    assert_eq!(report.program, "dynamic_ncpus");
    assert_eq!(report.results.matches("\"workers\":").count(), 6);
}
