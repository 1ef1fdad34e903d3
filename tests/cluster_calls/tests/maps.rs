use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::scenario;
use crate::support::outcome::Outcome;
use crate::support::temp::Temp;

pub const ALL: &[Test] = &[
    alone("amap_alone", || amap(0)),
    ranks("amap_on_ranks", || [1, 2, 3, 5].into_iter().for_each(amap)),
    alone("amap_fails_alone", || amap_fails(0)),
    ranks("amap_fails_on_ranks", || amap_fails(3)),
    alone("progress_alone", || shown(0)),
    ranks("progress_on_ranks", || {
        [1, 2, 3, 5].into_iter().for_each(shown)
    }),
    alone("progress_that_ends_early_alone", || shown_early(0)),
    ranks("progress_that_ends_early_on_ranks", || shown_early(3)),
];

fn amap(n: u32) {
    for threads in [1, 2] {
        assert_eq!(
            scenario(n, "amap").threads(threads).run().line(),
            "500 true (true, 0, [])"
        );
        let folder = Temp::new();
        let beside = scenario(n, "amap_beside")
            .arg(folder.path().display())
            .threads(threads)
            .run();
        assert_eq!(beside.line(), "true");
        // All of it would take minutes.
        let left = scenario(n, "amap_left").threads(threads).run().within(20.0);
        assert_eq!(left.line(), "true");
    }
}

fn amap_fails(n: u32) {
    for gets in [0, 1] {
        let outcome = scenario(n, "amap_fails").arg(gets).run();
        outcome.fails(3, &["item 77 of amap over 1000 item(s)", "no sevens"]);
    }
}

/// What is said of progress under a label.
fn told<'a>(outcome: &'a Outcome, label: &str) -> Vec<&'a str> {
    let own = |line: &'a str| line.strip_prefix("grange: ")?.strip_prefix(label);
    outcome.stderr.lines().filter_map(own).collect()
}

fn shown(n: u32) {
    let outcome = scenario(n, "shown").arg(10).run();
    let lines = told(&outcome, "'naps' (map_reduce) at tests/cluster_calls/");
    let (last, before) = lines.split_last().unwrap_or_else(|| panic!("{outcome}"));
    assert!(last.contains(": 40/40 items (100 %) in "), "{outcome}");
    assert!(last.ends_with(" items/s"), "{outcome}");
    // 40 items of 25 ms: even 5 ranks take 200 ms, with a line every 10.
    assert!(before.len() >= 3, "{outcome}");
    let mut done = 0;
    for line in before {
        let count = line.split(": ").nth(1).and_then(|t| t.split('/').next());
        let count: u32 = count
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("{line}"));
        assert!(count >= done, "it goes back: {outcome}");
        assert_eq!(line.ends_with(" left"), count > 0, "{line}");
        done = count;
    }
    assert!(
        lines.iter().any(|line| line.ends_with(" left")),
        "{outcome}"
    );
    assert_eq!(outcome.line(), "780");
    // Nothing is told before its time, or twice.
    let rare = scenario(n, "shown").arg(3_600_000).run().within(30.0);
    assert_eq!(told(&rare, "'naps'").len(), 1, "{rare}");
    let empty = scenario(n, "shown_empty").run();
    let lines = told(&empty, "for_each at ");
    assert!(
        lines.len() == 1 && lines[0].contains(": 0/0 items in "),
        "{empty}"
    );
}

fn shown_early(n: u32) {
    let failed = scenario(n, "shown_fails").run().within(25.0);
    let lines = told(&failed, "for_each at ");
    assert!(
        lines.len() == 1 && !lines[0].contains("(100 %)"),
        "{failed}"
    );
    failed.fails(3, &["item 999", "the last"]);
    let left = scenario(n, "shown_left").run().within(25.0);
    let lines = told(&left, "imap at ");
    assert!(
        lines.len() == 1 && lines[0].contains("/10,000 items"),
        "{left}"
    );
    assert!(!lines[0].contains("(100 %)"), "{left}");
    assert_eq!(left.line(), "Some(2)");
}
