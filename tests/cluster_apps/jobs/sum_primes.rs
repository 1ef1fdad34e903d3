//! Sums of primes, a job each.

#[cfg(feature = "mpi")]
use super::same_on_ranks;
use super::{printed, silent};
use crate::json::report;
use crate::{SUM_PRIMES, prime, solo};

/// What Parallel Python's example sums up to below.
const EXAMPLE: [u64; 9] = [
    100, 100_000, 100_100, 100_200, 100_300, 100_400, 100_500, 100_600, 100_700,
];

#[test]
fn the_example_of_parallel_python() {
    let text = printed(SUM_PRIMES, "--jobs", 9);
    // The first two as mathematicians have them (OEIS A046731), all by another way.
    let start = "Sum of primes below 100 is 1060\nSum of primes below 100000 is 454396537\n";
    assert!(text.starts_with(start), "{text}");
    let line = |n: u64| format!("Sum of primes below {n} is {}\n", prime::sum(0, n - 1));
    assert_eq!(text, EXAMPLE.map(line).concat());
}

#[test]
fn numbers_that_are_given_as_without_jobs() {
    for numbers in ["1e7 0 1 2 3 1_000 2^20", "--from 1e12 1000000100000 1e12"] {
        let expected = solo(SUM_PRIMES, numbers).finish().ok().stdout;
        let count = expected.lines().count() as u64;
        for more in ["", "--workers 1", "--workers 20 --threads 2"] {
            let args = format!("--jobs {more} {numbers}");
            assert_eq!(printed(SUM_PRIMES, &args, count), expected, "{args}");
        }
        let jobs = report(&silent(SUM_PRIMES, &format!("--jobs {numbers}")));
        assert_eq!(jobs.results, report(&silent(SUM_PRIMES, numbers)).results);
    }
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    same_on_ranks(SUM_PRIMES, "--jobs", 9);
    same_on_ranks(SUM_PRIMES, "--jobs --workers 2 1e6 3e6 100 7", 4);
}
