//! Twenty thousand simulated stories against the engine's promises, and proof that the checks can
//! fail.
//!
//! `SEEDS=1000000 cargo test --test simulation every_seed -- --nocapture` plays more seeds and prints
//! how many a second, from `FIRST=5000000` on those after that; `GRANGE_LONG=1` ten times as many;
//! `SEED=17` that one alone, with what it came to.

use grange::Schedule;
use grange::engine::schedule::Kind;
use grange::simulate::{Broken, End, Faults, Load, Mutation, Report, Scenario, Story, Task};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays seeds on all cores, as far as they have a story; returns those that broke a promise.
fn failures(
    seeds: std::ops::Range<u64>,
    story: impl Fn(u64) -> Option<Story> + Sync,
) -> Vec<(u64, Broken)> {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let play = || {
        let mut broken = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return broken;
            }
            let Some(story) = story(seed) else { continue };
            // The seed is not lost when the engine panics.
            match catch_unwind(AssertUnwindSafe(|| story.run())) {
                Ok(Ok(_)) => {}
                Ok(Err(how)) => broken.push((seed, how)),
                Err(panic) => {
                    println!("SEED={seed}: a panic");
                    resume_unwind(panic);
                }
            }
        }
    };
    let mut broken: Vec<_> = std::thread::scope(|scope| {
        let players: Vec<_> = (0..threads).map(|_| scope.spawn(play)).collect();
        players
            .into_iter()
            .flat_map(|p| p.join().expect("a simulated run panicked"))
            .collect()
    });
    broken.sort_by_key(|(seed, _)| *seed);
    broken
}

#[test]
fn every_seed_keeps_the_promises() {
    if let Some(seed) = number("SEED") {
        let story = Story::random(seed);
        println!("{story:#?}\n{:#?}", story.run());
        return;
    }
    let long = if number("GRANGE_LONG").is_some_and(|n| n > 0) {
        10
    } else {
        1
    };
    let seeds = number("SEEDS").unwrap_or(20_000) * long;
    let first = number("FIRST").unwrap_or(0);
    let began = Instant::now();
    let broken = failures(first..first + seeds, |seed| Some(Story::random(seed)));
    let rate = seeds as f64 / began.elapsed().as_secs_f64();
    println!("{seeds} seeds, {rate:.0} a second");
    for (seed, how) in broken.iter().take(20) {
        println!("SEED={seed}: {how}");
    }
    if let Some((seed, how)) = broken.first() {
        panic!(
            "{} of {seeds} seeds broke a promise, the first: {how}\n\
             To see it: SEED={seed} cargo test --test simulation every_seed -- --nocapture",
            broken.len()
        );
    }
}

const KINDS: [Kind; 6] = [
    Kind::Static,
    Kind::Dynamic,
    Kind::Guided,
    Kind::Trapezoid,
    Kind::Factoring,
    Kind::Adaptive,
];

const LOADS: [Load; 3] = [
    Load::Uniform,
    Load::Linear,
    Load::HeavyTailed {
        alpha: 1.5,
        cap: 50.0,
    },
];

/// Plays a run that must keep its promises.
#[track_caller]
fn played(scenario: &Scenario) -> Report {
    scenario
        .run()
        .unwrap_or_else(|broken| panic!("{broken}\n{scenario:#?}"))
}

/// As [`played`], of a run that must also come to its end.
#[track_caller]
fn finished(scenario: &Scenario) -> Report {
    let report = played(scenario);
    assert_eq!(report.end, Some(End::Finished), "{scenario:#?}");
    report
}

/// The story of a seed, in which a mistake that seldom shows does so more often; nothing where it
/// cannot show at all.
fn story_for(mutation: Mutation, seed: u64) -> Option<Story> {
    let mut story = Story::random(seed);
    let goes_on = story.sessions.len() > 1;
    match mutation {
        Mutation::DoneAfterValues => {
            // The hit should come long before all that is left of it is done.
            for session in &mut story.sessions {
                session.schedule = Schedule::new(Kind::Static);
            }
            (goes_on && matches!(story.sessions[0].task, Task::Find { .. })).then_some(story)
        }
        Mutation::OverwriteGood => {
            for saves in story.sessions.iter_mut().flat_map(|s| &mut s.saves) {
                saves.torn = 0.6;
            }
            goes_on.then_some(story)
        }
        Mutation::OldMessages | Mutation::LateSnapshot => goes_on.then_some(story),
        _ => Some(story),
    }
}

/// Every deliberate mistake breaks a promise, and the one that it should, on a seed that is kept
/// without it.
#[test]
fn mistakes_are_found() {
    type Expected = fn(&Broken) -> bool;
    let endless: Expected = |b| matches!(b, Broken::NotFinished { .. });
    let wrong: Expected = |b| {
        matches!(
            b,
            Broken::WrongBits { .. } | Broken::WrongValue(_) | Broken::WrongHit { .. }
        )
    };
    let twice: Expected = |b| matches!(b, Broken::CountedTwice(_));
    let missing: Expected = |b| matches!(b, Broken::Missing(_));
    let older: Expected = |b| matches!(b, Broken::OldCheckpoint { .. });
    let again: Expected = |b| matches!(b, Broken::LeasedAgain(_));
    let forgotten: Expected = |b| matches!(b, Broken::Forgotten(_));
    let mistakes: [(Mutation, Expected); 23] = [
        (Mutation::DropCopies, endless),
        (Mutation::DropParked, endless),
        (Mutation::CountDuplicates, twice),
        (Mutation::ArrivalOrder, wrong),
        (Mutation::NeverCoalesce, |b| {
            matches!(b, Broken::TooManyNodes { .. })
        }),
        (Mutation::OverAncestor, wrong),
        (Mutation::IgnoreLost, endless),
        (Mutation::DropGroupReturns, endless),
        (Mutation::ForgetFailures, |b| {
            matches!(b, Broken::Shunned(_))
        }),
        (Mutation::IgnoreCeiling, |b| {
            matches!(b, Broken::TooFarAhead { .. })
        }),
        (Mutation::KeepLost, endless),
        (Mutation::LoseOneGivenBack, endless),
        (Mutation::AllIsNews, twice),
        (Mutation::EndEarly, missing),
        (Mutation::DoneAfterValues, wrong),
        (Mutation::LeasedIsDone, missing),
        (Mutation::LateSnapshot, forgotten),
        (Mutation::ForgetDone, again),
        (Mutation::ForgetPrevious, older),
        (Mutation::TrustTorn, wrong),
        (Mutation::OverwriteGood, older),
        (Mutation::OldMessages, |b| {
            matches!(b, Broken::ComputedAgain(_))
        }),
        (Mutation::ForgetAtStop, forgotten),
    ];
    for (mutation, expected) in mistakes {
        let mut seeds = 0;
        let mut broken = Vec::new();
        while !broken.iter().any(|(_, how)| expected(how)) {
            assert!(seeds < 20_000, "{mutation:?} was not found: {broken:?}");
            broken.extend(failures(seeds..seeds + 100, |seed| {
                story_for(mutation, seed).map(|story| story.with(mutation))
            }));
            seeds += 100;
        }
        let found = broken.iter().find(|(_, how)| expected(how));
        println!("{mutation:?}: {} of {seeds} seeds, {found:?}", broken.len());
        if let Some(&(seed, _)) = found {
            let story = story_for(mutation, seed).expect("it was played");
            let reports = story.run().expect("kept without the mistake");
            assert_eq!(reports.last().and_then(|r| r.end), Some(End::Finished));
        }
    }
}

/// Everything that may go wrong does, in the stories that are played.
#[test]
fn stories_have_it_all() {
    let sessions: Vec<Report> = (0..1_000)
        .flat_map(|seed| Story::random(seed).run().expect("promises are kept"))
        .collect();
    let times = |what: fn(&Report) -> bool| sessions.iter().filter(|r| what(r)).count();
    let all = [
        ("finished", times(|r| r.end == Some(End::Finished))),
        ("rank 0 died", times(|r| r.end == Some(End::Died))),
        ("stopped", times(|r| r.end == Some(End::Stopped))),
        ("other ranks died", times(|r| r.deaths > 0)),
        ("clocks leapt", times(|r| r.leaps > 0)),
        ("overdue leases", times(|r| r.overdue > 0)),
        ("a good checkpoint", times(|r| r.saved > 0)),
        ("a torn one", times(|r| r.torn > 0)),
        ("a lost one", times(|r| r.lost > 0)),
        ("began with the newest", times(|r| r.loaded.is_some())),
        ("began with the one before", times(|r| r.fell_back)),
        ("old messages", times(|r| r.old_messages > 0)),
        (
            "three at once",
            times(|r| r.deaths > 0 && r.leaps > 0 && r.loaded.is_some()),
        ),
    ];
    for (what, times) in all {
        println!("{what}: {times} of {} sessions", sessions.len());
        assert!(times >= 10, "{what}: only {times}");
    }
}

#[test]
fn the_same_scenario_is_the_same_run() {
    let stories = || (0..300).map(|s| Story::random(s).run());
    assert!(stories().eq(stories()));
    let seed_alone = |seed| {
        played(&Scenario {
            seed,
            ..Scenario::random(3)
        })
    };
    assert_ne!(seed_alone(1).time, seed_alone(2).time);
}

#[test]
fn few_grains_on_many_ranks() {
    let jobs = Task::Jobs {
        portions: 3,
        over: MILLISECOND,
    };
    for kind in KINDS {
        for (groups, task) in [
            (vec![], Task::Reduce),
            (vec![8], Task::Reduce),
            (vec![], jobs),
            (vec![8], jobs),
        ] {
            for grains in [0, 1, 2, 39] {
                let report = finished(&Scenario {
                    schedule: Schedule::new(kind),
                    groups: groups.clone(),
                    task,
                    ..Scenario::plain(40, grains)
                });
                // At 1 ms a grain: nobody does two grains in a row while others have none, except
                // where a level of coordinators has shared them out already.
                assert!(
                    report.time < 10 * MILLISECOND,
                    "{kind:?} {grains}: {} ns",
                    report.time
                );
                assert_eq!(report.leases == 0, grains == 0, "{kind:?} {grains}");
            }
        }
    }
}

/// What each schedule is good for, in figures: without faults only static may be far from the best
/// where costs differ.
#[test]
fn schedules_come_near_the_best() {
    for kind in KINDS {
        for load in LOADS {
            let scenario = Scenario {
                schedule: Schedule::new(kind),
                load,
                spread: 0.5,
                ..Scenario::plain(16, 16 * 2000)
            };
            let report = finished(&scenario);
            println!("{kind:?} {load:?}: {:.3}", report.of_best());
            let least = match kind {
                Kind::Static => 0.4,
                _ => 0.95,
            };
            assert!(
                report.of_best() > least && report.of_best() <= 1.0,
                "{kind:?} {load:?}: {:.3} of best",
                report.of_best()
            );
        }
    }
}

/// Costs that grow from nothing: early speeds say nothing about what follows, so that leases go
/// wrong, in groups most of all, unless they are small as long as little is done, and evened out.
#[test]
fn groups_even_out_what_early_speeds_get_wrong() {
    for load in [Load::Uniform, Load::Linear] {
        let report = finished(&Scenario {
            groups: vec![32],
            load,
            mean: 20 * MILLISECOND,
            values: false,
            blocks: 1,
            ..Scenario::plain(512, 512 * 200)
        });
        println!("{load:?}: {:.4} of best", report.of_best());
        assert!(report.of_best() > 0.98, "{load:?}: {report:?}");
        assert_eq!(report.overdue, 0, "{load:?}");
    }
}

#[test]
fn one_rank_that_never_returns_holds_nobody_up() {
    for kind in KINDS {
        let mut overdue = 0;
        for seed in 0..5 {
            let scenario = Scenario {
                seed,
                schedule: Schedule::new(kind),
                faults: Faults {
                    stuck: 1.0,
                    ..Faults::none()
                },
                ..Scenario::plain(8, 8 * 500)
            };
            let report = finished(&scenario);
            overdue += report.overdue;
            assert_eq!(report.suspects, 0, "{report:?}");
            // Work for 0.5 s; then patience of half a second and four times what the lease should
            // have taken, and the work once more.
            assert!(report.time < 5 * SECOND, "{kind:?} {seed}: {report:?}");
        }
        // Not every such rank comes to the block that never returns.
        assert!(overdue > 0, "{kind:?}");
    }
}

#[test]
fn a_grain_that_never_returns_is_named_and_the_deadline_ends_it() {
    for kind in KINDS {
        for groups in [vec![], vec![4]] {
            let endless = Scenario {
                schedule: Schedule::new(kind),
                groups: groups.clone(),
                poison: Some(1234),
                ..Scenario::plain(8, 8 * 500)
            };
            assert!(
                matches!(endless.run(), Err(Broken::NotFinished { .. })),
                "{kind:?}: a run without one of its grains must not end"
            );
            let report = played(&Scenario {
                deadline: Some(20 * SECOND),
                ..endless
            });
            assert_eq!(report.end, Some(End::Expired), "{kind:?}");
            assert!((20 * SECOND..21 * SECOND).contains(&report.time));
            assert!(
                report.overdue > 0 && report.suspects > 0,
                "{kind:?} {groups:?}: {report:?}"
            );
        }
    }
}

/// A deadline that is not reached changes nothing.
#[test]
fn a_far_deadline_is_not_noticed() {
    let scenario = Scenario::random(11);
    let with = Scenario {
        deadline: Some(1_000_000 * SECOND),
        ..scenario.clone()
    };
    assert_eq!(played(&scenario), played(&with));
}

#[test]
fn thousands_of_ranks_in_groups_with_deaths() {
    for (seed, groups) in [(1, vec![32]), (2, vec![16, 12]), (3, vec![40, 8])] {
        let scenario = Scenario {
            seed,
            groups,
            spread: 0.5,
            load: LOADS[2],
            jitter: 20_000,
            faults: Faults {
                death: 0.1,
                silent: 0.05,
                silence: SECOND,
                late: 0.1,
                duplicate: 0.05,
                within: 2 * SECOND,
                ..Faults::none()
            },
            ..Scenario::plain(1_500, 1_500 * 1_000)
        };
        let report = finished(&scenario);
        // 1 s of work for every rank; with groups the death of a host takes the group with it. The
        // last death may be reported 5 s after the start.
        assert!(
            report.time < 10 * SECOND,
            "{:?} {report:?}",
            scenario.groups
        );
    }
}

/// The ledger grows with what is in flight, not with the workload.
#[test]
fn the_ledgers_size_is_that_of_its_gaps() {
    for kind in KINDS {
        let nodes = |grains: u64| {
            let report = finished(&Scenario {
                schedule: Schedule::new(kind),
                mean: 100_000,
                ..Scenario::plain(16, grains)
            });
            println!("{kind:?} {grains}: {} nodes", report.peak_nodes);
            (report.peak_nodes, report.outstanding)
        };
        for grains in [1 << 12, (1 << 17) + 4321] {
            let (nodes, outstanding) = nodes(grains);
            let levels = (u64::BITS - grains.leading_zeros()) as usize;
            assert!(nodes > 0 && nodes <= levels * (outstanding + 1), "{kind:?}");
        }
    }
}
