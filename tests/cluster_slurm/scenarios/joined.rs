//! A run in one job that other jobs join.

use super::{ROWS, assert_rows, folder};
use crate::job::{Job, submit};
use crate::node::ask;
use std::path::Path;

/// What is to be said when a job of one node joins.
const ONE: &str = ", 2 threads\n";
/// And of two, which join as one.
const TWO: &str = ", 4 threads of 2 ranks\n";

/// Half as fast as elsewhere: jobs come and go meanwhile.
fn rows() -> Vec<&'static str> {
    let slow = |arg| match arg {
        "--threads=4" => "--threads=2",
        arg => arg,
    };
    ROWS.map(slow).to_vec()
}

/// A job on so many nodes that has joined the run of `run`.
#[track_caller]
fn joined(run: &Job, here: &Path, nodes: &str, says: &str, times: usize) -> Job {
    let args = [vec!["here"], rows()].concat();
    let job = submit(here, &[nodes], "join", &args);
    run.until_said(says, times);
    job
}

pub fn by_other_jobs() {
    let here = folder("joined");
    let open = [rows(), vec!["--elastic=here", "--listen=0.0.0.0"]].concat();
    let run = submit(&here, &["--nodes=1"], "one-node", &open);
    run.until_said("grange: others may join", 1);

    let two = joined(&run, &here, "--nodes=2", TWO, 1);
    ask("scancel", ["--signal=TERM", two.number()]);
    let output = two.finish();
    let leaves = "this job leaves the run, which goes on";
    assert_eq!(output.matches(leaves).count(), 1, "{output}");

    // Slurm tells before it kills.
    let ended = joined(&run, &here, "--nodes=1", ONE, 1);
    ask("scancel", [ended.number()]);
    run.until_said("grange: left: ", 2);

    let broken = joined(&run, &here, "--nodes=1", ONE, 2);
    broken.node().crash();
    run.until_said("grange: lost: ", 1);
    // Slurm puts it back, and it joins anew.
    run.until_said(ONE, 3);

    let output = run.finish();
    assert_rows(&here, &output);
    let times = |text: &str| output.matches(text).count();
    let went = (times("grange: left: "), times("grange: lost: "));
    assert_eq!(went, (2, 1), "{output}");
    broken.finish();
}
