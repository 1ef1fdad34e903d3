//! What a program is not to know: that a launcher started the one that starts it.

use super::launchers::{self, begins, is_of_any};
use std::ffi::OsString;

/// Besides those of every launcher. A program that finds these would take itself for a rank of this run, and wait for
/// the others or fail. It is to be one of its own.
const LAUNCHERS: [&str; 2] = ["I_MPI_", "SLURM_MPI_TYPE"];

/// How a user has set up Open MPI: what holds for this run holds for a program's own.
const SETTINGS: [&str; 8] = [
    "OMPI_ALLOW_RUN_AS_ROOT",
    "OMPI_MCA_btl",
    "OMPI_MCA_mtl",
    "OMPI_MCA_pml",
    "OMPI_MCA_rmaps",
    "OMPI_MCA_hwloc",
    "PRTE_MCA_rmaps",
    "PRTE_MCA_hwloc",
];

/// The variables of launchers that are set.
pub fn of_launchers() -> Vec<OsString> {
    launchers::set(is_launchers)
}

fn is_launchers(name: &str) -> bool {
    (is_of_any(name) || begins(name, &LAUNCHERS)) && !begins(name, &SETTINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_forgotten_and_settings_stay() {
        for name in [
            "OMPI_COMM_WORLD_RANK",
            "OMPI_MCA_ess",
            "OMPI_MCA_orte_hnp_uri",
            "OMPI_MCA_pmix",
            "PMIX_RANK",
            "PMI_FD",
            "PMI2_RANK",
            "MPI_LOCALRANKID",
            "HYDI_CONTROL_FD",
            "SLURM_STEP_ID",
            "SLURM_STEPID",
            "SLURM_PROCID",
        ] {
            assert!(is_launchers(name), "{name}");
        }
        for name in [
            "PATH",
            "OMPI_MCA_btl_tcp_if_include",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
            "SLURM_JOB_ID",
            "SLURM_NTASKS",
            "SLURM_CPUS_PER_TASK",
            "RAYON_NUM_THREADS",
        ] {
            assert!(!is_launchers(name), "{name}");
        }
    }
}
