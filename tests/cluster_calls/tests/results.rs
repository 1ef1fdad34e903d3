use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::scenario;
use crate::support::temp::Temp;

pub const ALL: &[Test] = &[
    alone("a_million_grains_alone", || million(0)),
    ranks("a_million_grains_on_ranks", || million(2)),
    alone("imap_alone", || imap(0)),
    ranks("imap_on_ranks", || imap(3)),
    alone("large_and_small_values_alone", || mixed(0)),
    ranks("large_and_small_values_on_ranks", || mixed(3)),
    alone("rayon_on_the_main_thread_alone", || rayon(0)),
    ranks("rayon_on_the_main_thread_on_ranks", || rayon(3)),
    ranks("large_values_that_nobody_wants", || {
        let outcome = scenario(3, "leaves_large_values").run().within(20.0);
        assert_eq!(outcome.line(), "Some(8388608)");
    }),
    alone("many_results_alone", || many(0)),
    ranks("many_results_on_ranks", || many(3)),
    alone("finds_alone", || finds(0)),
    ranks("finds_on_ranks", || finds(3)),
    alone("lists_alone", || lists(0)),
    ranks("lists_on_ranks", || lists(2)),
    alone("each_alone", || each(0)),
    ranks("each_on_ranks", || each(3)),
    alone("state_alone", || state(0)),
    ranks("state_on_ranks", || state(3)),
    ranks("payload_of_40_mb_to_8_ranks", || {
        assert_eq!(scenario(8, "large").arg(40).run().line(), "true 8")
    }),
    ranks("payload_past_2_gib", || {
        assert_eq!(
            scenario(2, "large").arg(2200).deadline(180).run().line(),
            "true 2"
        );
    }),
];

fn million(n: u32) {
    assert_eq!(scenario(n, "million").threads(2).run().line(), "true");
}

fn imap(n: u32) {
    for threads in [1, 2] {
        assert_eq!(
            scenario(n, "imap_order").threads(threads).run().line(),
            "true true Some(17)"
        );
        let folder = Temp::new();
        let flag = folder.path().join("first");
        assert_eq!(
            scenario(n, "imap_early")
                .arg(flag.display())
                .threads(threads)
                .run()
                .line(),
            "true"
        );
        let folder = Temp::new();
        assert_eq!(
            scenario(n, "imap_bounded")
                .arg(folder.path().display())
                .threads(threads)
                .run()
                .line(),
            "true 5000"
        );
    }
}

fn mixed(n: u32) {
    for threads in [1, 2] {
        let outcome = scenario(n, "mixed_sizes").threads(threads).run();
        assert_eq!(outcome.line(), "true true");
    }
}

fn rayon(n: u32) {
    for threads in [1, 2] {
        let outcome = scenario(n, "rayon_in_driver").threads(threads).run();
        assert_eq!(outcome.line(), "150484500 499500");
    }
}

fn many(n: u32) {
    // Else the C library keeps what is freed, two or three times as much, for whoever asks next.
    let returned = "glibc.malloc.mmap_threshold=131072";
    let run = scenario(n, "many_results").env("GLIBC_TUNABLES", returned);
    let line = run.run().line();
    let (total, peak) = line.split_once(' ').expect("two numbers");
    assert_eq!(total, "400");
    // MiB: what the libraries take, and 64 of results that the others have not taken yet.
    assert!(
        peak.parse::<u64>().expect("a number") < 200,
        "rank 0 keeps results: {line}"
    );
}

fn finds(n: u32) {
    // The items beyond the hit take an hour each: whoever is in one is left behind.
    let outcome = scenario(n, "finds").threads(2).run().within(25.0);
    assert_eq!(outcome.line(), "Some(777) Some(777) None Some(\"bb\")");
}

fn lists(n: u32) {
    let expected = "[11, 22, 33] [10, 20, 30, 20, 40, 60, 30, 60, 90] 1 \
                    Err(Usage(\"lists to be zipped have unequal lengths: 3, 2\"))";
    assert_eq!(
        scenario(n, "lists").run().line(),
        expected.replace("                    ", "")
    );
}

fn each(n: u32) {
    let folder = Temp::new();
    assert_eq!(
        scenario(n, "each")
            .arg(folder.path().display())
            .run()
            .line(),
        "200"
    );
}

fn state(n: u32) {
    assert_eq!(
        scenario(n, "state").threads(2).run().line(),
        "49995000 true"
    );
}
