//! Ranks that die or stand still, and the others that go on.

use super::{Test, ranks};
use crate::expect::Expect;
use crate::launch::{self, Scenario, launcher, scenario};
use crate::place::Place;
use crate::support::launcher::{Launcher, Library};
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::ranks;
use crate::support::run::Running;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

const KILL: i32 = 9;
const CONT: i32 = 18;
const STOP: i32 = 19;
/// So many that four ranks with 5 ms for each are at work for long enough to be found and told.
const ITEMS: u64 = 1_000;

pub const ALL: &[Test] = &[
    ranks("survive_one_that_is_killed", || killed(false, &[2])),
    ranks("survive_some_that_are_killed", || killed(false, &[1, 3])),
    ranks("survive_all_others_killed", || killed(false, &[1, 2, 3])),
    ranks("survive_one_with_ulfm", || killed(true, &[2])),
    ranks("survive_some_with_ulfm", || killed(true, &[1, 3])),
    ranks("survive_alone_with_ulfm", || killed(true, &[1, 2, 3])),
    ranks("survive_held_values_are_gone", held),
    ranks("survive_nobody_without_rank_0", rank_0),
    ranks("stopped_for_ever", stopped_for_ever),
    ranks("stopped_with_values", stopped_with_values),
    ranks("stopped_at_the_end", stopped_at_the_end),
    ranks("stopped_for_some_time", stopped_for_some_time),
    ranks("stopped_and_back_too_late", back_too_late),
];

/// A scenario with a log, under a launcher that lets the others live where it can.
impl Place {
    fn scenario(&self, n: u32, name: &str) -> Scenario {
        self.logging(scenario(n, name))
    }

    fn logging(&self, scenario: Scenario) -> Scenario {
        scenario
            .arg(self.path("log").display())
            .env("GRANGE_CODE_FILE", &self.path("code").to_string_lossy())
    }

    /// The code that rank 0 left with, if it came to that.
    fn code(&self) -> Option<i32> {
        std::fs::read_to_string(self.path("code"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }
}

/// What lets the others live when a rank dies.
fn surviving(scenario: Scenario) -> Scenario {
    scenario
        .env("OMPI_MCA_orte_enable_recovery", "1")
        .env("OMPI_MCA_async_mpi_finalize", "1")
}

/// An Open MPI 5, which runs this program if it is built with Open MPI 4: scripts/test says where.
fn with_ulfm(name: &str) -> Option<Scenario> {
    let Some(place) = std::env::var_os("OPENMPI_5").filter(|_| can_survive()) else {
        eprintln!("no Open MPI 5 in $OPENMPI_5, or not built with Open MPI: skipped");
        return None;
    };
    let place = PathBuf::from(place);
    let launcher = Launcher::at(
        Library::OpenMpi,
        place.join("bin/mpirun"),
        &["--with-ft", "ulfm"],
    );
    let scenario = launch::by(Some(&launcher), 4, name);
    Some(
        scenario
            .env("LD_LIBRARY_PATH", &place.join("lib").to_string_lossy())
            .env("OMPI_MCA_async_mpi_finalize", "1")
            .env("OMPI_MCA_btl", "self,sm,tcp"),
    )
}

fn send(run: &Running, rank: u32, number: i32) {
    signal(ranks::process(run, "scenario", rank), number);
}

/// Whether the launcher can be told to let the others live.
fn can_survive() -> bool {
    launcher().is_some_and(|l| l.library == Library::OpenMpi)
}

fn alone() -> String {
    let place = Place::new();
    place.scenario(0, "survive").arg(ITEMS).arg(0).run().line()
}

fn killed(by_ulfm: bool, which: &[u32]) {
    let place = Place::new();
    let scenario = match by_ulfm {
        true => with_ulfm("survive").map(|s| place.logging(s)),
        false => Some(surviving(place.scenario(4, "survive"))),
    };
    let Some(scenario) = scenario else { return };
    let run = scenario.arg(ITEMS).arg(5).start();
    place.wait_for(40);
    // Looked up before any dies, since a launcher may then end the others at once.
    let processes: Vec<_> = which
        .iter()
        .map(|&rank| ranks::process(&run, "scenario", rank))
        .collect();
    processes.into_iter().for_each(|id| signal(id, KILL));
    let outcome = run.finish();
    if !can_survive() {
        return assert_ne!(outcome.code(), Some(0), "{outcome}");
    }
    let told = |rank: &u32| {
        let hints = outcome.hints();
        let said = hints.iter().filter(|h| {
            h.contains(&format!("rank {rank} (")) && h.contains(") has died; the others go on")
        });
        said.count()
    };
    for rank in 0..4 {
        let dead = usize::from(which.contains(&rank));
        assert_eq!(told(&rank), dead, "rank {rank}: {outcome}");
    }
    let lost = format!("lost: {which:?}\n");
    assert!(outcome.stderr.contains(&lost), "{outcome}");
    assert_eq!(place.code(), Some(0), "{outcome}");
    assert_eq!(outcome.within(20.0).line(), alone());
}

fn names_it(outcome: &Outcome, what: &str) {
    let errors = outcome.errors();
    assert_eq!(errors.len(), 1, "{outcome}");
    for text in ["rank 1 (", what, "values of", "are gone with it"] {
        assert!(errors[0].contains(text), "no '{text}': {outcome}");
    }
}

fn held() {
    if !can_survive() {
        return;
    }
    let place = Place::new();
    let run = surviving(place.scenario(3, "survive_held").arg(10)).start();
    place.wait_for(60);
    send(&run, 1, KILL);
    let outcome = run.finish().within(25.0);
    names_it(&outcome, "has died");
    // Such a launcher ends with 0 whatever ranks leave with.
    assert_eq!(place.code(), Some(3), "{outcome}");
}

fn rank_0() {
    if !can_survive() {
        return;
    }
    let place = Place::new();
    let run = surviving(place.scenario(3, "survive").arg(3000).arg(5)).start();
    place.wait_for(40);
    send(&run, 0, KILL);
    let outcome = run.finish().within(30.0);
    assert_eq!(place.code(), None, "{outcome}");
}

fn stopped_for_ever() {
    let place = Place::new();
    let run = place.scenario(3, "survive").arg(ITEMS).arg(5).start();
    place.wait_for(40);
    send(&run, 1, STOP);
    let outcome = run.finish().within(30.0).warns("has not answered for 1");
    let outcome = outcome.warns("rank 1 (");
    assert_eq!(outcome.line(), alone());
}

fn stopped_with_values() {
    let place = Place::new();
    let run = place.scenario(3, "survive_held").arg(10).start();
    place.wait_for(60);
    send(&run, 1, STOP);
    let outcome = run.finish().within(30.0);
    names_it(&outcome, "has not answered for 1");
    assert_eq!(outcome.code(), Some(3), "{outcome}");
}

fn stopped_at_the_end() {
    let place = Place::new();
    let run = place.scenario(3, "survive_leaving").start();
    place.wait_for(1);
    send(&run, 1, STOP);
    let outcome = run.finish().within(25.0);
    assert!(!outcome.stderr.contains("grange: warning:"), "{outcome}");
    assert_eq!(outcome.line(), "4950");
}

fn stopped_for_some_time() {
    let place = Place::new();
    let run = place.scenario(3, "survive").arg(ITEMS).arg(5).start();
    place.wait_for(40);
    send(&run, 1, STOP);
    sleep(Duration::from_secs(4));
    send(&run, 1, CONT);
    let outcome = run.finish().within(20.0);
    assert!(!outcome.stderr.contains("go on without"), "{outcome}");
    assert_eq!(outcome.line(), alone());
}

fn back_too_late() {
    let place = Place::new();
    let run = place.scenario(3, "survive_waiting").arg(16).start();
    place.wait_for(1);
    // All of them are in the second call by then.
    sleep(Duration::from_millis(500));
    let busy = std::fs::read_to_string(place.path("log")).unwrap_or_default();
    let idle = if busy.trim() == "1" { 2 } else { 1 };
    send(&run, idle, STOP);
    sleep(Duration::from_secs(13));
    send(&run, idle, CONT);
    let outcome = run.finish().within(25.0).warns("has not answered for 1");
    assert_eq!(outcome.line(), "780 16");
}
