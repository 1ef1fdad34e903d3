//! Hosts that are lost, for ever or for some seconds, while a run with a checkpoint is under way.

use crate::hosts::{Fate, is_said, mpirun, mpirun_on, wait_for_line, wait_until, watchful};
use crate::support::left::signal;
use crate::support::run::{Run, Running};
use crate::support::temp::Temp;
use crate::{Test, work};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

const KILL: i32 = 9;
/// Who is lost is told by then.
const TOLD: u64 = 15;
/// Milliseconds an item: four hosts take 20 s.
const PACE: u32 = 40;

pub const ALL: &[Test] = &[
    Test {
        name: "a_cable_is_cut",
        run: || lost(Fate::Cut, 3),
    },
    Test {
        name: "a_host_loses_power",
        run: || lost(Fate::Killed, 3),
    },
    Test {
        name: "the_host_of_rank_0_loses_power",
        run: || lost(Fate::Killed, 1),
    },
    Test {
        name: "the_cable_of_rank_0_is_cut",
        run: || lost(Fate::Cut, 1),
    },
    Test {
        name: "a_cable_is_cut_and_the_others_go_on",
        run: go_on,
    },
    Test {
        name: "a_cable_is_cut_for_four_seconds",
        run: cut_for_some_time,
    },
    Test {
        name: "a_cable_is_cut_until_it_is_told",
        run: cut_until_told,
    },
];

/// Work that is under way and has a checkpoint.
struct Work {
    folder: Temp,
    run: Running,
}

impl Work {
    fn new(run: Run, pace: u32) -> Self {
        let folder = Temp::new();
        let file = file_in(&folder);
        let run = work::by(run, &file, pace);
        let code = folder.path().join("code");
        let run = run.env("GRANGE_CODE_FILE", code).start();
        // The first may have nothing in it.
        wait_until(&run, 30, || generation(&file) >= Some(3));
        Work { folder, run }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// How many times the checkpoint has been written.
fn generation(file: &Path) -> Option<u64> {
    let bytes = std::fs::read(file).ok()?;
    let header = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).into_owned();
    let mut lines = header.lines();
    lines.find_map(|line| line.strip_prefix("generation ")?.trim().parse().ok())
}

fn file_in(folder: &Temp) -> PathBuf {
    folder.path().join("run.h5")
}

/// A host is lost for ever, and `mpirun` ends the run.
fn lost(fate: Fate, host: u32) {
    let Work { folder, run } = Work::new(watchful(mpirun()), PACE);
    fate.befalls(host);
    let since = Instant::now();
    let name = format!("(h{host}) has not answered for");
    wait_for_line(&run, TOLD, &[&name]);
    let told = since.elapsed();
    // All processes end by themselves, those on the lost host too.
    let outcome = run.finish();
    let over = since.elapsed();
    assert_ne!(outcome.code(), Some(0), "{outcome}");
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(over < Duration::from_secs(30), "{over:?}: {outcome}");
    let others = if host == 1 { "h2,h4" } else { "h1,h4" };
    resumes(&folder, others);
    eprintln!("told after {told:.1?}, over after {over:.1?}");
}

/// What is kept resumes on these hosts, to the right bits.
#[track_caller]
fn resumes(folder: &Temp, hosts: &str) {
    let outcome = work::by(mpirun_on(hosts), &file_in(folder), 0);
    let outcome = outcome.finish().ok();
    assert!(outcome.stderr.contains("resumes from"), "{outcome}");
    assert_eq!(outcome.stdout, work::expected(folder.path()), "{outcome}");
}

/// Where ranks may die, the run ends right without the lost host.
fn go_on() {
    let mpirun = mpirun()
        .env("OMPI_MCA_orte_enable_recovery", "1")
        .env("OMPI_MCA_async_mpi_finalize", "1");
    let work = Work::new(watchful(mpirun), PACE / 2);
    Fate::Cut.befalls(3);
    wait_for_line(&work.run, TOLD, &["rank 2 (h3) has not answered for"]);
    let code = || std::fs::read_to_string(work.path().join("code")).unwrap_or_default();
    wait_until(&work.run, 60, || code().trim() == "0");
    // Open MPI's mpirun does not know that the lost host has ended, and waits for it.
    signal(work.run.id() as i32, KILL);
    let expected = work::expected(work.path());
    let outcome = work.run.finish();
    assert_eq!(outcome.stdout, expected, "{outcome}");
}

/// Nobody is given up: it is as if nothing had happened.
fn cut_for_some_time() {
    let work = Work::new(watchful(mpirun()), PACE / 2);
    Fate::Cut.befalls(3);
    sleep(Duration::from_secs(4));
    Fate::Plugged.befalls(3);
    let expected = work::expected(work.path());
    let outcome = work.run.finish().ok();
    assert_eq!(outcome.stdout, expected, "{outcome}");
    assert!(!is_said(&outcome.stderr, &["(h3)"]), "{outcome}");
}

/// While there is work for all nobody waits for the host, and it is as welcome when it is back; unless TCP, which
/// tries ever more seldom, takes so long to try again that the ranks there have given rank 0 up.
fn cut_until_told() {
    let work = Work::new(mpirun(), PACE * 3 / 2);
    Fate::Cut.befalls(3);
    let silent = "rank 2 (h3) has not answered for 1";
    wait_for_line(&work.run, TOLD, &[silent, "the others go on meanwhile"]);
    Fate::Plugged.befalls(3);
    let Work { folder, run } = work;
    let outcome = run.finish();
    if outcome.code() == Some(0) {
        let expected = work::expected(folder.path());
        return assert_eq!(outcome.stdout, expected, "{outcome}");
    }
    assert!(outcome.stdout.is_empty(), "{outcome}");
    let gone = ["rank 2 (h3)", "rank 0 (h1) has been silent for"];
    assert!(is_said(&outcome.stderr, &gone), "{outcome}");
    resumes(&folder, "h1,h4");
}
