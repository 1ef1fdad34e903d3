//! A node that the network loses: its run lives on, while Slurm starts the job elsewhere. Two runs want one
//! checkpoint, and only one may have it.

use super::{ROWS, SUM, assert_rows, assert_sum, folder};
use crate::job::submit;

/// The disk is reached by another network, which holds: the run that was lost goes on, and the other waits.
pub fn with_the_disk() {
    let here = folder("cut");
    let job = submit(&here, &["--nodes=1"], "requeue", &ROWS);
    job.until_progress();
    let node = job.node();
    node.cable(false);
    job.until("elsewhere", |job| {
        job.runs_on().is_some_and(|now| now != node)
    });
    // The first run has yet to come to its end, or to be ended.
    job.until_said("which Slurm lost; waiting", 1);
    node.cable(true);
    let output = job.finish();
    assert_rows(&here, &output);
    job.again(&ROWS);
    assert_rows(&here, &output);
}

/// The disk goes with the network: whoever wants to write stands still until it is back, as on NFS. The lock
/// falls silent, the other run takes it, and the one that wakes up has lost it.
pub fn without_the_disk() {
    let job = submit(&folder("cut"), &["--nodes=1"], "requeue", &SUM);
    job.until_progress();
    let node = job.node();
    node.signal("STOP", "sum_primes");
    node.cable(false);
    job.until_said("resumes from", 1);
    assert_ne!(job.node(), node);
    job.until_progress();
    node.signal("CONT", "sum_primes");
    job.until_said("was taken over by", 1);
    node.cable(true);
    let output = job.finish();
    assert_sum(&output);
    assert_sum(&job.again(&SUM));
}
