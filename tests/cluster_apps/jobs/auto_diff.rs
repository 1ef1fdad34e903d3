//! Logarithms and their derivatives.

#[cfg(feature = "mpi")]
use super::same_on_ranks;
use super::{HEADING, printed, same_with_workers, silent};
use crate::json::report;
use crate::{AUTO_DIFF, solo};
use serde_json::Value;

/// x, t_log(x) and t_log'(x) of each point.
fn points(args: &str) -> Vec<[f64; 3]> {
    let report = report(&silent(AUTO_DIFF, args));
    assert_eq!(report.program, "auto_diff");
    let results: Vec<Value> = serde_json::from_str(&report.results).expect("results are a list");
    let number = |result: &Value, key: &str| {
        result[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{key} of {result}"))
    };
    results
        .iter()
        .map(|result| ["x", "t_log", "t_log'"].map(|key| number(result, key)))
        .collect()
}

#[test]
fn the_example_of_parallel_python() {
    let points = points("--pp");
    assert_eq!(points.len(), 32);
    for (i, [x, value, slope]) in points.into_iter().enumerate() {
        assert_eq!(x, 1.0 + i as f64 / 32.0);
        // What 20,000 terms leave out is nothing next to rounding.
        assert!((value - x.ln()).abs() < 1e-15, "{x}: {value}");
        assert!((slope - 1.0 / x).abs() < 1e-15, "{x}: {slope}");
    }
}

#[test]
fn text() {
    let text = printed(AUTO_DIFF, "--pp", 32);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (33, HEADING.trim_end()));
    assert!(
        lines[2].starts_with("t_log(1.031250) = 0.030772, t_log'(1.031250) = 0.969697 | off by "),
        "{text}"
    );
    for (i, line) in lines[1..].iter().enumerate() {
        let x = 1.0 + i as f64 / 32.0;
        let (slope, value) = (1.0 / x, x.ln());
        let start = format!("t_log({x:.6}) = {value:.6}, t_log'({x:.6}) = {slope:.6} | off by ");
        let off = line
            .strip_prefix(&*start)
            .unwrap_or_else(|| panic!("{text}"));
        let off: Vec<f64> = off
            .split(", ")
            .map(|o| o.parse().unwrap_or(f64::NAN))
            .collect();
        assert!(
            off.len() == 2 && off.iter().all(|o| o.abs() < 1e-15),
            "{line}"
        );
    }
}

/// u - u^2/2 and 1 - u, where nothing is rounded.
#[test]
fn two_terms_exactly() {
    for (i, [x, value, slope]) in points("--end 3 --parts 64").into_iter().enumerate() {
        let u = i as f64 / 64.0;
        assert_eq!([x, value, slope], [1.0 + u, u - u * u / 2.0, 1.0 - u]);
    }
}

#[test]
fn what_is_left_out_shows() {
    // Terms alternate and fall: what is left out is less than its first term, and over half of it.
    let [x, value, slope] = points("--end 10 --parts 2")[1];
    let u = x - 1.0;
    let (off, slope_off) = ((value - x.ln()).abs(), (slope - 1.0 / x).abs());
    assert!(off < u.powi(10) / 10.0 && off > u.powi(10) / 20.0, "{off}");
    assert!(
        slope_off < u.powi(9) && slope_off > u.powi(9) / 2.0,
        "{slope_off}"
    );
}

#[test]
fn with_workers() {
    same_with_workers(AUTO_DIFF, "--end 1000 --parts 100", 100);
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    same_on_ranks(AUTO_DIFF, "--pp", 32);
    same_on_ranks(AUTO_DIFF, "--end 50 --parts 1_000", 1000);
}

/// The same values, to the bit, on every instruction set.
#[test]
fn in_batches() {
    for args in [
        "--pp",
        "--parts 33 --end 5000",
        "--parts 1 --end 2",
        "--parts 100 --end 2050",
    ] {
        let by_jobs = report(&silent(AUTO_DIFF, args)).results;
        for isa in grange::isa::available() {
            let run = solo(AUTO_DIFF, &format!("--json --batch {args}"));
            let outcome = run.env("GRANGE_ISA", isa.name()).finish().ok();
            assert_eq!(report(&outcome).results, by_jobs, "{isa}: {outcome}");
        }
    }
    let outcome = solo(AUTO_DIFF, "--batch --workers 2").finish();
    assert!(outcome.with_code(2).stderr.contains("--workers"));
}
