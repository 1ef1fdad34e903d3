//! Numbers sorted by jobs that submit jobs.

#[cfg(feature = "mpi")]
use super::same_on_ranks;
use super::table::check_table;
use super::{HEADING, printed, same_with_workers, silent};
use crate::json::report;
use crate::{QUICKSORT, solo};
use serde_json::Value;

/// SplitMix64, as a value independent of the program's.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }
}

fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The end of the line for `n` numbers of `seed`.
fn facts(n: u64, seed: u64) -> String {
    let mut stream = Stream(seed);
    let mut numbers: Vec<u64> = (0..n).map(|_| stream.next()).collect();
    numbers.sort_unstable();
    let sum = numbers.iter().map(|&n| u128::from(mixed(n))).sum::<u128>() as u64;
    let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
    format!(" jobs | checksum {sum:016x} | first {first} | last {last}\n")
}

/// Runs it, checks what it says of the numbers, and gives how many jobs it says there were.
fn jobs(args: &str, n: u64, seed: u64) -> u64 {
    let outcome = solo(QUICKSORT, args).finish().ok();
    let start = format!("{HEADING}Sorted {n} numbers in ");
    let jobs = outcome
        .stdout
        .strip_prefix(&*start)
        .and_then(|text| text.strip_suffix(&*facts(n, seed)));
    let jobs = jobs
        .and_then(|jobs| jobs.parse().ok())
        .unwrap_or_else(|| panic!("{} in {outcome}", facts(n, seed)));
    check_table(&outcome, jobs);
    jobs
}

#[test]
fn numbers_are_those_of_the_seed() {
    for (n, parts, seed) in [
        (1, 1, 0),
        (2, 1, 1),
        (1000, 1000, 3),
        (100_000, 40, u64::MAX),
    ] {
        let args = format!("--n {n} --parts {parts} --seed {seed}");
        let jobs = jobs(&args, n, seed);
        // Each job sorts, or submits two.
        assert_eq!(jobs % 2, 1, "{args}");
        // Without cuts there is one; else as many sort as there are parts, at least.
        assert!(
            jobs >= parts && (jobs == 1) == (parts == 1),
            "{args}: {jobs}"
        );
    }
}

#[test]
fn the_example_of_parallel_python() {
    assert_eq!(
        jobs("--pp", 100_000, 1),
        jobs("--n 1e5 --parts 32", 100_000, 1)
    );
}

#[test]
fn with_workers() {
    let count = jobs("--n 20_000 --parts 100", 20_000, 1);
    same_with_workers(QUICKSORT, "--n 20_000 --parts 100", count);
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    let args = "--n 50_000 --parts 50 --seed 5";
    same_on_ranks(QUICKSORT, args, jobs(args, 50_000, 5));
}

#[test]
fn json() {
    let report = report(&silent(QUICKSORT, "--n 10 --parts 10"));
    assert_eq!(report.program, "quicksort");
    let results: Value = serde_json::from_str(&report.results).expect("results are JSON");
    let count = jobs("--n 10 --parts 10", 10, 1);
    assert_eq!(results[0]["jobs"], count);
    let text = printed(QUICKSORT, "--n 10 --parts 10", count);
    let first = results[0]["first"].as_u64().unwrap_or_default();
    assert!(text.contains(&format!("first {first} |")), "{text}");
}
