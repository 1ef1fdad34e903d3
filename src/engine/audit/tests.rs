//! Audits end, find what is wrong, and find nothing else.

use super::*;
use crate::engine::SECOND;
use proptest::prelude::*;

const MS: Time = crate::engine::MILLISECOND;

fn right(grain: u64) -> Outcome {
    Outcome::Digest([grain as u8; 32])
}

fn wrong(grain: u64) -> Outcome {
    Outcome::Digest([!(grain as u8); 32])
}

fn record(grain: u64, outcome: Outcome) -> Record {
    Record {
        grain,
        thread: 1,
        outcome,
        took: MS,
    }
}

fn opinion(member: MemberId, outcome: Outcome) -> Opinion {
    Opinion { member, outcome }
}

fn audit(members: u32) -> Audit {
    let mut audit = Audit::new(members as usize, false);
    for member in 0..members {
        audit.joined(0, member, 2, &mut Vec::new());
    }
    audit
}

fn computed(audit: &mut Audit, member: MemberId, grain: u64, outcome: Outcome) -> Vec<Action> {
    let mut out = Vec::new();
    audit.computed(0, member, record(grain, outcome), false, &mut out);
    out
}

fn answered(audit: &mut Audit, member: MemberId, grain: u64, outcome: Outcome) -> Vec<Action> {
    let mut out = Vec::new();
    audit.answered(MS, member, record(grain, outcome), &mut out);
    out
}

fn asks(member: MemberId, grain: u64, not: Option<u32>) -> [Action; 1] {
    let again = Again { grain, not };
    [Action::Ask { member, again }]
}

#[test]
fn another_member_is_asked_and_agrees() {
    let mut audit = audit(3);
    assert_eq!(computed(&mut audit, 0, 7, right(7)), asks(1, 7, None));
    assert_eq!(computed(&mut audit, 0, 8, right(8)), asks(2, 8, None));
    assert_eq!(answered(&mut audit, 1, 7, right(7)), []);
    assert_eq!(answered(&mut audit, 2, 8, right(8)), []);
    assert!(audit.is_over());
    let tally = Tally {
        grains: 2,
        ..Tally::default()
    };
    assert_eq!(audit.tally(), tally);
}

#[test]
fn a_third_decides() {
    let mut audit = audit(3);
    computed(&mut audit, 0, 7, wrong(7));
    assert_eq!(
        answered(&mut audit, 1, 7, right(7)),
        asks(2, 7, None),
        "the third"
    );
    let opinions = vec![
        opinion(0, wrong(7)),
        opinion(1, right(7)),
        opinion(2, right(7)),
    ];
    audit.returned(0, Span::new(5, 9));
    let differ = Action::Differ {
        grain: 7,
        opinions,
        counts: Some(0),
    };
    assert_eq!(answered(&mut audit, 2, 7, right(7)), [differ]);
    assert!(audit.is_over());
    assert_eq!(audit.tally(), Tally::default());
}

#[test]
fn of_two_the_first_is_asked_once_more() {
    let mut audit = audit(2);
    computed(&mut audit, 1, 7, wrong(7));
    assert_eq!(
        answered(&mut audit, 0, 7, Outcome::Failed("no".into())),
        asks(1, 7, Some(1))
    );
    let found = answered(&mut audit, 1, 7, right(7));
    assert!(matches!(&found[..], [Action::Differ { opinions, .. }] if opinions.len() == 3));
}

#[test]
fn alone_it_asks_itself() {
    let mut audit = audit(1);
    assert_eq!(computed(&mut audit, 0, 7, right(7)), asks(0, 7, Some(1)));
    assert_eq!(answered(&mut audit, 0, 7, right(7)), []);
    let tally = Tally {
        grains: 1,
        alone: 1,
        unchecked: 0,
    };
    assert_eq!(audit.tally(), tally);
}

#[test]
fn who_has_not_come_is_waited_for_until_all_is_done() {
    let mut audit = Audit::new(2, false);
    audit.joined(0, 0, 2, &mut Vec::new());
    assert_eq!(computed(&mut audit, 0, 7, right(7)), []);
    assert!(!audit.is_over());
    let mut out = Vec::new();
    audit.all_done(MS, &mut out);
    assert_eq!(out, asks(0, 7, Some(1)));
}

#[test]
fn the_late_and_the_lost_are_replaced() {
    let mut audit = audit(4);
    computed(&mut audit, 0, 7, right(7));
    let mut out = Vec::new();
    audit.tick(SECOND, &mut out);
    assert_eq!(out, [], "too soon");
    audit.tick(3 * SECOND, &mut out);
    let late = Action::Late {
        member: 1,
        grain: 7,
    };
    let [ask] = asks(2, 7, None);
    assert_eq!(out, [late, ask]);
    out.clear();
    audit.lost(3 * SECOND, 2, &mut out);
    assert_eq!(out, asks(3, 7, None));
    // Late is better than never.
    assert_eq!(answered(&mut audit, 1, 7, right(7)), []);
    assert!(audit.is_over());
    assert_eq!(answered(&mut audit, 3, 7, wrong(7)), []);
}

#[test]
fn a_grain_that_two_compute_needs_nobody_else() {
    let mut audit = audit(3);
    computed(&mut audit, 0, 7, right(7));
    assert_eq!(computed(&mut audit, 0, 7, right(7)), []);
    assert!(!audit.is_over(), "the same member twice proves nothing");
    assert_eq!(computed(&mut audit, 2, 7, right(7)), []);
    assert!(audit.is_over());
}

#[test]
fn what_differs_is_told_at_a_stop() {
    let mut audit = audit(3);
    computed(&mut audit, 0, 7, wrong(7));
    computed(&mut audit, 0, 8, right(8));
    answered(&mut audit, 1, 7, right(7));
    let mut out = Vec::new();
    audit.halt(&mut out);
    let opinions = vec![opinion(0, wrong(7)), opinion(1, right(7))];
    let differ = Action::Differ {
        grain: 7,
        opinions,
        counts: None,
    };
    assert_eq!(out, [differ]);
    assert!(audit.is_over());
    assert_eq!(computed(&mut audit, 0, 9, right(9)), []);
    assert_eq!(answered(&mut audit, 2, 7, right(7)), []);
}

#[test]
fn a_value_that_never_came_is_nobodys_fault() {
    let mut audit = audit(3);
    computed(&mut audit, 1, 7, wrong(7));
    let mut out = Vec::new();
    audit.lost(MS, 1, &mut out);
    assert!(audit.is_over());
    // Another has done it since, and it is audited again.
    assert_eq!(computed(&mut audit, 2, 7, right(7)), asks(0, 7, None));
    assert_eq!(answered(&mut audit, 0, 7, right(7)), []);
}

#[test]
fn a_check_may_fail_where_functions_may() {
    let mut audit = Audit::new(2, true);
    (0..2).for_each(|member| audit.joined(0, member, 2, &mut Vec::new()));
    computed(&mut audit, 0, 7, right(7));
    let outcome = Outcome::Failed("no file".into());
    let unchecked = Action::Unchecked {
        grain: 7,
        opinion: opinion(1, outcome.clone()),
    };
    assert_eq!(answered(&mut audit, 1, 7, outcome), [unchecked]);
    assert!(audit.is_over());
    assert_eq!(audit.tally().unchecked, 1);
}

#[test]
fn nobody_has_more_than_a_few_ahead() {
    let mut audit = audit(2);
    let grains = 0..10_000;
    let asked: usize = grains
        .map(|grain| computed(&mut audit, 0, grain, right(grain)).len())
        .sum();
    // Two threads, 20 ms ahead.
    assert_eq!(asked, 44);
    // Who answers is asked for more.
    assert_eq!(answered(&mut audit, 1, 0, right(0)), asks(1, 44, None));
}

proptest! {
    /// Whoever does not answer for long or at all, dies or is wrong: a grain that one member got wrong is found,
    /// others never are, and it comes to an end.
    #[test]
    fn it_ends_and_finds_what_is_wrong(
        members in 1u32..6,
        grains in 1u64..40,
        faulty in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        has_mute in any::<bool>(),
        fates in prop::collection::vec(0u8..10, 400),
    ) {
        let faulty = faulty.index(members as usize) as u32;
        let bad = at.index(grains as usize) as u64;
        // One that never answers, unless it is alone.
        let mute = (has_mute && members > 1).then_some(members - 1);
        let mut audit = audit(members);
        let mut fates = fates.into_iter().cycle();
        let mut now = 0;
        let mut alive: BTreeSet<MemberId> = (0..members).collect();
        let first_wrong = (bad..grains).find(|g| (g % u64::from(members)) as u32 == faulty);
        let mut todo = Vec::new();
        for grain in 0..grains {
            let member = (grain % u64::from(members)) as u32;
            // It is wrong only once.
            let outcome = if first_wrong == Some(grain) { wrong(grain) } else { right(grain) };
            audit.computed(now, member, record(grain, outcome), false, &mut todo);
            audit.returned(member, Span::new(grain, grain + 1));
        }
        let mut differences = Vec::new();
        audit.all_done(now, &mut todo);
        let mut slow: Vec<(u32, MemberId, u64)> = Vec::new();
        let mut rounds = 0;
        while !audit.is_over() || !todo.is_empty() {
            rounds += 1;
            prop_assert!(rounds < 10_000, "it does not end");
            now += 500 * MS;
            let mut next = Vec::new();
            for action in std::mem::take(&mut todo) {
                match action {
                    Action::Ask { member, .. } if mute == Some(member) => {}
                    Action::Ask { member, again } => match fates.next() {
                        // Far too late.
                        Some(0) => slow.push((rounds + 12, member, again.grain)),
                        // Dies, unless nobody would be left that answers.
                        Some(1) if alive.iter().filter(|m| mute != Some(**m)).count() > 1 => {
                            alive.remove(&member);
                            audit.lost(now, member, &mut next);
                        }
                        _ if alive.contains(&member) => {
                            let record = record(again.grain, right(again.grain));
                            audit.answered(now, member, record, &mut next);
                        }
                        _ => {}
                    },
                    Action::Differ { grain, opinions, .. } => {
                        prop_assert!(opinions.len() >= 2);
                        differences.push(grain);
                    }
                    Action::Late { .. } => {}
                    Action::Unchecked { .. } => prop_assert!(false),
                }
            }
            for (_, member, grain) in slow.extract_if(.., |(at, ..)| *at <= rounds) {
                if alive.contains(&member) {
                    audit.answered(now, member, record(grain, right(grain)), &mut next);
                }
            }
            audit.tick(now, &mut next);
            todo = next;
        }
        prop_assert_eq!(&differences, &first_wrong.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(audit.tally().grains, grains - differences.len() as u64);
    }
}
