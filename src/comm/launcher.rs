//! Who started this process: nobody in particular, or a launcher of many.

#[cfg(any(test, feature = "mpi"))]
use crate::error::Error;
use std::env;
use std::process::Command;

/// A launcher that says in the environment how many processes it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launcher {
    /// What people call it.
    pub name: &'static str,
    /// Processes that it started, where it says so.
    pub size: Option<u32>,
    /// Which of them this is, where it says so.
    pub rank: Option<u32>,
}

impl Launcher {
    /// Whether this process is the one of all that it started that talks to people.
    pub fn is_first(&self) -> bool {
        self.rank.unwrap_or(0) == 0
    }
}

/// Name, variable of the size, variable of the rank. The first whose rank or size is set counts, so the
/// more specific come first. `SLURM_NTASKS` alone is not here: a batch script has it without any launcher.
const KNOWN: [(&str, &str, &str); 8] = [
    (
        "Open MPI's mpirun",
        "OMPI_COMM_WORLD_SIZE",
        "OMPI_COMM_WORLD_RANK",
    ),
    (
        "MVAPICH's mpirun",
        "MV2_COMM_WORLD_SIZE",
        "MV2_COMM_WORLD_RANK",
    ),
    ("an MPICH-style mpiexec", "PMI_SIZE", "PMI_RANK"),
    ("PALS's mpiexec", "PALS_SIZE", "PALS_RANKID"),
    ("Flux", "FLUX_JOB_SIZE", "FLUX_TASK_RANK"),
    ("srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
    ("jsrun", "JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"),
    ("a PMIx launcher", "PMIX_SIZE", "PMIX_RANK"),
];

/// The launcher that started this process, if one did.
pub fn detect() -> Option<Launcher> {
    detect_in(|name| env::var(name).ok())
}

/// A process of its own, whatever started this one.
pub fn hide_from(command: &mut Command) {
    for (_, size, rank) in KNOWN {
        command.env_remove(size).env_remove(rank);
    }
}

/// Whether this process talks to people: alone, or as the first of a launcher's.
pub fn is_first() -> bool {
    detect().is_none_or(|launcher| launcher.is_first())
}

fn detect_in(var: impl Fn(&str) -> Option<String>) -> Option<Launcher> {
    let number = |name: &str| var(name).and_then(|text| text.trim().parse::<u32>().ok());
    for (name, size, rank) in KNOWN {
        // In a batch script SLURM_PROCID is set too; only a step of srun counts.
        if name == "srun" && (number(size).is_none() || !is_step(var("SLURM_STEP_ID"))) {
            continue;
        }
        let found = Launcher {
            name,
            size: number(size),
            rank: number(rank),
        };
        if found.size.is_some() || found.rank.is_some() {
            return Some(found);
        }
    }
    None
}

/// Whether the launcher was told to let the others live when a rank dies.
pub fn lets_ranks_die() -> bool {
    // Open MPI 4 and 5: the latter's launcher sets it for its ranks.
    let names = ["OMPI_MCA_orte_enable_recovery", "OMPI_MCA_mpi_ft_enable"];
    let is_set = |text: String| matches!(text.trim(), "1" | "true" | "yes");
    names.iter().any(|name| env::var(name).is_ok_and(is_set))
}

/// Numbered steps are srun's; Slurm gives the batch script and others ids from 2^32 down.
fn is_step(id: Option<String>) -> bool {
    id.and_then(|text| text.trim().parse::<u64>().ok())
        .is_some_and(|id| id < 0xffff_ff00)
}

impl Launcher {
    #[cfg(any(test, feature = "mpi"))]
    /// That the world is as large as the launcher said. Where it is not, each process would silently be
    /// a run of its own.
    ///
    /// # Errors
    /// When the launcher started more processes than the world has ranks.
    pub fn check(&self, world: u32, library: &str) -> Result<(), Error> {
        match self.size {
            Some(size) if size != world => Err(Error::Launch(format!(
                "{} started {size} processes, but this program's MPI library ({library}) sees {world}: each would be \
                 a run of its own. Use the launcher that belongs to that library (with srun: --mpi=pmix or what \
                 `srun --mpi=list` offers), or build for the other one with MPICC.",
                self.name
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Option<(&'static str, Option<u32>)> {
        let found = detect_in(|name| {
            vars.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        });
        found.map(|l| (l.name, l.size))
    }

    #[test]
    fn launchers_are_told_apart() {
        assert_eq!(with(&[]), None);
        assert_eq!(
            with(&[("OMPI_COMM_WORLD_SIZE", "4"), ("PMIX_RANK", "0")]),
            Some(("Open MPI's mpirun", Some(4)))
        );
        assert_eq!(
            with(&[("PMI_SIZE", "3"), ("PMI_RANK", "0")]).map(|l| l.1),
            Some(Some(3))
        );
    }

    #[test]
    fn a_batch_script_is_not_a_launcher() {
        assert_eq!(with(&[("SLURM_NTASKS", "8"), ("SLURM_PROCID", "0")]), None);
        let batch = [
            ("SLURM_STEP_NUM_TASKS", "8"),
            ("SLURM_PROCID", "0"),
            ("SLURM_STEP_ID", "4294967291"),
        ];
        assert_eq!(with(&batch), None);
        let step = [
            ("SLURM_STEP_NUM_TASKS", "8"),
            ("SLURM_PROCID", "0"),
            ("SLURM_STEP_ID", "0"),
        ];
        assert_eq!(with(&step), Some(("srun", Some(8))));
    }

    #[test]
    fn the_wrong_launcher_is_told() {
        let launcher = Launcher {
            name: "srun",
            size: Some(4),
            rank: Some(0),
        };
        assert!(launcher.check(4, "x").is_ok());
        assert!(matches!(launcher.check(1, "x"), Err(Error::Launch(_))));
    }
}
