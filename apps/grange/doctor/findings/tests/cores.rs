//! Cores: idle, shared, limited.

use super::{facts, found, kinds, only, rank};
use crate::doctor::finding::Severity;
use crate::doctor::starter::Starter;

#[test]
fn a_good_allocation_has_no_findings() {
    let ranks = [
        rank(0, &[0, 1], 4),
        rank(0, &[2, 3], 4),
        rank(2, &[0, 1], 4),
        rank(2, &[2, 3], 4),
    ];
    assert_eq!(found(&facts(ranks)), []);
}

#[test]
fn idle_cores_are_told_once_for_all_nodes() {
    // Both ranks of a node on one core, three idle.
    let ranks = [0, 0, 2, 2].map(|node| rank(node, &[0], 4));
    let finding = only(&facts(ranks));
    assert_eq!(finding.kind, "stacked_ranks");
    assert_eq!(
        finding.what,
        "2 ranks are bound to core 0, while 3 of 4 cores stand idle"
    );
    assert_eq!(finding.hosts, ["h0", "h2"]);
    assert_eq!(
        finding.mend,
        "add --bind-to none, or give each rank its cores: --map-by slot:PE=2 --bind-to core"
    );

    let finding = only(&facts([rank(0, &[0], 4), rank(0, &[1], 4)]));
    assert_eq!(finding.kind, "idle_cores");
    assert_eq!(
        finding.what,
        "2 of 4 cores stand idle: 2 ranks are bound to 2 cores"
    );
}

#[test]
fn the_launcher_s_own_options_are_told() {
    for (starter, unbind, each) in [
        (Starter::Hydra, "-bind-to none", "-bind-to core:2"),
        (Starter::Intel, "I_MPI_PIN off", "I_MPI_PIN_DOMAIN 2"),
        (Starter::Srun, "--cpu-bind=none", "-c 2"),
    ] {
        let mut facts = facts([rank(0, &[0], 4), rank(0, &[1], 4)]);
        facts.starter = starter;
        let finding = only(&facts);
        assert!(
            finding.mend.contains(unbind) && finding.mend.contains(each),
            "{finding:?}"
        );
    }
}

#[test]
fn a_bound_launcher_is_not_told_to_bind_less() {
    let bound = || {
        let mut rank = rank(0, &[1], 4);
        rank.parent_cores = vec![1];
        rank
    };
    let finding = only(&facts([bound(), bound()]));
    assert_eq!(finding.kind, "confined");
    assert!(
        finding.what.ends_with("may only use core 1 of 4"),
        "{finding:?}"
    );
    assert!(!finding.mend.contains("--bind-to"), "{finding:?}");
    // A shell that started this process by taskset.
    let mut alone = facts([rank(0, &[1], 4)]);
    (alone.launcher, alone.starter) = (None, Starter::Nobody);
    assert!(only(&alone).mend.contains("taskset"));
}

#[test]
fn crowds_and_overlaps() {
    let finding = only(&facts((0..5).map(|_| rank(0, &[0], 1))));
    assert_eq!(
        (finding.kind, finding.severity),
        ("shared_cores", Severity::Warning)
    );
    assert!(finding.mend.ends_with("-n 1"), "{finding:?}");
    let many = facts([0, 0, 2, 2].map(|node| rank(node, &[0], 1)));
    assert!(only(&many).mend.ends_with("--map-by ppr:1:node"));
    let overlap = facts([rank(0, &[0], 2), rank(0, &[0, 1], 2)]);
    assert!(kinds(&overlap).contains(&"overlapping_ranks"));
}

#[test]
fn quotas_and_numa_nodes_are_notes() {
    let mut one = rank(0, &[0, 1], 4);
    one.node_cores = 2;
    one.quota = 1;
    let finding = only(&facts([one]));
    assert_eq!((finding.kind, finding.severity), ("quota", Severity::Note));
    let finding = only(&facts([rank(0, &[0, 1, 2, 3], 4)]));
    assert_eq!((finding.kind, finding.severity), ("numa", Severity::Note));
    assert!(finding.mend.contains("--map-by ppr:1:numa"));
}
