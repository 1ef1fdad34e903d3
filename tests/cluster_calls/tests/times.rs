//! Where the time went: what runs tell of themselves, where it is known.

use super::{Test, alone, ranks};
use crate::launch::{Scenario, launcher, scenario};
use crate::place::{Place, wait_until};
use crate::support::launcher::Library;
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::ranks;
use serde_json::Value;
use std::fs;

const USR2: i32 = 12;

pub const ALL: &[Test] = &[
    alone("times_of_one_process", || {
        crowded();
        consumed(0);
        coarse(0, 2);
        serial(0);
        jobs(0);
    }),
    ranks("times_of_ranks", || {
        coarse(2, 1);
        coarse(3, 2);
        serial(2);
        consumed(2);
        slow();
        half();
        jobs(2);
    }),
    ranks("times_of_a_lost_rank", lost),
    ranks("times_of_a_stopped_run", stopped),
    ranks("times_as_a_trace", trace),
    ranks("looks_at_all_ranks", || looks(3)),
    alone("looks_at_one_process", || looks(0)),
    ranks("looks_between_calls", between),
];

/// What a run told of itself, all of it consistent.
struct Told {
    report: Value,
    stats: String,
    outcome: Outcome,
}

fn told(run: Scenario) -> Told {
    let place = Place::new();
    let run = run.env("REPORT", &place.text("r.json")).env("STATS", "1");
    let outcome = run.run();
    let text = fs::read_to_string(place.path("r.json"));
    let text = text.unwrap_or_else(|e| panic!("{e}: {outcome}"));
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let stats = outcome.stderr.clone();
    let told = Told {
        report,
        stats,
        outcome,
    };
    told.adds_up();
    told
}

/// Nanoseconds are written as seconds in floating point.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * b.abs().max(1.0)
}

impl Told {
    fn number(&self, path: &str) -> f64 {
        let value = self.report.pointer(path);
        let number = value.and_then(Value::as_f64);
        number.unwrap_or_else(|| panic!("{path} of {}", self.report))
    }

    fn rows(&self, path: &str) -> &[Value] {
        let rows = self.report.pointer(path).and_then(Value::as_array);
        rows.unwrap_or_else(|| panic!("{path} of {}", self.report))
    }

    /// Whether it says so, on however many lines.
    fn says(&self, what: &str) -> bool {
        let words: Vec<&str> = self.stats.split_whitespace().collect();
        words.join(" ").contains(what)
    }

    /// What is named as the largest loss, unless a busy machine made something larger of its own.
    #[track_caller]
    fn blames(&self, part: &str) {
        let named = self.report["largest_loss"]["part"].as_str();
        let named = named.expect("a loss");
        let busy = ["startup", "shutdown", "crowded cores"].contains(&named);
        assert!(busy || named == part, "{}", self.outcome);
    }

    fn core_seconds(&self, part: &str) -> f64 {
        self.number(&format!("/core_seconds/{part}"))
    }

    /// The pieces add up to the wall time, over all and on each rank, and the factors to the efficiency.
    fn adds_up(&self) {
        let wall = self.number("/wall_seconds");
        let parts = self.report["core_seconds"].as_object().expect("parts");
        let parts: Vec<(&String, f64)> = parts
            .iter()
            .map(|(name, v)| (name, v.as_f64().expect("a number")))
            .collect();
        let whole: f64 = parts.iter().map(|p| p.1).sum();
        assert!(
            near(whole, wall * self.number("/threads")),
            "{}",
            self.outcome
        );
        let ranks = self.rows("/per_rank");
        for rank in ranks {
            let own = parts.iter().map(|(name, _)| {
                let part = &rank[format!("{name}_seconds")];
                part.as_f64().unwrap_or_else(|| panic!("{name} of {rank}"))
            });
            let threads = rank["threads"].as_f64().unwrap_or_default();
            assert!(near(own.sum(), wall * threads), "{rank} of {wall} s");
        }
        let of = |name: &str| self.number(&format!("/efficiency/{name}"));
        let product = of("load_balance") * of("communication") * of("startup_tail");
        assert!(
            near(product, of("parallel")),
            "{}",
            self.report["efficiency"]
        );
        assert!(near(of("parallel"), self.core_seconds("useful") / whole));
        // What is called the largest loss is one, unless it is none of the parts.
        let largest = self.report["largest_loss"]["part"]
            .as_str()
            .expect("a loss");
        let share = self.number("/largest_loss/share");
        let losses = parts.iter().filter(|(name, _)| *name != "useful");
        let most = losses.map(|p| p.1 / whole).fold(0.0, f64::max);
        assert!(share >= most - 1e-9, "{largest}: {share} {most}");
        let said = format!(
            "largest loss: {}",
            self.report["largest_loss"]["text"].as_str().unwrap_or("?")
        );
        assert!(self.says(&said), "{said} in {}", self.stats);
        // Every span is of a rank and a thread that there is, and all grains are told.
        let grains = self
            .rows("/spans/rows")
            .iter()
            .map(|row| row[4].as_u64().unwrap_or(0));
        let done = ranks
            .iter()
            .map(|rank| rank["grains"].as_u64().unwrap_or(0));
        assert_eq!(
            grains.sum::<u64>(),
            done.sum::<u64>(),
            "{}",
            self.report["spans"]
        );
    }
}

/// With a grain more than threads most of them idle at the end.
fn coarse(n: u32, threads: u32) {
    let told = told(scenario(n, "times_coarse").arg(1000).threads(threads));
    let all = f64::from(n.max(1) * threads);
    assert_eq!(told.number("/threads"), all);
    // What two ranks did counts for both.
    assert!(told.number("/grain_seconds/count") > all);
    // A nap is never shorter.
    assert!(told.core_seconds("useful") >= all + 1.0, "{}", told.outcome);
    // Others were at work for a grain while a thread had none.
    let idle = told.core_seconds("tail") + told.core_seconds("waiting");
    assert!(idle >= (all - 1.0) * 0.8, "{}", told.outcome);
    assert!(told.number("/efficiency/load_balance") < 0.99);
    told.blames("tail");
    for word in ["parallel efficiency", "rank host", "coordinator busy"] {
        assert!(told.stats.contains(word), "{}", told.outcome);
    }
    // Warnings, which a busy machine may give, are as long as they are.
    let lines = told.stats.lines().filter(|line| line.starts_with("  "));
    let long = lines.filter(|line| line.chars().count() > 80);
    assert_eq!(long.count(), 0, "{}", told.outcome);
}

/// What main does by itself is nobody's work.
fn serial(n: u32) {
    let told = told(scenario(n, "times_serial").arg(500).threads(2));
    told.blames("serial");
    let threads = told.number("/threads");
    assert!(
        told.core_seconds("serial") >= 1.0 * threads,
        "{}",
        told.outcome
    );
    let what = |call: &Value| call["what"].as_str().unwrap_or("").to_owned();
    let calls: Vec<String> = told.rows("/calls").iter().map(what).collect();
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(calls[1].starts_with("root at "), "{calls:?}");
}

/// A slow rank does fewer grains, and each takes longer.
fn slow() {
    let run = scenario(2, "times_slow").arg(600).arg(5).arg(4);
    let told = told(run);
    told.blames("slow ranks");
    let each = |rank: usize| {
        let of = |name: &str| told.number(&format!("/per_rank/{rank}/{name}"));
        of("useful_seconds") / of("grains")
    };
    assert!(each(0) >= 0.005 && each(1) >= 0.02, "{}", told.outcome);
    let of = |rank: usize| told.number(&format!("/per_rank/{rank}/items"));
    assert!(of(0) > of(1), "{}", told.outcome);
    // As much work as there was, however it was divided.
    assert!(of(0) + of(1) >= 600.0);
}

/// Nobody waits for leases where rank 0 takes its time with results.
fn consumed(n: u32) {
    let told = told(scenario(n, "times_consumed").arg(300).arg(5));
    let said = "idle while rank 0's function was busy with the results";
    // A busy machine may make something larger of its own.
    let named = told.report["largest_loss"]["part"].as_str();
    let waits = named.is_some_and(|part| ["waiting", "tail", "gather"].contains(&part));
    assert!(!waits || told.says(said), "{}", told.outcome);
}

/// Three threads a core are no slow ranks: they have no core for most of the time.
fn crowded() {
    let counts = fs::read_to_string("/proc/self/schedstat").is_ok();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let run = scenario(0, "times_crowded").arg(100 * cores).arg(10);
    let told = told(run.threads(3 * cores));
    if counts {
        told.blames("crowded cores");
        assert!(told.says("threads of grange share"), "{}", told.outcome);
        let delayed = told.number("/per_rank/0/delayed_seconds");
        assert!(
            delayed >= 0.4 * told.core_seconds("useful"),
            "{}",
            told.outcome
        );
    }
}

/// A rank with half of the threads does about half as much, and no time of it is missing.
fn half() {
    let run = scenario(2, "times_slow")
        .arg(600)
        .arg(5)
        .arg(1)
        .env("HALF", "1");
    let told = told(run);
    let of = |rank: usize, name: &str| told.number(&format!("/per_rank/{rank}/{name}"));
    assert_eq!((of(0, "threads"), of(1, "threads")), (2.0, 1.0));
    // Its thread is as fast as the others.
    assert_ne!(told.report["largest_loss"]["part"], "slow ranks");
    assert!(of(0, "grains") > of(1, "grains"), "{}", told.outcome);
}

/// Jobs are grains of one item; more workers than threads share these.
fn jobs(n: u32) {
    for workers in [n.max(1), 3 * n.max(1)] {
        let run = scenario(n, "times_jobs").arg(20).arg(10).arg(workers);
        let told = told(run);
        assert_eq!(told.outcome.stdout, "20\n", "{}", told.outcome);
        assert_eq!(
            told.number("/grain_seconds/count"),
            20.0,
            "{}",
            told.outcome
        );
        assert!(
            told.core_seconds("useful") >= 20.0 * 0.01 / 3.0 * 0.9,
            "{}",
            told.outcome
        );
    }
}

/// What a rank that died had done nobody knows, and the pieces add up all the same.
fn lost() {
    if !launcher().is_some_and(|l| l.library == Library::OpenMpi) {
        // Its launcher ends the others.
        return;
    }
    let place = Place::new();
    let run = scenario(3, "logged")
        .arg(place.path("log").display())
        .env("OMPI_MCA_orte_enable_recovery", "1")
        .env("OMPI_MCA_async_mpi_finalize", "1")
        .env("KEPT_LIMIT", "6")
        .env("REPORT", &place.text("r.json"))
        .start();
    place.wait_for(30);
    signal(ranks::process(&run, "scenario", 2), 9);
    let outcome = run.finish();
    let text = fs::read_to_string(place.path("r.json"));
    let text = text.unwrap_or_else(|e| panic!("{e}: {outcome}"));
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let wall = report["wall_seconds"].as_f64().expect("a time");
    let lost = report["core_seconds"]["lost"].as_f64().expect("a time");
    assert!(near(lost, wall), "{text}");
    assert_eq!(report["lost"], serde_json::json!([2]), "{text}");
    assert_eq!(report["exit_code"], serde_json::json!(5), "{text}");
}

/// Open MPI's launcher kills all ranks a second after SIGTERM, and the report is there by then.
fn stopped() {
    if !launcher().is_some_and(|l| l.library == Library::OpenMpi) {
        return;
    }
    let place = Place::new();
    let run = scenario(2, "logged")
        .arg(place.path("log").display())
        .env("REPORT", &place.text("r.json"))
        .start();
    place.wait_for(30);
    signal(run.id().cast_signed(), 15);
    let outcome = run.finish();
    let text = fs::read_to_string(place.path("r.json"));
    let text = text.unwrap_or_else(|e| panic!("{e}: {outcome}"));
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(report["exit_code"], serde_json::json!(143), "{text}");
}

/// A trace is what the trace-event format says, and no thread does two things at the same time.
fn trace() {
    let place = Place::new();
    let run = scenario(3, "times_slow").arg(200).arg(2).arg(3).threads(2);
    let outcome = run.env("TRACE", &place.text("t.json")).run();
    let text = fs::read_to_string(place.path("t.json"));
    let text = text.unwrap_or_else(|e| panic!("{e}: {outcome}"));
    let trace: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let events = trace["traceEvents"].as_array().expect("events");
    let mut names = Vec::new();
    let mut slices: Vec<(u64, u64, f64, f64)> = Vec::new();
    let mut kinds: Vec<&str> = Vec::new();
    for event in events {
        let id = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("{event}"));
        let (pid, tid) = (id("pid"), id("tid"));
        assert!(pid < 3 && event["name"].is_string(), "{event}");
        match event["ph"].as_str() {
            Some("M") => names.push(event["args"]["name"].as_str().expect("a name").to_owned()),
            Some("X") => {
                let time = |name: &str| event[name].as_f64().unwrap_or_else(|| panic!("{event}"));
                let (from, long) = (time("ts"), time("dur"));
                assert!(from >= 0.0 && long >= 0.0, "{event}");
                kinds.push(event["cat"].as_str().expect("a category"));
                if tid < 2 {
                    slices.push((pid, tid, from, from + long));
                }
            }
            _ => panic!("{event}"),
        }
    }
    assert!((0..3).all(|rank| {
        names
            .iter()
            .any(|n| n.starts_with(&format!("rank {rank} (")))
    }));
    for kind in ["grains", "call", "message"] {
        assert!(kinds.contains(&kind), "no {kind}: {kinds:?}");
    }
    slices.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    let over = slices
        .windows(2)
        .find(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1) && w[1].2 < w[0].3 - 0.01);
    assert!(over.is_none(), "{over:?}");
}

/// Where no call is under way it is said so, and since when; however often the signal comes.
fn between() {
    let place = Place::new();
    let run = scenario(2, "times_held")
        .arg(place.path("go").display())
        .start();
    let asked = |at: &str| {
        wait_until(|| {
            let found = ranks::of(&run, "scenario");
            found.iter().for_each(|(_, process)| signal(*process, USR2));
            let said = run.said();
            let tells = |rank: u32| {
                let line =
                    |l: &&str| l.starts_with(&format!("grange: rank {rank} (")) && l.contains(at);
                said.lines().find(line).is_some_and(|l| l.contains(" for "))
            };
            tells(0) && tells(1)
        });
    };
    // Before there is a run the signal ends a process.
    wait_until(|| (0..2).all(|rank| place.path(&format!("go.{rank}")).exists()));
    asked("): in main for ");
    fs::write(place.path("go.main"), "").expect("a file");
    asked("): in root at ");
    fs::write(place.path("go.root"), "").expect("a file");
    let outcome = run.finish().ok();
    assert!(!outcome.stderr.contains("grain(s) of root"), "{outcome}");
}

/// All ranks are asked what they are at, by a signal to the last of them.
fn looks(n: u32) {
    let place = Place::new();
    let run = scenario(n, "times_long")
        .arg(place.path("go").display())
        .start();
    let all = n.max(1);
    let begun = |rank: u32| place.path(&format!("go.{rank}")).exists();
    wait_until(|| (0..all).all(begun));
    signal(ranks::process(&run, "scenario", all - 1), USR2);
    let over = "grain(s) of 'waits' (for_each) over 64 item(s)";
    wait_until(|| run.said().contains(over));
    fs::write(place.path("go"), "").expect("a file");
    let outcome = run.finish().ok();
    for rank in 0..all {
        let line = format!("grange: rank {rank} (");
        let line = outcome.stderr.lines().find(|l| l.starts_with(&line));
        let line = line.unwrap_or_else(|| panic!("rank {rank}: {outcome}"));
        assert!(
            line.contains("): item ") && line.contains(" for "),
            "{outcome}"
        );
    }
    let last = outcome.stderr.lines().find(|l| l.contains(over));
    assert!(last.is_some_and(|l| l.contains(": 0 of 64 ")), "{outcome}");
}
