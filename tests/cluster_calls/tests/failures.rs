use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::{Scenario, scenario};

pub const ALL: &[Test] = &[
    alone("panic_alone", || {
        panics(scenario(0, "panic_on").arg(0).threads(2), "rank 0")
    }),
    ranks("panic_on_rank_0", || {
        panics(scenario(3, "panic_on").arg(0), "rank 0")
    }),
    ranks("panic_on_another_rank", || {
        panics(scenario(3, "panic_on").arg(2).threads(2), "rank 2")
    }),
    ranks("panic_on_two_at_once", || {
        panics(scenario(4, "panic_on").arg(1).arg(3), "rank ")
    }),
    alone("error_alone", || error(0)),
    ranks("error_on_ranks", || error(3)),
    ranks("panic_in_main", panic_in_main),
    ranks("error_in_main", error_in_main),
    alone("panic_in_combine_alone", || panic_in_combine(0)),
    ranks("panic_in_combine_on_ranks", || panic_in_combine(3)),
    alone("driver_fails_alone", || driver_fails(0)),
    ranks("driver_fails_on_ranks", || driver_fails(2)),
    ranks("a_rank_that_exits", exits),
    ranks("ranks_out_of_step", out_of_step),
    ranks("a_rank_that_leaves_early", leaves_early),
    alone("nested_alone", || nested(0)),
    ranks("nested_on_ranks", || nested(2)),
    alone("lossy_values_alone", || lossy(0)),
    ranks("lossy_values_on_ranks", || lossy(2)),
    alone("nobody_reads_the_error", nobody_reads),
    ranks("errors_ignored", || {
        drop(
            scenario(2, "ignores_errors")
                .run()
                .within(20.0)
                .fails(3, &["fifty"]),
        )
    }),
];

fn nobody_reads() {
    let outcome = scenario(0, "error_on").arg(700).unread().run().within(20.0);
    assert_eq!(outcome.code(), Some(3), "{outcome}");
}

fn panics(scenario: Scenario, rank: &str) {
    let outcome = scenario.run().within(20.0);
    outcome.fails(
        3,
        &[
            rank,
            "item ",
            "'doomed'",
            "panicked: boom on ",
            "failures.rs:",
        ],
    );
}

fn error(n: u32) {
    scenario(n, "error_on")
        .arg(700)
        .run()
        .within(20.0)
        .fails(3, &["item 700 of map", "cannot do 700"]);
}

fn panic_in_main() {
    scenario(3, "panic_in_main")
        .arg(0)
        .run()
        .within(20.0)
        .fails(3, &["main on rank 0 gives up", "failures.rs:"]);
    scenario(3, "panic_in_main")
        .arg(2)
        .run()
        .within(20.0)
        .fails(3, &["rank 2", "main on rank 2 gives up"]);
}

fn error_in_main() {
    scenario(3, "error_in_main")
        .arg(99)
        .run()
        .within(20.0)
        .fails(3, &["the input is no good"]);
    scenario(3, "error_in_main")
        .arg(0)
        .run()
        .within(20.0)
        .fails(3, &["the input is no good"]);
    scenario(3, "error_in_main")
        .arg(1)
        .run()
        .within(20.0)
        .fails(3, &["rank 1", "the input is no good"]);
}

fn panic_in_combine(n: u32) {
    scenario(n, "panic_in_combine")
        .run()
        .within(20.0)
        .fails(3, &["cannot combine"]);
}

fn driver_fails(n: u32) {
    scenario(n, "driver_fails")
        .arg(0)
        .run()
        .within(20.0)
        .fails(3, &["the driver has seen enough"]);
    scenario(n, "driver_fails")
        .arg(1)
        .run()
        .within(20.0)
        .fails(3, &["the driver panics after Some(100)"]);
}

fn exits() {
    for rank in [0, 1, 2] {
        let who = format!("rank {rank} (");
        scenario(3, "exit_on")
            .arg(rank)
            .run()
            .within(20.0)
            .fails(4, &[&who, "left the process at call 1"]);
    }
}

fn out_of_step() {
    let both = [
        "out of step",
        "for_each over 10 item(s) at tests/cluster_calls/scenarios/failures.rs:",
        "map_reduce over 10 item(s) at ",
    ];
    scenario(2, "out_of_step")
        .arg(0)
        .run()
        .within(20.0)
        .fails(4, &both);
    scenario(3, "out_of_step")
        .arg(2)
        .run()
        .within(20.0)
        .fails(4, &both);
    scenario(2, "other_count")
        .run()
        .within(20.0)
        .fails(4, &["over 10 item(s)", "over 11 item(s)"]);
}

fn leaves_early() {
    scenario(3, "leaves_early")
        .arg(1)
        .run()
        .within(20.0)
        .fails(4, &["rank 1", "has left main after 0 call(s)", "for_each"]);
    scenario(3, "leaves_early")
        .arg(0)
        .run()
        .within(20.0)
        .fails(4, &["rank 0 has left main after 0 call(s)", "for_each"]);
}

fn nested(n: u32) {
    scenario(n, "nested").run().within(20.0).fails(
        2,
        &[
            "inside of a section that runs on rank 0 only",
            "failures.rs:",
        ],
    );
}

fn lossy(n: u32) {
    scenario(n, "lossy")
        .run()
        .within(20.0)
        .fails(3, &["Lossy", "changes when it is written and read back"]);
}
