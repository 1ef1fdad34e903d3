//! What is kept of a run, and how runs are stopped.

use super::{Test, alone, ranks};
use crate::expect::Expect;
use crate::launch::{Scenario, scenario};
use crate::place::{Place, wait_until};
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::ranks;
use crate::support::run::Running;
use crate::support::temp::Temp;
use std::path::Path;
use std::time::Duration;

const KILL: i32 = 9;
const USR1: i32 = 10;
const TERM: i32 = 15;

pub const ALL: &[Test] = &[
    alone("kept_finished_answers_at_once", finished),
    alone("kept_stopped_alone", || stopped(0, 0, USR1)),
    alone("kept_terminated_alone", || stopped(0, 3, TERM)),
    ranks("kept_stopped_on_ranks", || stopped(3, 2, USR1)),
    ranks("kept_stopped_on_more_ranks", || stopped(2, 5, USR1)),
    ranks("kept_killed_on_ranks", killed),
    alone("kept_jobs_stopped_alone", || jobs_stopped(0, 2)),
    ranks("kept_jobs_stopped_on_ranks", || jobs_stopped(3, 1)),
    alone("kept_time_limit", || time_limit(&[0, 0, 0, 0, 0, 0])),
    ranks("kept_time_limit_on_ranks", || {
        time_limit(&[2, 1, 3, 5, 2, 2])
    }),
    alone("kept_second_signal", || second_signal(0)),
    alone("kept_main_is_busy", || main_is_busy(0)),
    ranks("kept_main_is_busy_on_ranks", || main_is_busy(2)),
    alone("stopped_and_nothing_is_kept", nothing_kept),
    alone("kept_failures_are_tried_again", || failures(0, 2)),
    ranks("kept_failures_are_tried_again_on_ranks", || failures(3, 2)),
    alone("retried_alone", || retried(0)),
    ranks("retried_on_ranks", || retried(3)),
    alone("kept_list_needs_a_version", list),
    alone("kept_in_use", in_use),
    alone("kept_restarted", restarted),
    alone("kept_columns_are_typed", typed),
];

impl Place {
    /// Lines of the log, sorted.
    fn lines(&self) -> Vec<u64> {
        let mut lines: Vec<u64> = self.log().lines().filter_map(|l| l.parse().ok()).collect();
        lines.sort_unstable();
        lines
    }

    fn logged(&self, n: u32, items: u64, milliseconds: u64) -> Scenario {
        self.with_log(n, "kept_logged", items, milliseconds)
    }

    fn with_log(&self, n: u32, name: &str, items: u64, milliseconds: u64) -> Scenario {
        let scenario = scenario(n, name)
            .arg(self.text("run.h5"))
            .arg(self.text("log"));
        scenario.arg(items).arg(milliseconds)
    }
}

/// The process of some rank: without a launcher the only one.
fn some_rank(run: &Running) -> i32 {
    let found = ranks::of(run, "scenario");
    found.last().expect("a rank is alive").1
}

fn interrupted(outcome: &Outcome) {
    assert_eq!(outcome.code(), Some(75), "{outcome}");
    let says = "the same command resumes";
    let told = outcome
        .stderr
        .lines()
        .filter(|l| l.starts_with("grange: stopped by ") && l.contains(says));
    assert_eq!(told.count(), 1, "{outcome}");
    assert!(outcome.stdout.is_empty(), "{outcome}");
}

fn finished() {
    for n in [0, 2] {
        let place = Place::new();
        let file = place.text("run.h5");
        let plain = scenario(n, "kept_all").arg(&file).run().line();
        let again = scenario(n, "kept_all").arg(&file).arg("never").run().line();
        assert_eq!(plain, again);
        assert!(plain.ends_with(" 0 408.3333333333333"), "{plain}");
        let names = std::fs::read_dir(place.folder.path()).expect("the folder is there");
        let mut names: Vec<_> = names.flatten().map(|e| e.file_name()).collect();
        names.sort();
        assert_eq!(names, ["run.h5", "run.h5.previous"]);
    }
}

/// Everything that has begun ends within the time it has, so nothing is computed twice.
fn stopped(before: u32, after: u32, number: i32) {
    let place = Place::new();
    let run = place.logged(before, 2_000, 3).start();
    place.wait_for(60);
    signal(some_rank(&run), number);
    let outcome = run.finish();
    interrupted(&outcome);
    let lines = place.lines().len();
    assert!((60..2_000).contains(&lines), "{lines} lines; {outcome}");
    let line = place.logged(after, 2_000, 0).run().line();
    assert_eq!(place.lines(), (0..2_000).collect::<Vec<_>>());
    assert_eq!(line, Place::new().logged(0, 2_000, 0).run().line());
}

/// What is in the last checkpoint is not computed again, and nothing is missing. Ranks report every second.
fn killed() {
    let place = Place::new();
    for n in [3, 0, 2] {
        let lines = place.lines().len() + 1_200;
        let run = place.logged(n, 6_000, 3).env("KEPT_EVERY", "0.02").start();
        place.wait_for(lines);
        signal(some_rank(&run), KILL);
        let outcome = run.finish();
        assert_ne!(outcome.code(), Some(0), "{outcome}");
    }
    let before = place.lines().len();
    let line = place.logged(1, 6_000, 0).run().line();
    assert_eq!(line, Place::new().logged(0, 6_000, 0).run().line());
    let mut lines = place.lines();
    let last = lines.len() - before;
    lines.dedup();
    assert_eq!(lines, (0..6_000).collect::<Vec<_>>());
    // The second session alone lasted 3.6 s.
    assert!(last <= 6_000 - 500, "{last}");
}

fn jobs_stopped(before: u32, after: u32) {
    let place = Place::new();
    let run = place.with_log(before, "kept_jobs", 600, 5).start();
    place.wait_for(40);
    signal(some_rank(&run), USR1);
    interrupted(&run.finish());
    let line = place.with_log(after, "kept_jobs", 600, 0).run().line();
    let children = (0..600).filter(|x| x % 3 == 0).map(|x| x + 1000);
    let all: Vec<u64> = (0..600).chain(children).chain([5000]).collect();
    assert_eq!(place.lines(), all);
    let sum: u64 = all.iter().filter(|&&x| x != 5000).map(|x| x * x).sum();
    assert_eq!(line, (sum + 1).to_string());
}

/// Some sessions, none longer than it may be, until it is done.
fn time_limit(layouts: &[u32]) {
    let place = Place::new();
    let mut sessions = 0;
    for &n in layouts {
        sessions += 1;
        let run = place
            .logged(n, 300, 10)
            .env("KEPT_LIMIT", "2")
            .env("KEPT_GRACE", "1.3");
        let outcome = run.run();
        if outcome.code() == Some(0) {
            break;
        }
        interrupted(&outcome);
        assert!(
            outcome.stderr.contains("stopped by the time limit of 2 s"),
            "{outcome}"
        );
    }
    assert!(sessions > 1);
    let line = place.logged(0, 300, 0).run().line();
    assert_eq!(place.lines(), (0..300).collect::<Vec<_>>());
    assert_eq!(line, Place::new().logged(0, 300, 0).run().line());
}

fn second_signal(n: u32) {
    let place = Place::new();
    let run = scenario(n, "kept_long")
        .arg(place.text("run.h5"))
        .arg(place.text("log"))
        .env("KEPT_GRACE", "50")
        .start();
    place.wait_for(1);
    let process = some_rank(&run);
    signal(process, USR1);
    // Twice at once may be the same signal by two ways.
    std::thread::sleep(Duration::from_millis(500));
    assert!(!run.processes().is_empty());
    signal(process, TERM);
    let outcome = run.finish().within(20.0);
    assert_eq!(outcome.code(), Some(143), "{outcome}");
}

fn main_is_busy(n: u32) {
    let place = Place::new();
    let file = place.text("run.h5");
    let run = scenario(n, "kept_slow_main")
        .arg(&file)
        .env("KEPT_GRACE", "0.5")
        .start();
    wait_until(|| place.path("run.busy").exists());
    signal(some_rank(&run), USR1);
    let outcome = run.finish().within(20.0);
    assert_eq!(outcome.code(), Some(75), "{outcome}");
}

fn nothing_kept() {
    for (number, code) in [(USR1, 138), (TERM, 143), (2, 130)] {
        let place = Place::new();
        let run = scenario(0, "logged").arg(place.text("log")).start();
        wait_until(|| !place.lines().is_empty());
        signal(some_rank(&run), number);
        run.finish()
            .within(20.0)
            .fails(code, &["stopped by SIG", "nothing of this run is kept"]);
    }
    let place = Place::new();
    let limited = scenario(0, "logged")
        .arg(place.text("log"))
        .env("KEPT_LIMIT", "0.5");
    limited.run().within(20.0).fails(
        5,
        &[
            "stopped by the time limit of 0.5 s",
            "nothing of this run is kept",
        ],
    );
}

fn failures(before: u32, after: u32) {
    let (place, other) = (Place::new(), Place::new());
    let run = |place: &Place, n: u32| {
        scenario(n, "kept_failures")
            .arg(place.text("run.h5"))
            .arg(place.text("log"))
            .arg(place.text("mended"))
            .threads(2)
            .run()
    };
    let outcome = run(&place, before);
    assert_eq!(outcome.code(), Some(6), "{outcome}");
    for text in [
        "set aside: item 3 of 'some fail'",
        "item 77 of 'some fail'",
        "panicked: bad luck with 400",
        "item 3 of 'some values fail'",
        "the function returned an error: no value for 77",
    ] {
        assert!(outcome.stderr.contains(text), "no '{text}' in {outcome}");
    }
    let words: Vec<&str> = outcome.stdout.split_whitespace().collect();
    let all: u64 = (0..500).sum();
    assert_eq!(
        words[1..],
        [
            "497",
            &(all - 480).to_string(),
            &(all - 480).to_string(),
            "Some(499)",
            "12"
        ]
    );
    std::fs::write(place.path("mended"), "").expect("the folder can be written to");
    std::fs::write(other.path("mended"), "").expect("the folder can be written to");
    let before = place.lines();
    let mended = run(&place, after).line();
    assert_eq!(mended, run(&other, 0).line());
    // The items that failed, and their neighbours in the grain.
    let mut lines = place.lines();
    for line in before {
        lines.remove(lines.binary_search(&line).expect("a line stays"));
    }
    assert_eq!(lines, [2, 3, 76, 77, 400, 401]);
}

fn retried(n: u32) {
    let run = |retries: u32| {
        let folder = Temp::new();
        scenario(n, "retried")
            .arg(folder.path().display())
            .arg(retries)
            .threads(2)
            .run()
    };
    assert_eq!(run(2).line(), "4950");
    run(1).fails(3, &["item 40", "the second try of 40"]);
    run(0).fails(3, &["item 40", "the first try of 40"]);
}

fn list() {
    let place = Place::new();
    let run = |words: &[&str]| {
        let scenario = scenario(0, "kept_list").arg(place.text("run.h5"));
        words.iter().fold(scenario, Scenario::arg).run()
    };
    run(&[]).fails(
        2,
        &[
            "a checkpoint cannot tell the items of map_reduce at",
            ".version(",
        ],
    );
    assert_eq!(run(&["items"]).line(), "4950");
    assert_eq!(run(&["items"]).line(), "4950");
    // Other items.
    run(&["items", "", ""]).fails(2, &["run.h5"]);
    run(&["2"]).fails(2, &["run.h5"]);
}

fn in_use() {
    let place = Place::new();
    let run = place.logged(0, 10, 60_000).start();
    wait_until(|| place.path("run.h5.lock").exists());
    let outcome = place.logged(0, 10, 0).run().within(20.0);
    outcome.fails(2, &["run.h5", "in use by process", &run.id().to_string()]);
    signal(run.id() as i32, KILL);
    drop(run.finish());
    place.logged(0, 10, 0).run().within(20.0).line();
}

fn restarted() {
    let place = Place::new();
    place.logged(0, 20, 0).run().line();
    place.logged(0, 20, 0).env("KEPT_RESTART", "1").run().line();
    assert_eq!(place.lines().len(), 40);
    assert!(place.path("run.h5.old").exists());
    place.logged(0, 20, 0).run().line();
    assert_eq!(place.lines().len(), 40);
}

const SCRIPT: &str = r#"
import h5py, sys
with h5py.File(sys.argv[1], "r") as file:
    calls = {call.attrs["key"]: call for call in file["calls"].values()}
    def text(t): return t.decode() if isinstance(t, bytes) else t
    calls = {text(key): call for key, call in calls.items()}
    floats = calls["floats"]
    assert floats["values/value"].dtype == "float64"
    assert list(floats["level"]) == [10] and list(floats["index"]) == [0]
    whole = calls["whole"]["values"]
    columns = [whole["value." + name] for name in ("0", "1.hi", "1.lo")]
    total = sum((int(top) << 128) + (int(hi) << 64) + int(lo) for top, hi, lo in zip(*columns))
    values = calls["values"]
    rows = sorted(zip(values["index"], *(values["values/value." + n] for n in "012")))
    assert [tuple(r) for r in rows] == [(x, x - 100, x / 8, x % 2 == 0) for x in range(200)]
    assert sum(len(file["sessions"][0]["hosts"]) > 0 for _ in [0]) == 1
    print(repr(float(floats["values/value"][0])), total)
"#;

fn typed() {
    let place = Place::new();
    let line = scenario(0, "kept_typed")
        .arg(place.text("run.h5"))
        .run()
        .line();
    let Some(python) = crate::support::python::with_h5py() else {
        return crate::support::launcher::skip("kept_columns_are_typed", "no python3 with h5py");
    };
    let read = |file: &Path| {
        let run = crate::support::run::Run::new(python)
            .arg("-c")
            .arg(SCRIPT)
            .arg(file);
        run.finish().ok().stdout
    };
    assert_eq!(read(&place.path("run.h5")).trim(), line);
}
