//! How many threads there are: `--threads`, then `RAYON_NUM_THREADS`, then the machine's cores.

use crate::json::report;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::{PARTIAL_SUM, REVERSE_MD5, SUM_PRIMES, solo};

const PROGRAMS: [(&str, &str); 3] = [
    (SUM_PRIMES, "sum_primes"),
    (REVERSE_MD5, "reverse_md5"),
    (PARTIAL_SUM, "partial_sum"),
];

#[test]
fn alone() {
    for (program, name) in PROGRAMS {
        for (args, variable, threads) in [
            ("--threads 3", "", 3),
            ("", "5", 5),
            ("--threads 1", "5", 1),
        ] {
            let outcome = solo(program, args)
                .arg("--json")
                .env("RAYON_NUM_THREADS", variable)
                .finish()
                .ok();
            let report = report(&outcome);
            assert_eq!(
                (&*report.program, report.ranks, report.threads),
                (name, 1, threads),
                "{outcome}"
            );
        }
    }
}

#[test]
fn without_a_wish_the_cores() {
    // What this test may use itself: the program has the same affinity and quota.
    let cores = std::thread::available_parallelism()
        .expect("Linux and macOS tell")
        .get() as u64;
    for variable in ["", "0", "many"] {
        let outcome = solo(PARTIAL_SUM, "--json")
            .env("RAYON_NUM_THREADS", variable)
            .finish()
            .ok();
        let threads = report(&outcome).threads;
        assert!(
            (1..=cores).contains(&threads),
            "{cores} cores, {threads} threads: {outcome}"
        );
    }
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    let Some(launcher) = launcher_for(PARTIAL_SUM, "threads::on_ranks") else {
        return;
    };
    for (args, variable, threads) in [
        ("--threads 3", "", 6),
        ("--json", "2", 4),
        ("--threads 1", "2", 2),
    ] {
        let run = launcher
            .run(2, PARTIAL_SUM)
            .args(args.split(' '))
            .env("RAYON_NUM_THREADS", variable);
        let run = if args == "--json" {
            run
        } else {
            run.arg("--json")
        };
        let outcome = run.finish().ok();
        let report = report(&outcome);
        assert_eq!((report.ranks, report.threads), (2, threads), "{outcome}");
    }
}
