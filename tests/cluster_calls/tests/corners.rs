//! Jobs: what went wrong once, or nearly.

use super::jobs::{layouts, run, same};
use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::scenario;
use crate::support::temp::Temp;

pub const ALL: &[Test] = &[
    alone("jobs_cancelled_at_once", || {
        same("jobs_cancel_at_once", &["3000"], "(996, true, 10)");
        same("jobs_cancel_groups", &[], "(true, 0, 400)");
    }),
    ranks("jobs_cancelled_while_their_inputs_travel", || {
        for n in [2, 3] {
            let folder = Temp::new();
            let path = folder.path().display().to_string();
            assert_eq!(run(n, "jobs_cancel_large", &[&path]).line(), "true");
        }
    }),
    alone("jobs_refused_have_callbacks", || {
        for &n in layouts() {
            let outcome = run(n, "jobs_refused", &[]);
            assert!(!outcome.stderr.contains("nobody asked"), "{outcome}");
            assert_eq!(outcome.line(), "10 20 10", "{n} ranks");
        }
    }),
    alone("jobs_callbacks_of_what_callbacks_join", || {
        same("jobs_callback_joins", &[], "[0, 11, 102]");
    }),
    alone("jobs_callback_panics_and_is_caught", || {
        same("jobs_callback_caught", &[], "(1, Some(Some(3))) 10");
    }),
    alone("jobs_last_callbacks_may_not_call_the_pool", || {
        same("jobs_late_callback_calls", &[], "true");
    }),
    ranks("jobs_with_large_inputs_where_nobody_works", || {
        for n in [2, 3] {
            assert_eq!(run(n, "jobs_static_resized", &["8"]).line(), "192");
        }
    }),
    ranks("jobs_frozen_in_frozen", || {
        same("jobs_frozen_inside", &[], "true");
        for n in [0, 2] {
            let outcome = run(n, "jobs_frozen_returned", &[]);
            outcome.fails(2, &["frozen value, which other ranks cannot read"]);
        }
    }),
    ranks("jobs_endless_on_rank_0", || {
        for n in [0, 2] {
            let outcome = run(n, "jobs_endless", &[]).within(30.0);
            outcome.fails(5, &["does not end, long after its deadline", "job "]);
        }
    }),
    ranks("jobs_failures_in_the_family_are_told", || {
        for n in [0, 2] {
            let outcome = run(n, "jobs_family_fails", &[]);
            assert_eq!(outcome.warns("the youngest").line(), "done");
        }
    }),
    ranks("jobs_as_completed", || {
        for n in [0, 1, 2] {
            let outcome = scenario(n, "jobs_completed").threads(2).run();
            assert_eq!(outcome.line(), "[0, 300, 600, 900, 4]");
        }
    }),
];
