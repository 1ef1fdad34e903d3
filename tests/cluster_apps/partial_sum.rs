//! Sums of the alternating harmonic series.

use crate::json::report;
use crate::{PARTIAL_SUM, solo};
use serde_json::Value;
use std::f64::consts::LN_2;

/// The sum that a run gives for a window, with the bits it says that this has.
fn sum(args: &str) -> f64 {
    let outcome = solo(PARTIAL_SUM, &format!("--json --quiet {args}"))
        .finish()
        .ok();
    let results: Value = serde_json::from_str(&report(&outcome).results).expect("results are JSON");
    let sum = results[0]["sum"]
        .as_f64()
        .unwrap_or_else(|| panic!("{outcome}"));
    assert_eq!(
        results[0]["bits"],
        format!("{:016x}", sum.to_bits()),
        "{outcome}"
    );
    sum
}

/// 1/start - 1/(start + 1) + ..., exactly but for what is beyond 2^-120 of each term. `start` is odd.
pub fn in_fixed_point(start: u64, end: u64) -> f64 {
    const ONE: i128 = 1 << 120;
    let signed = |x: u64| {
        if x.is_multiple_of(2) {
            -(ONE / i128::from(x))
        } else {
            ONE / i128::from(x)
        }
    };
    (start..end).map(signed).sum::<i128>() as f64 / ONE as f64
}

#[test]
fn text() {
    let outcome = solo(PARTIAL_SUM, "").finish().ok();
    let line = outcome
        .stdout
        .strip_prefix("Partial sum is ")
        .and_then(|line| line.strip_suffix('\n'));
    let numbers: Vec<&str> = line
        .unwrap_or_else(|| panic!("{outcome}"))
        .split(" | diff = ")
        .collect();
    let numbers: Vec<f64> = numbers
        .iter()
        .map(|text| text.parse().unwrap_or(f64::NAN))
        .collect();
    assert_eq!(numbers, [sum(""), sum("") - LN_2], "{outcome}");
}

#[test]
fn nearer_and_nearer_to_ln_2() {
    for end in [2u64, 3, 10, 1001, 1_000_000, 20_000_000, 300_000_000] {
        // Terms alternate and fall: what is left out is less than its first term, and over half of it.
        let off = sum(&format!("--end {end}")) - LN_2;
        let first_left_out = 1.0 / end as f64;
        assert!(
            off.abs() < first_left_out && off.abs() > first_left_out / 2.0,
            "end {end}: {off}"
        );
        assert_eq!(off > 0.0, end.is_multiple_of(2), "end {end}: {off}");
    }
}

#[test]
fn right_to_the_last_bit() {
    for (start, end) in [
        (1, 2),
        (1, 3),
        (1, 1000),
        (1, 20_000_000),
        (7, 77),
        (999, 12_346),
        (101, 250_000),
    ] {
        let expected = in_fixed_point(start, end);
        let sum = sum(&format!("--start {start} --end {end}"));
        assert_eq!(
            sum.to_bits(),
            expected.to_bits(),
            "{start}..{end}: {sum:e} instead of {expected:e}"
        );
    }
}

#[test]
fn right_to_some_units_of_the_last_bit_far_out() {
    for (start, end) in [
        (1_000_001, 1_300_000),
        (1_000_000_000_001, 1_000_000_300_000),
    ] {
        let expected = in_fixed_point(start, end);
        let sum = sum(&format!("--start {start} --end {end}"));
        let off = (sum - expected) / expected;
        assert!(
            off.abs() < 4.0 * f64::EPSILON,
            "{start}..{end}: off by {off:e}"
        );
    }
}

/// Known sums, on every instruction set that the machine has: 2e7 and 2e9 terms.
#[test]
fn known_sums_on_every_instruction_set() {
    for isa in grange::isa::available() {
        for (end, right) in [
            ("20000001", 0.693_147_155_559_945_9),
            ("2000000001", 0.693_147_180_309_945_3),
        ] {
            let args = format!("--json --quiet --end {end}");
            let outcome = solo(PARTIAL_SUM, &args).env("GRANGE_ISA", isa.name());
            let outcome = outcome.finish().ok();
            let results: Value =
                serde_json::from_str(&report(&outcome).results).expect("results are JSON");
            assert_eq!(results[0]["sum"].as_f64(), Some(right), "{isa}: {outcome}");
        }
    }
}

#[test]
fn windows_add_up() {
    let cuts = [1u64, 2, 3, 4, 5, 8, 1001, 65_536, 777_777, 20_000_000];
    let parts: Vec<f64> = cuts
        .windows(2)
        .map(|cut| sum(&format!("--start {} --end {}", cut[0], cut[1])))
        .collect();
    // Each part is rounded once, as is every step of this.
    let off = parts.iter().rev().sum::<f64>() - sum("");
    assert!(off.abs() < parts.len() as f64 * f64::EPSILON, "{off:e}");
}

#[test]
fn the_ends_of_the_range() {
    for empty in ["--end 1", "--start 5 --end 5", "--start 2^64 --end 2^64"] {
        assert_eq!(sum(empty).to_bits(), 0.0f64.to_bits(), "{empty}");
    }
    assert_eq!(sum("--start 2 --end 3"), -0.5);
    // 2^64 - 1 is odd, and its reciprocal above 2^-64 by less than the grid of the sum.
    let last = sum("--start 18446744073709551615 --end 2^64");
    assert!((last - 2f64.powi(-64)).abs() < 2f64.powi(-117), "{last:e}");
    let all_but_nothing = sum("--start 18446744073708551616 --end 2^64");
    assert!(
        all_but_nothing.abs() < 2f64.powi(-64),
        "{all_but_nothing:e}"
    );
}
