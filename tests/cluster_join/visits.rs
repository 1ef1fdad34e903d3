//! Those who join in good faith, whatever becomes of them.

use crate::dice::Dice;
use crate::scenes::{CONT, KILL, STOP, Scene, TERM, said, send, times};
use crate::support::launcher::skip;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

pub fn joiners_change_nothing() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let joiners: Vec<_> = (0..3).map(|_| scene.joined()).collect();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "grange: joined: "), 3, "{outcome}");
    assert_eq!(times(&outcome, "grange: lost: "), 0, "{outcome}");
    for joiner in joiners {
        let joiner = joiner.finish().ok();
        assert_eq!(joiner.stdout, "", "{joiner}");
    }
    assert!(
        std::fs::read_dir(scene.dir()).is_ok_and(|dir| dir.count() == 1),
        "the secret is left"
    );
}

pub fn a_late_joiner_hears_of_earlier_calls() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let first = scene.joined();
    // Well into the third call.
    thread::sleep(Duration::from_millis(500));
    let late = scene.joined();
    send(&late, TERM);
    late.finish().ok();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    first.finish().ok();
}

pub fn a_joiner_leaves_when_asked() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    for number in [TERM, 2, 10] {
        let joiner = scene.joined();
        said(&run, "grange: joined: ");
        send(&joiner, number);
        let joiner = joiner.finish().ok();
        assert_eq!(
            times(&joiner, "this job leaves the run, which goes on"),
            1,
            "{joiner}"
        );
    }
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "grange: left: "), 3, "{outcome}");
    assert_eq!(times(&outcome, "grange: lost: "), 0, "{outcome}");
}

pub fn a_joiner_has_a_time_limit() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    // Less than the grace: it leaves as soon as it is there.
    let joiner = scene.process().env("JOIN", scene.dir().as_os_str());
    let joiner = joiner.env("LIMIT", "10").finish().ok();
    assert_eq!(
        times(
            &joiner,
            "the time limit: this job leaves the run, which goes on"
        ),
        1,
        "{joiner}"
    );
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "grange: left: "), 1, "{outcome}");
}

pub fn a_joiner_is_killed() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let joiner = scene.joined();
    said(&run, "grange: joined: ");
    send(&joiner, KILL);
    said(&run, "grange: lost: ");
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(joiner.finish().code(), None);
}

pub fn a_joiner_stands_still() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let joiner = scene.joined();
    said(&run, "grange: joined: ");
    send(&joiner, STOP);
    let since = Instant::now();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert!(
        since.elapsed() < Duration::from_secs(60),
        "{:?}",
        since.elapsed()
    );
    // It comes back to find that the run is over.
    send(&joiner, CONT);
    let joiner = joiner.finish();
    assert!(matches!(joiner.code(), Some(0 | 75)), "{joiner}");
}

pub fn a_joiner_fails() {
    let scene = Scene::new("fails", 2_000);
    let right = scene.alone();
    let run = scene.run();
    let joiner = scene.joined().finish();
    assert_ne!(joiner.code(), Some(0), "{joiner}");
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "not on this host"), 1, "{outcome}");
    assert_eq!(times(&outcome, "grange: lost: "), 1, "{outcome}");
}

/// Up to eight at the same time, of which twenty are killed.
pub fn coming_and_going() {
    let is_long = env::var_os("GRANGE_LONG").is_some();
    let to_kill = if is_long { 60 } else { 20 };
    let seed = env::var("SEED").ok().and_then(|text| text.parse().ok());
    let mut dice = Dice::new(seed.unwrap_or(1));
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let mut there = Vec::new();
    let (mut killed, mut left) = (0, 0);
    while killed < to_kill {
        while there.len() < 8 && (there.is_empty() || dice.below(3) > 0) {
            there.push(scene.joiner());
        }
        thread::sleep(Duration::from_millis(dice.below(400)));
        let one = there.swap_remove(dice.below(there.len() as u64) as usize);
        if dice.one(&[true, true, false]) {
            send(&one, KILL);
            killed += 1;
            assert_ne!(one.finish().code(), Some(0));
        } else {
            // Before it has joined a signal just ends it.
            said(&one, "has joined the run");
            send(&one, TERM);
            left += 1;
            one.finish().ok();
        }
    }
    for one in there {
        said(&one, "has joined the run");
        send(&one, TERM);
        left += 1;
        one.finish().ok();
    }
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right, "{killed} killed, {left} left");
    assert_eq!(times(&outcome, "grange: left: "), left, "{outcome}");
}

pub fn jobs_run_on_joiners() {
    let scene = Scene::new("jobs", 2_000);
    let right = scene.alone();
    let run = scene.run();
    let (killed, stays) = (scene.joined(), scene.joined());
    thread::sleep(Duration::from_millis(300));
    send(&killed, KILL);
    killed.finish();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    let told = outcome.stderr.lines();
    let mut busy = 0;
    for told in told.filter_map(|line| line.strip_prefix("done: ")) {
        let (done, by) = told.split_once(" by ").expect("both are told");
        assert_eq!(done, "2000", "{outcome}");
        busy = busy.max(by.parse().expect("a number"));
    }
    assert!(busy >= 2, "{outcome}");
    stays.finish().ok();
}

pub fn values_that_ranks_hold() {
    let scene = Scene::new("deferred", 2_000);
    let right = scene.alone();
    let run = scene.run();
    let (killed, stays) = (scene.joined(), scene.joined());
    send(&killed, KILL);
    killed.finish();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    stays.finish().ok();
}

pub fn ranks_are_joined() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let Some(run) = scene.run_ranks(2) else {
        if cfg!(feature = "mpi") {
            skip("ranks_are_joined", "no launcher on PATH");
        }
        return;
    };
    let (killed, stays) = (scene.joined(), scene.joined());
    thread::sleep(Duration::from_millis(200));
    send(&killed, KILL);
    killed.finish();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    stays.finish().ok();
}

pub fn a_run_that_is_killed() {
    let scene = Scene::new("all", 4_000);
    let run = scene.run();
    let joiner = scene.joined();
    send(&run, KILL);
    assert_eq!(run.finish().code(), None);
    // It may be resumed, and joined again.
    let joiner = joiner.finish().with_code(75);
    assert_eq!(times(&joiner, "is no part of the run"), 1, "{joiner}");
}
