use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::scenario;

pub const ALL: &[Test] = &[
    ranks("a_closure_that_never_returns", stuck),
    ranks(
        "a_closure_that_never_returns_past_the_deadline",
        stuck_past_the_deadline,
    ),
    alone("a_deadline_alone", || {
        drop(
            scenario(0, "stuck")
                .arg(0)
                .arg(2)
                .run()
                .within(20.0)
                .fails(5, &["half stuck", "rank 0"]),
        )
    }),
    ranks("side_effects_are_not_done_twice", side_effects),
    ranks("a_rank_that_crawls", crawls),
    ranks("a_busy_driver_holds_nobody_up", busy_driver),
    ranks("waiting_is_cheap", waiting),
    ranks("a_late_rank_finds_its_answers", late),
    ranks("ranks_that_come_before_rank_0_get_work", early),
    alone("no_thread_waits_for_another_alone", || long_items(0)),
    ranks("no_thread_waits_for_another_on_ranks", || long_items(2)),
    ranks("a_closure_that_never_returns_on_rank_0", || {
        let outcome = scenario(3, "stuck").arg(0).arg(6).run().within(25.0);
        outcome.fails(5, &["the deadline of 6 s", "half stuck", "rank 0"]);
    }),
    ranks("main_goes_on_after_the_run", || {
        let outcome = scenario(2, "goes_on").run();
        assert_eq!(outcome.lines(), ["went on", "went on"]);
    }),
];

fn stuck() {
    for threads in [1, 2] {
        let outcome = scenario(3, "stuck")
            .arg(2)
            .arg(0)
            .threads(threads)
            .run()
            .within(20.0);
        let outcome = outcome
            .warns("rank 2")
            .warns("is late with")
            .warns("is still busy with");
        assert_eq!(outcome.line(), "19900 50");
    }
}

fn stuck_past_the_deadline() {
    // Others would do its work; the deadline is shorter than a patient wait.
    scenario(2, "stuck").arg(1).arg(0).run().within(20.0).line();
    scenario(1, "stuck")
        .arg(0)
        .arg(2)
        .run()
        .within(20.0)
        .fails(5, &["the deadline of 2 s", "half stuck", "rank 0"]);
}

fn side_effects() {
    let outcome = scenario(2, "stuck_side_effects").arg(1).run().within(20.0);
    outcome.fails(5, &["the deadline of 3 s", "for_each", "item", "on rank 1"]);
}

fn crawls() {
    let line = scenario(3, "crawling").run().line();
    let (sum, milliseconds) = line.split_once(' ').expect("two numbers");
    assert_eq!(sum, "499500");
    // Two ranks of normal speed take 0.5 s; the crawling one alone would take 100 s.
    assert!(
        milliseconds.parse::<u64>().expect("a number") < 10_000,
        "{line}"
    );
}

fn busy_driver() {
    let line = scenario(3, "busy_driver").arg(10).deadline(90).run().line();
    let counts: Vec<u64> = line
        .trim_matches(['[', ']'])
        .split(", ")
        .filter_map(|n| n.parse().ok())
        .collect();
    assert_eq!(counts.len(), 4, "{line}");
    // 2 ranks, 2 ms an item: 2,500 in a quarter if the cores were free.
    assert!(
        counts.iter().all(|&n| n > 100),
        "some quarter of the driver's time saw other ranks idle: {line}"
    );
}

fn waiting() {
    let outcome = scenario(2, "waiting").run();
    let line = outcome
        .stderr
        .lines()
        .find(|l| l.starts_with("waiting share "))
        .unwrap_or_else(|| panic!("{outcome}"));
    let share: f64 = line
        .rsplit(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a number");
    assert!(
        share < 0.03,
        "a rank that waits used {:.1} % of a core",
        share * 100.0
    );
}

fn early() {
    let least: u32 = scenario(3, "early").run().line().parse().expect("a number");
    // An equal share is 133.
    assert!(
        least > 40,
        "a rank that came early did {least} of 400 items"
    );
}

fn long_items(n: u32) {
    for threads in [2, 4] {
        let line = scenario(n, "long_items").threads(threads).run().line();
        let times: f64 = line.parse().expect("a number");
        assert!(times < 1.8, "threads stood idle: {times} times as long");
    }
}

fn late() {
    assert_eq!(
        scenario(3, "late").run().line(),
        (0..20u64).map(|c| 4950 + 100 * c).sum::<u64>().to_string()
    );
}
