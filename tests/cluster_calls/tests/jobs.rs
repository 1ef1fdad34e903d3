use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::{launcher, scenario};
use crate::support::launcher::Library;
use crate::support::outcome::Outcome;
use crate::support::temp::Temp;

/// What every call of jobs is held to: alone (0), and on ranks where there is a launcher. The other MPI library's
/// turn is about the library.
pub fn layouts() -> &'static [u32] {
    match launcher().map(|launcher| launcher.library) {
        None => &[0],
        Some(Library::Mpich) if std::env::var_os("GRANGE_LONG").is_none() => &[2],
        Some(_) => &[0, 1, 2, 3, 5],
    }
}

pub const ALL: &[Test] = &[
    alone("jobs_handles", || {
        let line = "(0, Some(8), [1060, 21171191, 21351596, 21613419, 21795666, 22039956, 22203528, 22408996, 22553551], true, 11)";
        same("jobs_handles", &[], line);
    }),
    alone("jobs_of_several_kinds", || same("jobs_kinds", &[], "true")),
    alone("jobs_by_a_method", || {
        same("jobs_method", &[], "[1.0, 6.0, 17.0]");
    }),
    alone("jobs_callbacks_once_one_at_a_time", || {
        // 1..=500, and what the callback of 10 adds.
        let line = format!("501 {}", 500 * 501 / 2 + 101 + 5001);
        same("jobs_callbacks", &["500"], &line);
    }),
    alone("jobs_callback_joins_inside", || {
        same("jobs_callback_inside", &[], "(6, [(0, [10, 12])])");
    }),
    alone("jobs_groups", || {
        same("jobs_groups", &[], "(0, false, false, true, 0)");
    }),
    alone("jobs_maps", || same("jobs_maps", &[], "328350 true 81")),
    ranks("jobs_statistics", || {
        for &n in layouts() {
            let line = run(n, "jobs_statistics", &[]).line();
            assert!(
                line.starts_with("true ") && line.ends_with(" true"),
                "{line}"
            );
        }
        // Sleeping jobs go to all ranks alike.
        let line = run(3, "jobs_statistics", &[]).line();
        assert_eq!(line, "true 3 true");
    }),
    ranks("jobs_with_rayon_inside", || {
        same("jobs_rayon", &[], "true");
        let outcome = scenario(2, "jobs_rayon").threads(3).run();
        assert_eq!(outcome.line(), "true");
    }),
    alone("jobs_shown", || {
        for &n in layouts() {
            let outcome = run(n, "jobs_shown", &[]);
            let label = "grange: 'naps' (jobs) at tests/cluster_calls/";
            let lines = outcome.stderr.lines().filter(|l| l.starts_with(label));
            let lines: Vec<&str> = lines.collect();
            // 60 jobs of 10 ms: even 5 ranks take 120 ms, with a line every 10.
            assert!(lines.len() >= 4, "{outcome}");
            let last = lines[lines.len() - 1];
            assert!(last.contains(": 60/60 jobs (100 %) in "), "{outcome}");
            let before = lines[..lines.len() - 1].iter();
            assert!(before.clone().any(|l| l.ends_with(" left")), "{outcome}");
            assert_eq!(outcome.code(), Some(0), "{outcome}");
        }
    }),
    alone("jobs_by_priority", || {
        for &n in layouts() {
            let folder = Temp::new();
            let go = folder.path().join("go").display().to_string();
            let line = run(n, "jobs_priorities", &[&go]).line();
            let max = i32::MAX;
            let order = format!("[({max}, 6), (5, 2), (5, 4), (0, 1), (0, 5), (-3, 3)]");
            assert_eq!(line, order, "{n} ranks");
        }
    }),
    alone("jobs_cancelled_before_they_begin_never_run", || {
        for &n in layouts() {
            let folder = Temp::new();
            let path = folder.path().display().to_string();
            let line = run(n, "jobs_cancel", &[&path]).line();
            let right = "(22, false, true, 99, Some(\"job 0 was cancelled\"), 77)";
            assert_eq!(line, right, "{n} ranks");
        }
    }),
    alone("jobs_through_a_window", || {
        same("jobs_window", &["20000"], "100");
    }),
    ranks("jobs_short_ones_beside_a_long_one", || {
        for n in [2, 3, 5] {
            assert_eq!(run(n, "jobs_long_beside_short", &[]).line(), "true");
        }
    }),
    ranks("jobs_do_not_wait_behind_long_ones", || {
        for n in [2, 3] {
            for threads in [1, 3] {
                let outcome = scenario(n, "jobs_waiting_behind_long").threads(threads);
                assert_eq!(outcome.run().line(), "true", "{n} ranks, {threads} threads");
            }
        }
    }),
    alone("jobs_peak_is_the_number_of_workers", || {
        for &n in layouts() {
            let rounds = ["1", "2", "4", "8", "16", "1", "3"];
            let line = run(n, "jobs_peak", &rounds).line();
            assert_eq!(line, "[1, 1, 2, 4, 8, 16, 1, 3, 1]", "{n} ranks");
        }
    }),
    alone("jobs_resized_a_hundred_times", || {
        same("jobs_resized", &["100"], "(6000, 6000)");
    }),
    alone("jobs_frozen_value_is_read_once_a_rank", || {
        same("jobs_frozen", &["4"], "4498500 (true, 1)");
    }),
    alone("jobs_frozen_value_of_another_call", || {
        same("jobs_frozen_elsewhere", &[], "7 (true, None)");
    }),
    alone("jobs_with_large_inputs_and_results", || {
        same("jobs_large", &["9"], "12");
    }),
    alone("jobs_that_submit_jobs", || {
        same("jobs_nested", &["500"], "true true");
        same("jobs_nested_deep", &["300"], "true");
        // A chain that is longer than a stack is deep, and nobody looks at.
        assert_eq!(run(0, "jobs_chain_dropped", &["200000"]).line(), "200001");
        same("jobs_children_frozen", &[], "true");
    }),
    alone("jobs_that_fail_leave_the_others_alone", || {
        same("jobs_fail", &[], "(8, true, true, true)");
    }),
    alone("jobs_failures_that_nobody_sees_are_told", || {
        for &n in layouts() {
            let outcome = run(n, "jobs_unseen", &[]);
            let outcome = outcome.warns("a job failed and nobody asked for its result: job ");
            assert_eq!(outcome.warns("even (and 4 more)").line(), "done");
        }
    }),
    alone("jobs_are_retried_on_another_rank", || {
        for &n in layouts() {
            let folder = Temp::new();
            let path = folder.path().display().to_string();
            assert_eq!(run(n, "jobs_retries", &[&path, "60"]).line(), "60");
            let folder = Temp::new();
            let path = folder.path().display().to_string();
            assert_eq!(run(n, "jobs_retries_end", &[&path]).line(), "4 true");
        }
    }),
    alone("jobs_past_their_deadline_fail_alone", || {
        same("jobs_deadline", &[], "(100, 4)");
        same("jobs_deadline_everywhere", &[], "(20, 20)");
    }),
    ranks("jobs_that_never_return_do_not_hold_up_the_end", || {
        for n in [2, 3] {
            let outcome = run(n, "jobs_stuck", &[]).within(20.0);
            assert_eq!(outcome.line(), "true true");
        }
    }),
    alone("jobs_that_cannot_be_written", || {
        same("jobs_unwritable", &[], "true true 1");
    }),
    alone("jobs_driver_returns_early", || {
        same("jobs_early", &[], "7 20");
        same("jobs_forget", &[], "50");
        same("jobs_none", &[], "0");
    }),
    alone("jobs_driver_fails", || {
        for &n in layouts() {
            run(n, "jobs_error", &[]).within(20.0).fails(3, &["enough"]);
            let outcome = run(n, "jobs_callback_panic", &[]).within(20.0);
            outcome.fails(3, &["in a callback"]);
            let outcome = run(n, "jobs_call_inside", &[]).within(20.0);
            outcome.fails(2, &["inside of a section"]);
        }
    }),
    alone("jobs_driver_panics_at_some_moment", || {
        for (i, moment) in [0, 1, 6, 7, 50, 333, 4999].into_iter().enumerate() {
            let n = layouts()[i % layouts().len()];
            let moment = moment.to_string();
            let outcome = run(n, "jobs_panic", &[&moment]).within(20.0);
            outcome.fails(3, &["the driver's moment"]);
        }
    }),
    ranks("jobs_deadline_of_the_call", || {
        for n in [1, 2, 3] {
            let outcome = run(n, "jobs_call_deadline", &[]).within(20.0);
            outcome.fails(5, &["the deadline of 0.5 s of jobs", "job 0 on rank"]);
        }
    }),
    ranks("jobs_while_another_rank_fails", || {
        for n in [2, 3] {
            let outcome = run(n, "jobs_other_rank_fails", &[]).within(20.0);
            outcome.fails(3, &["rank 1 does not like jobs"]);
        }
    }),
    alone("jobs_call_after_call", || {
        same(
            "jobs_one_after_another",
            &["100"],
            &(300 + 3 * 4950).to_string(),
        );
    }),
    ranks("jobs_a_hundred_thousand_of_all_kinds", || {
        for (n, threads) in [(2, 1), (3, 2)] {
            let outcome = scenario(n, "jobs_chaos").arg(100_000).threads(threads);
            let line = outcome.deadline(300).run().line();
            assert_eq!(line, "(100000, 0, 100000, true)");
        }
    }),
    alone("jobs_a_hundred_thousand_alone", || {
        let outcome = scenario(0, "jobs_chaos").arg(100_000).deadline(300);
        assert_eq!(outcome.run().line(), "(100000, 0, 100000, true)");
    }),
];

pub fn run(ranks: u32, name: &str, args: &[&str]) -> Outcome {
    let scenario = scenario(ranks, name);
    args.iter().fold(scenario, |s, arg| s.arg(arg)).run()
}

/// The same line alone and on any number of ranks.
#[track_caller]
pub fn same(name: &str, args: &[&str], line: &str) {
    for &n in layouts() {
        assert_eq!(run(n, name, args).line(), line, "{n} ranks");
    }
}
