//! Runs that Slurm asks to go, and lets come back.

use super::{ROWS, SUM, assert_rows, assert_sum, folder};
use crate::job::submit;
use crate::node::ask;

const RESUMES: &str = "resumes from";

/// Long enough to be stopped some times; OEIS A046731.
const LONG: [&str; 6] = [
    "sum_primes",
    "--threads",
    "1",
    "--checkpoint-every",
    "0.1",
    "1e11",
];
const LONG_IS: &str = "Sum of primes below 100000000000 is 201467077743744681014";

/// As before the time limit, but at once.
pub fn told_to_stop() {
    const TIMES: usize = 3;
    let job = submit(&folder("stop"), &[], "requeue", &LONG);
    for time in 0..TIMES {
        job.until_said(RESUMES, time);
        job.until_progress();
        ask("scancel", ["--batch", "--signal=USR1", job.number()]);
        job.until_said("back to the queue", time + 1);
    }
    let output = job.finish();
    assert!(output.lines().any(|line| line == LONG_IS), "{output}");
    let stops = output.matches("grange: stopped by SIGUSR1").count();
    assert_eq!(
        (stops, output.matches(RESUMES).count()),
        (TIMES, TIMES),
        "{output}"
    );
    let [restarts] = job.fields(["Restarts"]);
    assert_eq!(restarts, TIMES.to_string());
}

/// Slurm looks at the time every 30 s, so the rows only sleep.
pub fn at_the_time_limit() {
    let options = ["--nodes=1", "--time=2", "--signal=B:USR1@90"];
    let here = folder("limit");
    let output = submit(&here, &options, "requeue", &ROWS).finish();
    let stopped = output.contains("grange: stopped by SIGUSR1");
    assert!(stopped && output.contains(RESUMES), "{output}");
    assert_rows(&here, &output);
}

/// By a job of a partition that is served first.
pub fn preempted() {
    let here = folder("preempted");
    let low = submit(&here, &[], "requeue", &SUM);
    low.until_progress();
    let high = submit(
        &here,
        &["--partition=high"],
        "many-nodes",
        &["sum_primes", "1e8"],
    );
    let output = high.finish();
    assert!(output.contains("is 279209790387276\n"), "{output}");
    let output = low.finish();
    assert_sum(&output);
    let stopped = output.contains("grange: stopped by SIG");
    assert!(stopped && output.contains(RESUMES), "{output}");
}
