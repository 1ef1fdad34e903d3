//! What a program is not to know: that a launcher started the one that starts it.

use std::env;
use std::ffi::OsString;

/// A program that finds these would take itself for a rank of this run, and wait for the others or fail. It is
/// to be one of its own. Prefixes: of Open MPI, PMI and PMIx, PRRTE, MPICH's Hydra, MVAPICH, PALS, Flux, jsrun
/// and Intel MPI; of Slurm only what is about a step, since its job is the program's too.
const LAUNCHERS: [&str; 27] = [
    "OMPI_",
    "ORTE_",
    "PRTE_",
    "PMI_",
    "PMI2",
    "PMIX_",
    "MPI_LOCAL",
    "MPIR_",
    "MPIEXEC_",
    "HYDRA_",
    "HYDI_",
    "I_MPI_",
    "MV2_COMM_",
    "MPISPAWN_",
    "PALS_",
    "ALPS_",
    "FLUX_TASK_",
    "FLUX_JOB_SIZE",
    "JSM_",
    "SLURM_PROCID",
    "SLURM_LOCALID",
    "SLURM_NODEID",
    "SLURM_GTIDS",
    "SLURM_TASK_PID",
    "SLURM_STEP",
    "SLURM_SRUN_",
    "SLURM_MPI_TYPE",
];

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
    let named = |name: &OsString| name.to_str().is_some_and(is_launchers);
    env::vars_os().map(|(name, _)| name).filter(named).collect()
}

fn is_launchers(name: &str) -> bool {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    begins(&LAUNCHERS) && !begins(&SETTINGS)
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
