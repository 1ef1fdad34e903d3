//! What launchers tell the processes that they start.

use std::env;
use std::ffi::OsString;

/// Prefixes of variables: of Open MPI, PMI and PMIx, PRRTE, MPICH and its Hydra, MVAPICH, PALS, Flux and jsrun; of
/// Slurm what is about a step or a task, since its job is that of everything in it.
const ALL: [&str; 25] = [
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
];

/// Whether a name begins with one of these.
pub fn begins(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether every launcher's own variables have such a name.
pub fn is_of_any(name: &str) -> bool {
    begins(name, &ALL)
}

/// The variables that are set, by such names.
pub fn set(is: fn(&str) -> bool) -> Vec<OsString> {
    let named = |name: &OsString| name.to_str().is_some_and(is);
    env::vars_os().map(|(name, _)| name).filter(named).collect()
}
