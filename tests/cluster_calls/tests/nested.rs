use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::scenario;

pub const ALL: &[Test] = &[
    alone("nested_items_share_idle_threads_alone", || nested_naps(0)),
    ranks("nested_items_share_idle_threads_on_ranks", || {
        [1, 2, 3].into_iter().for_each(nested_naps)
    }),
    alone("nested_deeply_alone", || deep(0)),
    ranks("nested_deeply_on_ranks", || {
        [1, 2, 3, 5].into_iter().for_each(deep)
    }),
    ranks("same_bits_by_threads_and_by_ranks", same_bits),
    alone("calls_of_threads_alone", || calls(0)),
    ranks("calls_of_threads_on_ranks", || {
        [1, 2, 3, 5].into_iter().for_each(calls)
    }),
    alone("failures_of_threads_alone", || fails(0)),
    ranks("failures_of_threads_on_ranks", || fails(2)),
    ranks("progress_of_threads_on_ranks", || {
        let outcome = scenario(3, "thread_shown").run();
        let told = outcome.stderr.matches("1,000/1,000 items (100 %)").count();
        assert_eq!(told, 1, "{outcome}");
        assert_eq!(outcome.line(), "500");
    }),
];

fn nested_naps(n: u32) {
    for deeper in [0, 1] {
        let outcome = scenario(n, "nested_naps").arg(deeper).threads(2).run();
        let took: u32 = outcome.line().parse().expect("a number");
        // One after the other they take 1,000 ms.
        assert!((500..900).contains(&took), "{took} ms");
    }
}

/// What the scenario computes, by plain loops.
fn deep_sum() -> u64 {
    let leaf = |x: u64| x + 4950;
    let third = |x: u64| 3 * x + 3 + (0..4).map(|y| leaf(x + y)).sum::<u64>();
    let second = |x: u64| (0..3).map(|y| third(x + y) + third(x * y)).sum::<u64>();
    let first = |x: u64| (0..3).map(|y| second(x + y)).sum::<u64>();
    (0..8).map(first).sum()
}

fn deep(n: u32) {
    for threads in [1, 2, 4] {
        let line = scenario(n, "deep").threads(threads).run().line();
        let (sum, most) = line.split_once(' ').expect("two numbers");
        assert_eq!(sum, deep_sum().to_string());
        let most: u32 = most.parse().expect("a number");
        assert!(
            (1..=threads).contains(&most),
            "{most} at once on {threads} threads"
        );
    }
}

fn same_bits() {
    for (items, grain) in [(300_001, 7), (100_000, 0), (3_000_001, 0), (5, 1), (1, 1)] {
        let floats = |n| {
            scenario(n, "thread_floats")
                .arg(items)
                .arg(grain)
                .threads(2)
                .run()
                .line()
        };
        let alone = floats(0);
        assert!(alone.ends_with(" true"), "{items} by {grain}: {alone}");
        for n in 1..=3 {
            assert_eq!(floats(n), alone, "{n} ranks, {items} by {grain}");
        }
    }
}

fn calls(n: u32) {
    let expected = "[11, 22, 33] [10, 20, 30, 20, 40, 60, 30, 60, 90] [10, 20, 30] 1 true true Some(17) true \
                    Some(777) Some(777) None 333 49995000 0 true";
    for threads in [1, 2] {
        let line = scenario(n, "thread_calls").threads(threads).run().line();
        assert_eq!(line, expected.replace("                    ", ""));
    }
}

fn fails(n: u32) {
    for how in 0..4 {
        let outcome = scenario(n, "thread_fails").arg(how).threads(2).run();
        outcome.fails(3, &["item 5 of 'inner'", "over 9 item(s)", "no fives"]);
    }
    let outcome = scenario(n, "thread_fails").arg(4).run();
    outcome.fails(3, &["for_each", "item 5: no fives"]);
}
