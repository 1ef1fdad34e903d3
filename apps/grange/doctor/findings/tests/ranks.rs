//! Ranks that are not like the others.

use super::{facts, kinds, only, rank};
use crate::doctor::finding::Severity;
use crate::doctor::letter::Stranger;
use crate::doctor::ping::Measured;
use crate::doctor::probe::Probe;

#[test]
fn ranks_that_say_nothing_or_something_else() {
    let mut facts = facts((0..4).map(|n| rank(0, &[n], 4)));
    facts.surveys[2] = None;
    // That its core stands idle is not said: it may be there.
    let finding = only(&facts);
    assert_eq!(finding.what, "rank 2 does not answer");
    assert_eq!(finding.severity, Severity::Error);
    facts.strangers.insert(2, Stranger::Version("9.9".into()));
    let finding = only(&facts);
    assert!(
        finding
            .what
            .starts_with("rank 2 runs another version of grange: 9.9"),
        "{finding:?}"
    );
}

#[test]
fn slow_and_busy_cores_differ() {
    let good = || facts((0..4).map(|n| rank(0, &[n], 4)));
    let probe = |best, share| Probe { best, share };
    let mut slow = good();
    slow.probes.insert(3, probe(4e-3, 1.0));
    assert_eq!(only(&slow).kind, "slow_core");
    assert!(only(&slow).what.contains("at 25 % of"));
    let mut busy = good();
    busy.probes.insert(1, probe(1e-3, 0.3));
    assert_eq!(only(&busy).kind, "busy");
    assert!(only(&busy).what.starts_with("rank 1 gets"));
    // Two ranks on a core get half of its time each, and no more is to be hoped for.
    let mut crowd = facts((0..2).map(|_| rank(0, &[0], 1)));
    crowd.probes = (0..2).map(|rank| (rank, probe(1e-3, 0.5))).collect();
    assert_eq!(kinds(&crowd), ["shared_cores"]);
    crowd.probes.insert(0, probe(1e-3, 0.2));
    assert_eq!(kinds(&crowd), ["shared_cores", "busy"]);
}

#[test]
fn versions_are_to_be_the_same() {
    let mut mixed = facts((0..4).map(|n| rank(0, &[n], 4)));
    mixed.surveys[1].as_mut().unwrap().version = "0.0.1".into();
    mixed.surveys[3].as_mut().unwrap().mpi = Some("Open MPI v4.1.6".into());
    assert_eq!(kinds(&mixed), ["versions", "libraries"]);
}

#[test]
fn clocks_are_off_only_beyond_doubt() {
    let mut facts = facts((0..2).map(|n| rank(n, &[0], 1)));
    let clock = |clock, clock_error| Measured {
        rank: 1,
        latency: 1e-6,
        bandwidth: None,
        clock,
        clock_error,
    };
    for (measured, is_off) in [
        (clock(0.9, 1e-3), false),
        (clock(1.3, 0.5), false),
        (clock(-1.3, 0.1), true),
    ] {
        facts.links = vec![measured];
        assert_eq!(kinds(&facts), ["clocks"][..usize::from(is_off)]);
    }
    assert!(only(&facts).what.contains("-1.3 s"));
}
