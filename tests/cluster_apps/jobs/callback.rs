//! Partial sums, added up as they come.

#[cfg(feature = "mpi")]
use super::same_on_ranks;
use super::{HEADING, printed, same_with_workers, silent};
use crate::CALLBACK;
use crate::json::report;
use crate::partial_sum::in_fixed_point;
use std::f64::consts::LN_2;

/// The line of 1 <= x < end.
pub fn line(end: u64) -> String {
    let sum = in_fixed_point(1, end);
    format!("Partial sum is {sum} | diff = {:e}\n", sum - LN_2)
}

#[test]
fn right_to_the_last_bit_in_any_number_of_parts() {
    for (end, parts) in [(2, 1), (11, 10), (1001, 7), (100_000, 1), (100_000, 99_999)] {
        let text = printed(CALLBACK, &format!("--end {end} --parts {parts}"), parts);
        assert_eq!(text, format!("{HEADING}{}", line(end)));
    }
}

#[test]
fn the_example_of_parallel_python() {
    let text = printed(CALLBACK, "--pp", 128);
    assert_eq!(text, format!("{HEADING}{}", line(20_000_000)));
    // The first term that is left out is twice as large as what the sum is off.
    let off = in_fixed_point(1, 20_000_000) - LN_2;
    assert!((off - 2.5e-8).abs() < 1e-14, "{off}");
}

#[test]
fn with_workers() {
    same_with_workers(CALLBACK, "--end 1e6 --parts 50", 50);
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    same_on_ranks(CALLBACK, "--end 30_000_001 --parts 300", 300);
}

#[test]
fn json() {
    let report = report(&silent(CALLBACK, "--end 1001 --parts 8"));
    let bits = format!("{:016x}", in_fixed_point(1, 1001).to_bits());
    assert_eq!(report.program, "callback");
    assert!(report.results.contains(&bits), "{}", report.results);
}
