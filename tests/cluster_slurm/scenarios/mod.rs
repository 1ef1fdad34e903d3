//! What happens in a cluster.

mod cable;
mod endings;
mod joined;
mod nodes;
mod requeue;
mod scripts;
mod written;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// One of them.
pub struct Scenario {
    pub name: &'static str,
    /// How many it takes.
    pub nodes: u32,
    run: fn(),
}

const fn on(nodes: u32, name: &'static str, run: fn()) -> Scenario {
    Scenario { name, nodes, run }
}

/// All, the longest first.
pub const ALL: [Scenario; 11] = [
    on(2, "cut_off_with_the_disk", cable::with_the_disk),
    on(2, "cut_off_without_the_disk", cable::without_the_disk),
    on(3, "a_node_breaks", nodes::breaks),
    on(3, "joined_by_other_jobs", joined::by_other_jobs),
    on(2, "warned_of_the_time_limit", requeue::at_the_time_limit),
    on(2, "told_to_stop_again_and_again", requeue::told_to_stop),
    on(2, "preempted", requeue::preempted),
    on(2, "a_node_is_taken_away", nodes::taken_away),
    on(1, "not_started_for_ever", endings::all),
    on(2, "scripts_as_they_stand", scripts::all),
    on(2, "scripts_that_are_written", written::all),
];

/// Runs the one of that name; panics where something is not as it should be.
pub fn run(name: &str) {
    let found = ALL.iter().find(|scenario| scenario.name == name);
    (found.unwrap_or_else(|| panic!("no scenario {name}")).run)();
}

/// A new folder that all nodes share; it goes with the cluster.
fn folder(name: &str) -> PathBuf {
    let folder = env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    folder
}

/// A sum that takes some seconds on one thread of each of two nodes. With that of what is from there to 1e11 it
/// is what OEIS A046731 says.
const SUM: [&str; 6] = [
    "sum_primes",
    "--threads",
    "1",
    "--checkpoint-every",
    "0.2",
    "3e10",
];
const SUM_IS: &str = "Sum of primes below 30000000000 is 19056845247363114989";

/// That a job's words have the right sum, and no other.
#[track_caller]
fn assert_sum(output: &str) {
    let sums: Vec<&str> = output.lines().filter(|l| l.starts_with("Sum of")).collect();
    assert!(
        !sums.is_empty() && sums.iter().all(|sum| *sum == SUM_IS),
        "{output}"
    );
}

/// Rows that only sleep: some 40 s on the four threads of a node, which cost next to nothing.
const ROWS: [&str; 8] = [
    "sweep",
    "--checkpoint-every=0.2",
    "--grain=1",
    "--threads=4",
    "--output=rows.csv",
    "--force",
    "i=1:320:1",
    // One process: Slurm sends the signal that is to stop the run to all of them, and it ends the command.
    "--command=sh -c 'printf {i}; exec sleep 0.5'",
];

/// That a job has written each row, once and in order.
#[track_caller]
fn assert_rows(folder: &Path, output: &str) {
    let text = fs::read_to_string(folder.join("rows.csv")).unwrap_or_default();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        // i, exit, seconds, stdout, stderr.
        matches!(fields[..], [i, "0", _, same, ""] if i == same).then(|| fields[0].parse().ok())?
    };
    let rows: Option<Vec<u32>> = text.lines().skip(1).map(row).collect();
    assert_eq!(rows, Some((1..=320).collect()), "{text}\n{output}");
}
