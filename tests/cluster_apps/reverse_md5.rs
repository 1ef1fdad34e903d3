//! Searches for the number behind a digest.

use crate::hash::md5;
use crate::json::report;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::outcome::Outcome;
use crate::{REVERSE_MD5, solo};
use serde_json::json;
use std::time::Duration;

/// No number in reach has this.
const NOBODYS: &str = "00000000000000000000000000000000";

fn found(n: u128) -> String {
    format!("Reverse md5 for {} is {n}\n", md5(&n.to_string()))
}

fn not_found(digest: &str) -> String {
    format!("Reverse md5 for {digest} has not been found\n")
}

/// A search for `n` among `start..end`.
fn search(n: u128, start: u128, end: u128) -> Outcome {
    solo(
        REVERSE_MD5,
        &format!("{} --start {start} --end {end}", md5(&n.to_string())),
    )
    .finish()
}

#[test]
fn bare() {
    let outcome = solo(REVERSE_MD5, "").finish().ok();
    assert_eq!(
        outcome.stdout,
        "Reverse md5 for 48ae4d2d384dcc470e471f4169daa96a is 1829182\n"
    );
}

#[test]
fn digests_from_elsewhere() {
    for (digest, n) in [
        ("cfcd208495d565ef66e7dff9f98764da", 0u128),
        ("c4ca4238a0b923820dcc509a6f75849b", 1),
        ("81dc9bdb52d04dc20036dbd8313ed055", 1234),
        ("25f9e794323b453885f5181f1b624d0b", 123_456_789),
        ("e807f1fcf82d132f9bb018ca6738a19f", 1_234_567_890),
        (
            "fd85e62d9beb45428771ec688418b271",
            12_345_678_901_234_567_890,
        ),
    ] {
        let (start, end) = (n.saturating_sub(1000), n + 1000);
        let outcome = solo(
            REVERSE_MD5,
            &format!("{digest} --start {start} --end {end}"),
        )
        .finish()
        .ok();
        assert_eq!(outcome.stdout, format!("Reverse md5 for {digest} is {n}\n"));
    }
}

#[test]
fn numbers_of_every_length() {
    for digits in 1..=38 {
        let power = 10u128.pow(digits);
        // Across the step to more digits, and the ends of the window.
        for n in [power - 1, power, power + 29] {
            assert_eq!(
                search(n, power.saturating_sub(30), power + 30).ok().stdout,
                found(n)
            );
        }
    }
    let last = u128::MAX - 1;
    assert_eq!(search(last, last - 100, u128::MAX).ok().stdout, found(last));
}

#[test]
fn a_window_has_its_start_and_not_its_end() {
    assert_eq!(search(500, 500, 501).ok().stdout, found(500));
    for (n, start, end) in [(500, 501, 700), (500, 400, 500), (500, 500, 500), (0, 0, 0)] {
        let outcome = search(n, start, end).with_code(1);
        assert_eq!(outcome.stdout, not_found(&md5(&n.to_string())), "{outcome}");
        assert!(outcome.errors().is_empty(), "{outcome}");
    }
    // 0 is a number, but the search begins at 1.
    let zero = md5("0");
    assert_eq!(
        solo(REVERSE_MD5, &zero).finish().with_code(1).stdout,
        not_found(&zero)
    );
    assert_eq!(
        solo(REVERSE_MD5, &format!("{zero} --start 0"))
            .finish()
            .ok()
            .stdout,
        found(0)
    );
}

#[test]
fn json() {
    let n = 4_000_000_007u128;
    let args = format!(
        "--json --start 4e9 --end 4000001000 {}",
        md5(&n.to_string())
    );
    let outcome = solo(REVERSE_MD5, &args).finish().ok();
    assert_eq!(
        report(&outcome).results,
        json!([{"digest": md5(&n.to_string()), "found": n}]).to_string()
    );
    // A number beyond what a float can hold.
    let n = 170_141_183_460_469_231_731u128;
    let args = format!("--json --start {n} --end {} {}", n + 9, md5(&n.to_string()));
    let outcome = solo(REVERSE_MD5, &args).finish().ok();
    assert!(
        report(&outcome).results.contains(&format!("\"found\":{n}")),
        "{outcome}"
    );
    let outcome = solo(REVERSE_MD5, &format!("--json {NOBODYS}"))
        .finish()
        .with_code(1);
    assert_eq!(
        report(&outcome).results,
        json!([{"digest": NOBODYS, "found": null}]).to_string()
    );
}

/// 10^15 numbers would take days.
const HUGE: &str = "--end 1e15";
const SOON: Duration = Duration::from_secs(30);

#[test]
fn an_early_hit_ends_the_search_alone() {
    for schedule in [
        "static",
        "dynamic",
        "guided,64",
        "trapezoid",
        "factoring",
        "adaptive",
    ] {
        let args = format!("{HUGE} --threads 4 --schedule {schedule}");
        let outcome = solo(REVERSE_MD5, &args).deadline(SOON).finish().ok();
        assert_eq!(outcome.stdout, found(1_829_182), "{outcome}");
    }
}

#[test]
#[cfg(feature = "mpi")]
fn an_early_hit_ends_the_search_on_all_ranks() {
    let Some(launcher) = launcher_for(REVERSE_MD5, "reverse_md5::an_early_hit") else {
        return;
    };
    for (ranks, schedule) in [
        (3, "static"),
        (3, "adaptive"),
        (5, "guided"),
        (16, "dynamic,1000"),
    ] {
        let run = launcher
            .run(ranks, REVERSE_MD5)
            .args(HUGE.split(' '))
            .args(["--schedule", schedule]);
        let outcome = run.deadline(SOON).finish().ok();
        assert_eq!(outcome.stdout, found(1_829_182), "{outcome}");
    }
}

#[test]
#[cfg(feature = "mpi")]
fn not_found_on_ranks() {
    let Some(launcher) = launcher_for(REVERSE_MD5, "reverse_md5::not_found_on_ranks") else {
        return;
    };
    for ranks in [1, 3] {
        let outcome = launcher
            .run(ranks, REVERSE_MD5)
            .arg(NOBODYS)
            .finish()
            .with_code(1);
        assert_eq!(outcome.stdout, not_found(NOBODYS), "{outcome}");
        assert!(outcome.errors().is_empty(), "{outcome}");
    }
}
