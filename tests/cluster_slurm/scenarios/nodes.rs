//! Nodes that go while a run is on them.

use super::{SUM, assert_sum, folder};
use crate::job::submit;
use crate::node::ask;

/// The power of one is cut: that of rank 0 and of the script. Slurm notices, and starts the job elsewhere.
pub fn breaks() {
    let job = submit(&folder("breaks"), &[], "requeue", &SUM);
    job.until_progress();
    let node = job.node();
    node.crash();
    job.until_said("run 2 of job", 1);
    assert_ne!(job.node(), node);
    let output = job.finish();
    assert_sum(&output);
    assert_sum(&job.again(&SUM));
    assert!(output.contains("resumes from"), "{output}");
}

/// The administrator takes it out, at once.
pub fn taken_away() {
    let job = submit(&folder("taken"), &["--nodes=1"], "requeue", &SUM);
    job.until_progress();
    let node = job.node();
    let name = format!("nodename={}", node.name());
    ask("scontrol", ["update", &name, "state=down", "reason=test"]);
    job.until_said("run 2 of job", 1);
    assert_ne!(job.node(), node);
    let output = job.finish();
    assert_sum(&output);
    assert_sum(&job.again(&SUM));
    assert!(output.contains("resumes from"), "{output}");
}
