//! Jobs of several ranks that join a run, each as one.

use crate::scenes::{KILL, Scene, TERM, said, times, until};
use crate::support::launcher::skip;
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::ranks;
use crate::support::run::{Run, Running};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// For a job to start and to join on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A job of so many ranks; without a launcher there is none.
fn job(scene: &Scene, ranks: u32) -> Option<Run> {
    let job = scene.job(ranks);
    if job.is_none() && cfg!(feature = "mpi") {
        skip("jobs that join", "no launcher on PATH");
    }
    job
}

/// A job of so many ranks that has joined `run`.
fn joined(run: &Running, scene: &Scene, ranks: u32) -> Option<Running> {
    Some(join(run, job(scene, ranks)?, ranks))
}

fn join(run: &Running, job: Run, ranks: u32) -> Running {
    let before = run.said().matches(": joined: ").count();
    let job = job.start();
    let since = Instant::now();
    while run.said().matches(": joined: ").count() == before {
        let (run, job) = (run.said(), job.said());
        assert!(since.elapsed() < PATIENCE, "{run}\n{job}");
        thread::sleep(Duration::from_millis(10));
    }
    said(run, &format!(", {ranks} threads of {ranks} ranks"));
    // Sooner a signal just ends it.
    said(&job, "has joined the run");
    job
}

/// Sends a signal to one of its ranks.
fn hit(job: &Running, rank: u32, number: i32) {
    let id = ranks::process(job, "work", rank);
    let since = Instant::now();
    while number == TERM && !catches(id, number) {
        assert!(since.elapsed() < PATIENCE, "rank {rank}: {}", job.said());
        thread::sleep(Duration::from_millis(5));
    }
    signal(id, number);
}

/// Whether a process deals with a signal itself: it does as soon as its main is about to begin.
fn catches(id: i32, number: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let mut caught = status.lines().filter_map(|l| l.strip_prefix("SigCgt:"));
    let bits = caught
        .next()
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits >> (number - 1) & 1 == 1)
}

/// A job that joined and stayed says nothing on standard output.
fn quiet(job: Running) {
    let job = job.finish().ok();
    assert_eq!(job.stdout, "", "{job}");
}

fn came_and_went(run: &Outcome, joined: usize, left: usize, lost: usize) {
    assert_eq!(times(run, "grange: joined: "), joined, "{run}");
    assert_eq!(times(run, "grange: left: "), left, "{run}");
    assert_eq!(times(run, "grange: lost: "), lost, "{run}");
}

pub fn ranks_join_as_one() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let Some(three) = joined(&run, &scene, 3) else {
        return;
    };
    let one = scene.joined();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    came_and_went(&outcome, 2, 0, 0);
    quiet(three);
    quiet(one);
}

pub fn ranks_join_ranks() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    if job(&scene, 2).is_none() {
        return;
    }
    let Some(run) = scene.run_ranks(2) else {
        return;
    };
    let jobs: Vec<_> = (0..2).filter_map(|_| joined(&run, &scene, 2)).collect();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    came_and_went(&outcome, 2, 0, 0);
    jobs.into_iter().for_each(quiet);
}

/// A signal to any of its ranks is one to the job.
pub fn ranks_that_joined_leave() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    for rank in 0..2 {
        let Some(job) = joined(&run, &scene, 2) else {
            return;
        };
        hit(&job, rank, TERM);
        let job = job.finish().ok();
        let leaves = "this job leaves the run, which goes on";
        assert_eq!(times(&job, leaves), 1, "{job}");
    }
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    came_and_went(&outcome, 2, 2, 0);
}

/// One of its ranks, its rank 0 or all at once, with the launcher.
pub fn ranks_that_joined_are_killed() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    for which in [Some(1), Some(0), None] {
        let Some(job) = joined(&run, &scene, 2) else {
            return;
        };
        match which {
            Some(rank) => hit(&job, rank, KILL),
            None => {
                let all = job.processes().into_iter();
                all.for_each(|(id, _)| signal(id, KILL));
            }
        }
        assert_ne!(job.finish().code(), Some(0));
    }
    let gone = |said: &str| said.matches(": left: ").count() + said.matches(": lost: ").count();
    until(&run, "that three are gone", |said| gone(said) >= 3);
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    // Of a job of which only one rank is dead the launcher may ask the other to end, which leaves in order then.
    let left = times(&outcome, "grange: left: ");
    assert!(left < 3, "{outcome}");
    came_and_went(&outcome, 3, left, 3 - left);
}

/// Where the launcher lets ranks die, the others of the job stay.
pub fn a_job_goes_on_without_a_rank() {
    let scene = Scene::new("all", 4_000);
    if !scene.can_survive() {
        return;
    }
    let right = scene.alone();
    let run = scene.run();
    let Some(job) = job(&scene, 3) else { return };
    let survives = job.env("OMPI_MCA_orte_enable_recovery", "1");
    let job = join(&run, survives.env("OMPI_MCA_async_mpi_finalize", "1"), 3);
    hit(&job, 1, KILL);
    said(&job, "has died; the others go on without it");
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    came_and_went(&outcome, 1, 0, 0);
    // What the launcher leaves with is its own matter: it has lost a rank.
    let job = job.finish();
    assert_eq!(times(&job, "is no part of the run"), 0, "{job}");
}

pub fn a_rank_that_joined_fails() {
    let scene = Scene::new("fails", 2_000);
    let right = scene.alone();
    let run = scene.run();
    let Some(job) = job(&scene, 2) else { return };
    let job = job.finish();
    assert_ne!(job.code(), Some(0), "{job}");
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "not on this host"), 1, "{outcome}");
    came_and_went(&outcome, 1, 0, 1);
}

pub fn all_sorts_of_jobs_on_ranks_that_joined() {
    let scene = Scene::new("mixed", 2_000);
    let right = scene.alone();
    let run = scene.run();
    let Some(stays) = joined(&run, &scene, 3) else {
        return;
    };
    let Some(goes) = joined(&run, &scene, 2) else {
        return;
    };
    hit(&goes, 0, TERM);
    goes.finish().ok();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    came_and_went(&outcome, 2, 1, 0);
    quiet(stays);
}

/// Every grain is computed again, on a rank of the run or of the job.
pub fn ranks_that_joined_audit() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run_with(|run| run.env("AUDIT", "1"));
    let Some(job) = joined(&run, &scene, 2) else {
        return;
    };
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "audit"), 1, "{outcome}");
    came_and_went(&outcome, 1, 0, 0);
    quiet(job);
}

/// One line says why, and all its ranks are over.
pub fn ranks_that_are_refused() {
    let scene = Scene::new("all", 4_000);
    let run = scene.run();
    let Some(job) = job(&scene, 3) else { return };
    let job = job.env("ITEMS", "7").finish().with_code(2);
    assert_eq!(job.errors().len(), 1, "{job}");
    assert_eq!(times(&job, "it was started as"), 1, "{job}");
    let outcome = scene.end(run).ok();
    came_and_went(&outcome, 0, 0, 0);
}
