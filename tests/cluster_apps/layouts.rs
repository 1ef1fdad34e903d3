//! The same bits on every layout: ranks, threads, schedules and grains change the time, never the result.

use crate::json::report;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::layouts::LAYOUTS;
use crate::{PARTIAL_SUM, REVERSE_MD5, SUM_PRIMES, hash, solo};

/// As many as layouts, so that a program sees each schedule on one layout.
const SCHEDULES: [&str; LAYOUTS.len()] = [
    "static",
    "static,3",
    "dynamic",
    "dynamic,2",
    "guided",
    "guided,4",
    "trapezoid",
    "trapezoid,2",
    "factoring",
    "factoring,3",
    "adaptive",
    "adaptive,8",
];

/// What a program is to compute, with grains that suit it; an empty one leaves the grain to the program.
struct Work {
    args: String,
    code: i32,
    grains: &'static [&'static str],
}

fn work(args: impl Into<String>, grains: &'static [&'static str]) -> Work {
    Work {
        args: args.into(),
        code: 0,
        grains,
    }
}

/// One run's own part of the command line.
fn cut(schedule: usize, grain: &str) -> String {
    let grain = if grain.is_empty() {
        String::new()
    } else {
        format!("--grain {grain}")
    };
    format!(
        "--json --quiet --schedule {} {grain}",
        SCHEDULES[schedule % SCHEDULES.len()]
    )
}

#[cfg(feature = "mpi")]
/// Runs the works in turn on all layouts, and compares with one thread alone. `turn` sets which schedule meets
/// which layout.
fn same_on_ranks(program: &str, turn: usize, works: &[Work]) {
    let Some(launcher) = launcher_for(program, "layouts") else {
        return;
    };
    let alone: Vec<String> = works
        .iter()
        .map(|work| results_alone(program, work))
        .collect();
    for (layout, (ranks, threads)) in LAYOUTS.into_iter().enumerate() {
        let which = layout % works.len();
        let work = &works[which];
        let grain = work.grains[layout / works.len() % work.grains.len()];
        // 5 and 12 have no common factor: every schedule has its turn.
        let cut = cut(5 * layout + turn, grain);
        let args = format!("{cut} --threads {threads} {}", work.args);
        let outcome = launcher
            .run(ranks, program)
            .args(args.split_whitespace())
            .finish()
            .with_code(work.code);
        let report = report(&outcome);
        assert_eq!(report.results, alone[which], "{outcome}");
        assert_eq!(
            (report.ranks, report.threads),
            (ranks.into(), (ranks * threads).into()),
            "{outcome}"
        );
        assert!(
            outcome.hints().is_empty() && outcome.errors().is_empty(),
            "{outcome}"
        );
    }
}

/// Runs all works with all schedules and grains on this process's own threads.
fn same_alone(program: &str, works: &[Work]) {
    for work in works {
        let expected = results_alone(program, work);
        for schedule in 0..SCHEDULES.len() {
            let grain = work.grains[schedule % work.grains.len()];
            let args = format!(
                "{} --threads {} {}",
                cut(schedule, grain),
                1 + schedule % 3,
                work.args
            );
            let outcome = solo(program, &args).finish().with_code(work.code);
            assert_eq!(report(&outcome).results, expected, "{outcome}");
            assert!(outcome.stderr.is_empty(), "{outcome}");
        }
    }
}

fn results_alone(program: &str, work: &Work) -> String {
    let args = format!("--json --threads 1 {}", work.args);
    let outcome = solo(program, &args).finish().with_code(work.code);
    let report = report(&outcome);
    assert_eq!((report.ranks, report.threads), (1, 1), "{outcome}");
    report.results
}

fn sums_of_primes() -> [Work; 3] {
    [
        work("1e8 1e7 1e6", &["", "1e6", "65536", "300007"]),
        work("0 1 2 3 4 100 1000 10000", &["1", "7", "1000", "2^40"]),
        work(
            "--from 999999999989 1e12 1000003000000",
            &["", "99991", "2^20"],
        ),
    ]
}

fn partial_sums() -> [Work; 3] {
    [
        work("", &["", "1e6", "65536", "333333"]),
        work("--start 6 --end 4000", &["1", "3", "5", "2^70"]),
        work(
            "--start 1e12 --end 1000007000001",
            &["", "12345", "2^20", "999999"],
        ),
    ]
}

fn searches() -> [Work; 4] {
    const GRAINS: &[&str] = &["", "65536", "1e6", "99991", "2^17"];
    let (start, end) = (999_000_000u128, 1_003_000_000u128);
    let within = |n: u128, code| Work {
        args: format!("--start {start} --end {end} {}", hash::md5(&n.to_string())),
        code,
        grains: GRAINS,
    };
    [
        within(start, 0),
        within(end - 1, 0),
        within(end, 1),
        within(1_000_000_007, 0),
    ]
}

#[test]
fn sum_primes_alone() {
    same_alone(SUM_PRIMES, &sums_of_primes());
}

#[test]
fn partial_sum_alone() {
    same_alone(PARTIAL_SUM, &partial_sums());
}

#[test]
fn reverse_md5_alone() {
    same_alone(REVERSE_MD5, &searches());
}

#[test]
#[cfg(feature = "mpi")]
fn sum_primes_on_ranks() {
    same_on_ranks(SUM_PRIMES, 0, &sums_of_primes());
}

#[test]
#[cfg(feature = "mpi")]
fn partial_sum_on_ranks() {
    same_on_ranks(PARTIAL_SUM, 3, &partial_sums());
}

#[test]
#[cfg(feature = "mpi")]
fn reverse_md5_on_ranks() {
    same_on_ranks(REVERSE_MD5, 7, &searches());
}
