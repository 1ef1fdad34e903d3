//! A cluster for a while.

use crate::support::run::Run;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Far more than any scenario takes, since machines that test are busy.
const DEADLINE: Duration = Duration::from_secs(300);

/// The script that makes it.
pub fn script() -> PathBuf {
    root().join("tests/clusters/slurm.sh")
}

/// Where the sources are.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the programs at hand.
pub fn programs() -> &'static Path {
    let program = Path::new(env!("CARGO_BIN_EXE_sum_primes"));
    program.parent().expect("a file is in a folder")
}

/// This program, with arguments to come, in a cluster of so many nodes.
pub fn of(nodes: u32) -> Run {
    running(
        nodes,
        &std::env::current_exe().expect("this program has a path"),
    )
}

/// A program in a cluster of so many nodes.
pub fn running(nodes: u32, program: &Path) -> Run {
    Run::new(script())
        .arg("run")
        .arg(nodes.to_string())
        .arg("--")
        .arg(program)
        .deadline(DEADLINE)
}
