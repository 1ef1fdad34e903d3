use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::scenario;
use crate::support::layouts::LAYOUTS;

pub const ALL: &[Test] = &[
    ranks("same_bits_on_any_ranks_and_threads", same_bits),
    ranks("same_bits_with_any_schedule", any_schedule),
    ranks("same_bits_deferred", deferred),
    alone("reducers_alone", || reducers(0)),
    ranks("reducers_on_ranks", || reducers(3)),
    alone("overflow_alone", || overflow(0)),
    ranks("overflow_on_ranks", || overflow(2)),
    ranks("histogram_of_100_mb_stays_within_three", histogram),
    alone("rayon_inside_alone", || rayon_inside(0)),
    ranks("rayon_inside_on_ranks", || rayon_inside(2)),
    alone("sizes_alone", || sizes(0)),
    ranks("sizes_on_more_ranks_than_items", || sizes(5)),
];

fn same_bits() {
    let floats = scenario(0, "floats").arg(300_001).arg(7).run().line();
    let odd = scenario(0, "odd_reducer").arg(100_003).arg(11).run().line();
    for (n, threads) in LAYOUTS {
        let again = scenario(n, "floats")
            .arg(300_001)
            .arg(7)
            .threads(threads)
            .run()
            .line();
        assert_eq!(again, floats, "{n} ranks, {threads} threads");
        if threads == 1 {
            let again = scenario(n, "odd_reducer")
                .arg(100_003)
                .arg(11)
                .threads(threads)
                .run()
                .line();
            assert_eq!(again, odd, "{n} ranks");
        }
    }
}

fn any_schedule() {
    let one = scenario(0, "odd_reducer").arg(50_000).arg(3).run().line();
    for schedule in [
        "static",
        "dynamic,5",
        "guided",
        "trapezoid",
        "factoring",
        "adaptive,64",
    ] {
        let again = scenario(3, "odd_reducer")
            .arg(50_000)
            .arg(3)
            .env("SCHEDULE", schedule)
            .run()
            .line();
        assert_eq!(again, one, "{schedule}");
    }
}

fn deferred() {
    let one = scenario(0, "odd_reducer").arg(100_003).arg(11).run().line();
    for n in [0, 1, 2, 3, 5, 8] {
        let again = scenario(n, "odd_reducer")
            .arg(100_003)
            .arg(11)
            .arg("deferred")
            .run()
            .line();
        assert_eq!(again, one, "{n} ranks");
    }
}

fn reducers(n: u32) {
    let lines = scenario(n, "many_reducers").run().lines();
    // 0² + … + 999² - 5000·1000; every number below 1009 that 7919·x hits; x divisible by 3.
    assert!(lines[0].starts_with("327833500 Some(0) "), "{lines:?}");
    assert!(
        lines[0].ends_with(" 334 [0, 7, 14, 21, 28, 35, 42, 49]"),
        "{lines:?}"
    );
}

fn overflow(n: u32) {
    let outcome = scenario(n, "overflow").run();
    assert_eq!(outcome.stdout, "255\n");
    outcome.fails(3, &["the sum 256 does not fit u8"]);
}

fn histogram() {
    let small = scenario(0, "histogram").arg(12_500_000).run();
    let outcome = scenario(4, "histogram").arg(12_500_000).deadline(300).run();
    let peaks: Vec<u64> = outcome
        .stderr
        .lines()
        .filter(|l| l.contains(" peak "))
        .filter_map(|l| l.rsplit(' ').nth(1)?.parse().ok())
        .collect();
    assert_eq!(peaks.len(), 4, "{outcome}");
    // What the process takes without any histogram is not the histogram's.
    let most = 300 + 45;
    assert!(
        peaks.iter().all(|&mb| mb < most),
        "a rank used more than {most} MB: {peaks:?}"
    );
    assert_eq!(outcome.line(), small.line());
}

fn rayon_inside(n: u32) {
    let expected: u64 = (0..64u64)
        .map(|x| (0..10_000u64).map(|y| x ^ y).sum::<u64>())
        .sum();
    for threads in [1, 3] {
        assert_eq!(
            scenario(n, "rayon_inside").threads(threads).run().line(),
            expected.to_string()
        );
    }
}

fn sizes(n: u32) {
    let expected =
        "0 None 7 2 [] [18446744073709551614, 18446744073709551615, 18446744073709551616] Some(3)";
    assert_eq!(scenario(n, "sizes").run().line(), expected);
}
