use super::*;
use crate::engine::schedule::Kind;
use crate::engine::work::Tree;
use crate::engine::{MILLISECOND, SECOND};

fn pool(grains: u64, members: u32, kind: Kind) -> Coordinator<Tree> {
    let settings = Settings {
        schedule: Schedule::new(kind),
        threads: u64::from(members),
        ..Settings::default()
    };
    let mut coordinator = Coordinator::new(Tree::new(grains), settings);
    for m in 0..members {
        coordinator.joined(m, 1, None);
    }
    coordinator
}

fn leases(actions: &[Action]) -> Vec<(MemberId, LeaseId, Span)> {
    actions
        .iter()
        .filter_map(|a| match a {
            Action::Lease {
                member,
                lease,
                span,
            } => Some((*member, *lease, *span)),
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_to_do_is_finished_at_the_first_request() {
    let mut c = pool(0, 1, Kind::Adaptive);
    let mut out = Vec::new();
    c.asked(0, 0, None, 0, &mut out);
    assert_eq!(out, [Action::Finished]);
}

#[test]
fn a_lost_members_grains_go_to_those_who_wait() {
    let mut c = pool(10, 2, Kind::Static);
    let mut out = Vec::new();
    c.asked(0, 0, None, 0, &mut out);
    c.asked(0, 1, None, 0, &mut out);
    let first = leases(&out);
    assert_eq!(first.len(), 2);
    out.clear();
    c.returned(5, 1, first[1].1, &[first[1].2], &mut out);
    c.asked(5, 1, Some(1e3), 0, &mut out);
    assert!(leases(&out).is_empty());
    c.lost(6, 0, &mut out);
    assert_eq!(leases(&out)[0].0, 1);
    assert_eq!(leases(&out)[0].2, first[0].2);
}

#[test]
fn overdue_grains_are_copied_once_then_suspect() {
    let mut c = pool(3, 3, Kind::Static);
    let mut out = Vec::new();
    for m in 0..3 {
        c.asked(0, m, None, 0, &mut out);
    }
    let first = leases(&out);
    for m in [1, 2] {
        c.returned(
            MILLISECOND,
            m,
            first[m as usize].1,
            &[first[m as usize].2],
            &mut out,
        );
        c.asked(MILLISECOND, m, Some(1e3), 0, &mut out);
    }
    out.clear();
    c.tick(100 * MILLISECOND, &mut out);
    assert_eq!(out, []);
    c.tick(SECOND, &mut out);
    assert_eq!(
        out[0],
        Action::Overdue {
            member: 0,
            span: first[0].2
        }
    );
    assert_eq!(leases(&out).len(), 1);
    let copy = leases(&out)[0];
    assert_eq!(copy.2, first[0].2);
    out.clear();
    c.tick(2 * SECOND, &mut out);
    assert_eq!(
        out,
        [Action::Suspect {
            members: vec![0, copy.0],
            span: first[0].2
        }]
    );
    out.clear();
    c.tick(9 * SECOND, &mut out);
    assert_eq!(out, []);
    let news = c.returned(9 * SECOND, copy.0, copy.1, &[copy.2], &mut out);
    assert_eq!((news, &out[..]), (vec![copy.2], &[Action::Finished][..]));
    assert!(
        c.returned(9 * SECOND, 0, first[0].1, &[copy.2], &mut out)
            .is_empty()
    );
}

#[test]
fn recall_comes_before_copies_and_serves_the_idle() {
    let mut c = pool(1000, 2, Kind::Guided);
    let mut out = Vec::new();
    c.asked(0, 0, Some(1e3), 0, &mut out);
    let (_, lease, span) = leases(&out)[0];
    let rest = Span::new(span.end, 1000);
    c.change(0, &mut out, |w| {
        w.done(rest);
    });
    out.clear();
    c.asked(1, 1, Some(1e3), 0, &mut out);
    assert_eq!(out, [Action::Recall { member: 0, lease }]);
    out.clear();
    c.gave_back(
        2,
        0,
        lease,
        &[Span::new(span.start + 100, span.end)],
        &mut out,
    );
    assert_eq!(leases(&out)[0].0, 1);
    assert_eq!(leases(&out)[0].2.start, span.start + 100);
}

#[test]
fn a_member_that_turns_out_to_crawl_is_recalled() {
    let mut c = pool(1000, 2, Kind::Guided);
    let mut out = Vec::new();
    c.asked(0, 0, Some(1e6), 1, &mut out);
    let (_, lease, span) = leases(&out)[0];
    c.asked(0, 1, Some(1e6), 0, &mut out);
    c.change(0, &mut out, |w| {
        w.done(Span::new(span.end, 1000));
    });
    // Nobody was slow when who finishes last was first asked for.
    c.asked(0, 1, Some(1e6), 0, &mut out);
    out.clear();
    let one = Span::new(span.start, span.start + 1);
    c.returned(3 * SECOND, 0, lease, &[one], &mut out);
    c.asked(3 * SECOND, 0, Some(1.0), 1, &mut out);
    c.tick(3 * SECOND + 50 * MILLISECOND, &mut out);
    assert!(
        out.contains(&Action::Recall { member: 0, lease }),
        "{out:?}"
    );
}

#[test]
fn that_a_stuck_member_answers_recalls_is_no_progress() {
    let mut c = pool(1000, 2, Kind::Guided);
    let mut out = Vec::new();
    c.asked(0, 0, Some(1e6), 0, &mut out);
    let (_, lease, span) = leases(&out)[0];
    c.change(0, &mut out, |w| {
        w.done(Span::new(span.end, 1000));
    });
    c.asked(1, 1, Some(1e6), 0, &mut out);
    let mut overdue = false;
    for i in 1..=100 {
        let now = i * 20 * MILLISECOND;
        for action in std::mem::take(&mut out) {
            overdue |= matches!(action, Action::Overdue { member: 0, .. });
            if matches!(action, Action::Recall { .. }) {
                c.gave_back(now, 0, lease, &[], &mut out);
            }
        }
        c.tick(now, &mut out);
    }
    assert!(overdue);
}

/// A member said to be slow, which holds what takes it a day; whether it is overdue within a minute.
fn is_soon_overdue(answers: bool) -> bool {
    let mut c = pool(1000, 2, Kind::Guided);
    let mut out = Vec::new();
    c.asked(0, 0, Some(1e-3), 1, &mut out);
    let (_, lease, span) = leases(&out)[0];
    c.change(0, &mut out, |w| {
        w.done(Span::new(span.end, 1000));
    });
    c.asked(1, 1, Some(1e-3), 0, &mut out);
    let mut asked = 0;
    for i in 1..=1200 {
        let now = i * 50 * MILLISECOND;
        for action in std::mem::take(&mut out) {
            match action {
                Action::Overdue { member: 0, .. } => return true,
                Action::Recall { member: 0, .. } => {
                    asked += 1;
                    if answers {
                        c.gave_back(now, 0, lease, &[], &mut out);
                    }
                }
                _ => {}
            }
        }
        c.tick(now, &mut out);
    }
    assert!(asked > 3, "{asked}");
    false
}

#[test]
fn who_answers_no_recall_is_not_waited_for_long() {
    assert!(is_soon_overdue(false));
    assert!(!is_soon_overdue(true));
}

#[test]
fn what_was_given_back_goes_to_those_with_nothing_to_do() {
    let mut c = pool(1000, 3, Kind::Guided);
    let mut out = Vec::new();
    while c.work().available() > 0 {
        c.asked(0, 0, Some(1e3), 1, &mut out);
    }
    let (_, lease, span) = leases(&out)[0];
    c.asked(1, 2, Some(1e3), 1, &mut out);
    c.reserve(true);
    out.clear();
    c.gave_back(2, 0, lease, &[span], &mut out);
    assert_eq!(
        leases(&out),
        [],
        "member 2 is only low, and something is reserved"
    );
    c.asked(3, 1, Some(1e3), 0, &mut out);
    let given: u64 = leases(&out).iter().map(|l| l.2.len()).sum();
    assert!(leases(&out).iter().all(|l| l.0 == 1));
    assert!(given >= span.len() / 2, "{given} of {}", span.len());
}

#[test]
fn the_deadline_names_who_holds_what() {
    let mut c = pool(4, 1, Kind::Static);
    c.settings.deadline = Some(SECOND);
    let mut out = Vec::new();
    c.asked(0, 0, None, 0, &mut out);
    out.clear();
    c.tick(SECOND, &mut out);
    assert_eq!(
        out,
        [Action::Expired {
            held: vec![(0, Span::new(0, 4))]
        }]
    );
    out.clear();
    c.tick(2 * SECOND, &mut out);
    assert_eq!(out, []);
}

#[test]
fn a_member_that_may_not_have_much_gets_no_crumbs() {
    let mut c = pool(1_000_000, 2, Kind::Adaptive);
    let mut out = Vec::new();
    let (mut given, mut done) = (Vec::new(), 0);
    // It wants 25,000 grains ahead, and asks whenever it gets less.
    for now in 0..1000 {
        c.asked(now, 0, Some(5e6), 1, &mut out);
        given.extend(leases(&std::mem::take(&mut out)));
    }
    assert!(given.len() <= 4, "{} leases in reserve", given.len());
    let mut count = given.len();
    while let Some((_, lease, span)) = given.pop() {
        c.returned(1000, 0, lease, &[span], &mut out);
        done += span.len();
        c.asked(1000, 0, Some(5e6), 0, &mut out);
        let more = leases(&std::mem::take(&mut out));
        count += more.len();
        given.extend(more);
    }
    assert_eq!(done, 1_000_000);
    assert!(count < 400, "{count} leases");
}

#[test]
fn a_member_without_threads_gets_nothing_and_waits_for_nothing() {
    let mut c = pool(10, 2, Kind::Static);
    let mut out = Vec::new();
    c.asked(0, 1, Some(1e3), 0, &mut out);
    let held = leases(&out)[0];
    c.resized(1, 0);
    // It was on its way, and asks for more than it can do.
    c.asked(1, 1, Some(1e3), 0, &mut out);
    out.clear();
    c.asked(1, 0, Some(1e3), 0, &mut out);
    assert!(leases(&out).iter().all(|lease| lease.0 == 0));
    // Far behind as it is, nothing here is too large to be reckoned with.
    c.tick(SECOND, &mut out);
    c.gave_back(SECOND, 1, held.1, &[held.2], &mut out);
    c.asked(SECOND, 0, Some(1e3), 0, &mut out);
    assert!(leases(&out).iter().all(|lease| lease.0 == 0));
    let all: u64 = leases(&out).iter().map(|lease| lease.2.len()).sum();
    assert_eq!(all, 10);
    // All that is known is the other's speed, of two threads, and with threads it is one of them again.
    let is_known = |c: &Coordinator<Tree>| c.total_rate().is_some_and(|r| (r - 2e3).abs() < 1.0);
    assert!(is_known(&c));
    c.resized(1, 1);
    assert!(is_known(&c));
}

/// What fails goes to another member, if there is one that works; else back at once.
#[test]
fn a_failed_job_goes_to_another_member() {
    use crate::engine::work::Queue;
    let mut c = Coordinator::new(Queue::new(), Settings::default());
    let mut out = Vec::new();
    (0..2).for_each(|m| c.joined(m, 1, None));
    c.change(0, &mut out, |queue| {
        queue.submit(1, 0);
    });
    c.asked(0, 0, None, 0, &mut out);
    let (_, lease, span) = leases(&out)[0];
    out.clear();
    c.asked(1, 0, None, 0, &mut out);
    c.failed(1, 0, lease, span.start, false, &mut out);
    assert!(leases(&out).is_empty(), "{out:?}");
    c.asked(1, 1, None, 0, &mut out);
    assert_eq!(leases(&out)[0].0, 1);
    // Now the other one, when nobody else works any more.
    let lease = leases(&out)[0].1;
    out.clear();
    c.resized(0, 0);
    c.asked(2, 1, None, 0, &mut out);
    c.failed(2, 1, lease, span.start, false, &mut out);
    assert_eq!(leases(&out)[0].0, 1);
}

/// A request that comes late, or twice, does not hide that its member has nothing to do.
#[test]
fn a_late_request_does_not_make_an_idle_member_busy() {
    let mut c = pool(64, 2, Kind::Dynamic);
    let mut out = Vec::new();
    let mut asked = |c: &mut Coordinator<Tree>, member, backlog| {
        out.clear();
        c.asked(SECOND, member, Some(100.0), backlog, &mut out);
        leases(&out)
    };
    while !asked(&mut c, 0, 0).is_empty() {}
    assert!(c.has_idle());
    asked(&mut c, 0, 7);
    assert!(c.has_idle());
}

/// Nor does that it was full when it ran low, and returns something now.
#[test]
fn a_full_member_that_ran_dry_stays_idle() {
    let mut c = pool(64, 2, Kind::Adaptive);
    let mut out = Vec::new();
    while c.work().available() > 0 {
        c.asked(0, 0, Some(100.0), 0, &mut out);
        c.asked(0, 1, Some(100.0), 0, &mut out);
    }
    assert!(c.is_full(0));
    c.asked(1, 0, Some(100.0), 3, &mut out);
    c.asked(2, 0, Some(100.0), 0, &mut out);
    assert_eq!(
        c.member(0).map(|m| (m.waits, m.full)),
        Some((Waits::Idle, true))
    );
    for (member, lease, span) in leases(&out) {
        if member == 0 {
            c.returned(3, 0, lease, &[span], &mut out.clone());
        }
    }
    assert!(c.has_idle() && !c.work().finished());
}
