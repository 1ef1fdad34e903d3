//! What of a Slurm cluster this machine lacks.

use crate::cluster;
use crate::support::launcher::Library;
use std::path::Path;

/// What `tests/clusters/slurm.sh` and the scripts call.
const COMMANDS: [&str; 12] = [
    "slurmctld",
    "slurmd",
    "sbatch",
    "srun",
    "squeue",
    "scancel",
    "scontrol",
    "sinfo",
    "munged",
    "ip",
    "unshare",
    "nsenter",
];

/// Why the tests cannot be, in words; `None` where they can.
pub fn look() -> Option<String> {
    let program = env!("CARGO_BIN_EXE_sum_primes");
    let lacks = COMMANDS.into_iter().filter(|command| !is_there(command));
    let lacks: Vec<&str> = lacks.collect();
    if !lacks.is_empty() {
        return Some(format!("no {} here", lacks.join(", ")));
    }
    if Library::of(program) != Some(Library::OpenMpi) {
        return Some("tried with programs that are built with Open MPI".to_owned());
    }
    let probe = cluster::running(1, Path::new("srun"))
        .args(["--mpi=pmix", "-n", "1", program, "100"])
        .finish();
    let fine = probe.code() == Some(0) && probe.stdout.contains("1060");
    let why = || {
        let said = probe.stderr.lines().next().unwrap_or("it said nothing");
        format!("a cluster of one node on this machine does not run a program: {said}")
    };
    (!fine).then(why)
}

/// Daemons are where users' paths do not lead.
fn is_there(command: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(Into::into);
    std::env::split_paths(&path)
        .chain(more)
        .any(|folder| folder.join(command).is_file())
}
