//! Grains that are computed again: what is right stays as it is, what is wrong is found.

use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::{Scenario, scenario};
use crate::support::outcome::Outcome;
use crate::support::temp::Temp;

pub const ALL: &[Test] = &[
    alone("audit_alone", || {
        let outcome = audited(0, "1", "float").threads(2).run();
        assert_eq!(told(&outcome), Some("the same rank".into()), "{outcome}");
        if !cfg!(debug_assertions) {
            return;
        }
        wrong(audited(0, "1", "sum"), 0).fails(7, &["grain 0 (items 0..2)", "was wrong before"]);
        wrong(audited(0, "1", "map").threads(2), 0).fails(7, &["audit: grain", "was wrong before"]);
    }),
    ranks("audit_of_what_is_right", || {
        for kind in [
            "sum", "float", "deferred", "map", "imap", "take", "amap", "first", "any", "nowhere",
            "counted",
        ] {
            let plain = audited(0, "0", kind).run();
            assert_eq!(told(&plain), None, "{plain}");
            let plain = plain.line();
            let layouts: &[u32] = match kind {
                "float" | "map" => &[1, 2, 3, 5],
                _ => &[3],
            };
            for &n in layouts {
                let place = Temp::new();
                let outcome = together(audited(n, "1", kind), &place, n - 1).run();
                let by = told(&outcome).unwrap_or_default();
                let as_expected = match n {
                    1 => by == "the same rank",
                    _ => by == "another rank",
                };
                assert!(as_expected, "{by}: {outcome}");
                if !matches!(kind, "first" | "any") {
                    let all = "grange: audit: 75 grain(s) computed again by ";
                    assert!(outcome.stderr.contains(all), "{outcome}");
                }
                assert_eq!(outcome.line(), plain, "{kind} on {n}");
            }
        }
    }),
    ranks("audit_of_a_share", || {
        let place = Temp::new();
        let outcome = together(audited(3, "0.2", "float"), &place, 2).run();
        let count = outcome.stderr.split_whitespace();
        let count = count.skip_while(|word| *word != "audit:").nth(1);
        let count: u32 = count.and_then(|n| n.parse().ok()).unwrap_or_default();
        // 75 grains; the same ones in every run.
        assert!((5..30).contains(&count), "{outcome}");
        assert_eq!(outcome.line(), audited(0, "0", "float").run().line());
    }),
    ranks("audit_of_a_flipped_bit", || {
        if !cfg!(debug_assertions) {
            return;
        }
        for (kind, layouts) in [
            ("float", &[2, 3, 5][..]),
            ("deferred", &[3]),
            ("map", &[2]),
            ("imap", &[3]),
            ("take", &[3]),
            ("amap", &[3]),
        ] {
            // Without an audit nobody notices.
            let plain = audited(2, "0", kind).run().line();
            let place = Temp::new();
            let bent = wrong(together(audited(2, "0", kind), &place, 1), 1);
            assert_ne!(bent.line(), plain, "{kind}");
            for &n in layouts {
                let rank = n - 1;
                let name = format!("rank {rank} (");
                let advice = match n {
                    2 => name.clone(),
                    _ => format!("; do not trust {name}"),
                };
                let place = Temp::new();
                let run = together(audited(n, "1", kind), &place, rank);
                wrong(run, rank).fails(7, &["audit: grain ", &name, &advice]);
            }
        }
    }),
    ranks("audit_of_what_is_never_the_same", || {
        let run = |n, kind| {
            let place = Temp::new();
            together(audited(n, "1", kind), &place, n - 1).run()
        };
        let outcome = run(3, "rank").fails(7, &["audit: "]);
        // The third may not have been there yet.
        let texts = [
            "the function gives another result each time",
            "two ranks cannot tell",
        ];
        let told = |text: &&str| outcome.stderr.contains(*text);
        assert!(texts.iter().any(told), "{outcome}");
        let error = "an error (";
        run(2, "rank").fails(7, &["audit: ", "two ranks cannot tell"]);
        let outcome = run(2, "panics");
        match outcome.code() {
            // The panic itself, where that rank was the first at it.
            Some(3) => drop(outcome.fails(3, &["seven"])),
            _ => drop(outcome.fails(7, &[error, "seven"])),
        }
    }),
    ranks("audit_of_nothing", || {
        let outcome = audited(2, "1", "each").run();
        assert_eq!(told(&outcome), None, "{outcome}");
        let outcome = outcome.warns("has no values that an audit could compare");
        assert_eq!(outcome.line(), "done");
        let jobs = scenario(2, "jobs_window").arg(20_000).env("AUDIT", "0.5");
        let outcome = jobs.run().warns("jobs at ").warns(" are not audited");
        assert_eq!(outcome.line(), "100");
        audited(2, "1.5", "sum")
            .run()
            .fails(2, &["from 0 (none) to 1 (all)"]);
    }),
    ranks("kept_audit", || {
        if !cfg!(debug_assertions) {
            return;
        }
        let dir = Temp::new();
        let file = dir.path().join("a.h5").display().to_string();
        let kept = |share, rank| {
            let place = Temp::new();
            let run = audited(3, share, "sum").env("KEPT_FILE", &file);
            wrong(together(run, &place, 2), rank)
        };
        kept("1", 2).fails(7, &["audit: grain", "do not trust rank 2 ("]);
        // What it has is not used, with an audit or without.
        for share in ["1", "0"] {
            kept(share, 9).fails(
                7,
                &["a.h5 may have a wrong value", "--restart begins afresh"],
            );
        }
        let afresh = audited(3, "1", "sum").env("KEPT_FILE", &file);
        let afresh = afresh.env("KEPT_RESTART", "1").run();
        assert_eq!(afresh.line(), audited(0, "0", "sum").run().line());
    }),
];

/// A scenario of 150 items, two a grain.
fn audited(ranks: u32, share: &str, kind: &str) -> Scenario {
    let scenario = scenario(ranks, "audited").arg(share).arg(kind);
    scenario.arg(150)
}

/// Nobody ends an item before `rank` has begun one.
fn together(scenario: Scenario, place: &Temp, rank: u32) -> Scenario {
    let begun = place.path().join("begun");
    scenario.arg(begun.display()).arg(rank)
}

/// Where one rank gets one bit wrong, but in debug builds alone.
#[track_caller]
fn wrong(scenario: Scenario, rank: u32) -> Outcome {
    scenario.env("GRANGE_TEST_BEND", &rank.to_string()).run()
}

/// By whom grains were computed again, if any were.
fn told(outcome: &Outcome) -> Option<String> {
    let told = outcome.stderr.split_once(" computed again by ")?.1;
    let whom = told.split([',', '\n']).next()?;
    Some(whom.to_owned())
}
