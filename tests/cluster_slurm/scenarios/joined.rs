//! A run in one job that other jobs join.

use super::folder;
use crate::job::{Job, submit};
use crate::node::ask;
use std::path::Path;

/// Long enough for jobs to come and go; OEIS A046731.
const SUM: [&str; 4] = ["sum_primes", "--threads", "1", "1e11"];
const SUM_IS: &str = "Sum of primes below 100000000000 is 201467077743744681014";

/// A job on so many nodes that has joined the run of `run`, as one whatever its nodes.
#[track_caller]
fn joined(run: &Job, here: &Path, nodes: &str, times: usize) -> Job {
    let args = [&["here"][..], &SUM].concat();
    let job = submit(here, &[nodes], "join", &args);
    run.until_said("grange: joined: ", times);
    job
}

pub fn by_other_jobs() {
    let here = folder("joined");
    let open = [&SUM[..], &["--elastic", "here", "--listen", "0.0.0.0"]].concat();
    let run = submit(&here, &["--nodes=1"], "one-node", &open);
    run.until_said("grange: others may join", 1);

    let two = joined(&run, &here, "--nodes=2", 1);
    run.until_said(", 2 threads of 2 ranks", 1);
    ask("scancel", ["--signal=TERM", two.number()]);
    let output = two.finish();
    let leaves = "this job leaves the run, which goes on";
    assert_eq!(output.matches(leaves).count(), 1, "{output}");

    let killed = joined(&run, &here, "--nodes=1", 2);
    ask("scancel", ["--signal=KILL", killed.number()]);
    run.until_said("grange: lost: ", 1);

    let stays = joined(&run, &here, "--nodes=2", 3);
    let output = run.finish();
    assert!(output.lines().any(|line| line == SUM_IS), "{output}");
    let times = |text: &str| output.matches(text).count();
    let went = (times("grange: left: "), times("grange: lost: "));
    assert_eq!(went, (1, 1), "{output}");
    let output = stays.finish();
    assert!(!output.contains("Sum of"), "{output}");
}
