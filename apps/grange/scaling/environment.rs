//! What a launcher is not to know: that another launcher started the process that starts it.
//!
//! A launcher that finds another's variables joins it, or refuses. How the user has set things up, in variables
//! of much the same names, is to hold in the runs too.

use super::launchers::{self, begins, is_of_any};
use std::ffi::OsString;

/// Besides those of every launcher. With `SLURM_CPU_BIND` and `SLURM_TRES_PER_TASK` a step would contradict what a run
/// asks for.
const LAUNCHERS: [&str; 6] = [
    "I_MPI_INFO",
    "I_MPI_MPIRUN",
    "FLUX_KVS_NAMESPACE",
    "SLURM_LAUNCH_NODE_IPADDR",
    "SLURM_CPU_BIND",
    "SLURM_TRES_PER_TASK",
];

/// Settings of the user's among them.
const SETTINGS: [&str; 6] = [
    "OMPI_MCA_",
    "PRTE_MCA_",
    "PMIX_MCA_",
    "OMPI_ALLOW_RUN_AS_ROOT",
    "PRTE_ALLOW_RUN_AS_ROOT",
    "OMPI_TMPDIR",
];

/// What Open MPI's launcher hands on in the form of settings.
const HANDED_ON: [&str; 19] = [
    "OMPI_MCA_ess",
    "OMPI_MCA_pmix",
    "OMPI_MCA_initial_wdir",
    "OMPI_MCA_mpi_oversubscribe",
    "OMPI_MCA_shmem_RUNTIME",
    "OMPI_MCA_orte_app_num",
    "OMPI_MCA_orte_bound_at_launch",
    "OMPI_MCA_orte_ess_",
    "OMPI_MCA_orte_hnp_uri",
    "OMPI_MCA_orte_jobfam",
    "OMPI_MCA_orte_launch",
    "OMPI_MCA_orte_local_daemon",
    "OMPI_MCA_orte_num_",
    "OMPI_MCA_orte_parent_uri",
    "OMPI_MCA_orte_precondition",
    "OMPI_MCA_orte_top_session",
    "PRTE_MCA_ess",
    "PRTE_MCA_prte_",
    "PRTE_MCA_pmix",
];

/// The variables of launchers that are set.
pub fn of_launchers() -> Vec<OsString> {
    launchers::set(is_launchers)
}

fn is_launchers(name: &str) -> bool {
    let told = is_of_any(name) || begins(name, &LAUNCHERS);
    begins(name, &HANDED_ON) || told && !begins(name, &SETTINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launchers_are_forgotten_and_settings_stay() {
        for name in [
            "OMPI_COMM_WORLD_RANK",
            "OMPI_MCA_ess",
            "OMPI_MCA_ess_base_jobid",
            "OMPI_MCA_orte_hnp_uri",
            "OMPI_MCA_pmix",
            "OMPI_UNIVERSE_SIZE",
            "PMIX_RANK",
            "PMI_FD",
            "PMI_SIZE",
            "PMI2_RANK",
            "MPI_LOCALRANKID",
            "MPIR_CVAR_CH3_INTERFACE_HOSTNAME",
            "HYDI_CONTROL_FD",
            "HYDRA_LAUNCHER",
            "SLURM_STEP_ID",
            "SLURM_STEPID",
            "SLURM_PROCID",
            "SLURM_LOCALID",
        ] {
            assert!(is_launchers(name), "{name}");
        }
        for name in [
            "PATH",
            "OMPI_MCA_btl_tcp_if_include",
            "OMPI_MCA_coll_tuned_use_dynamic_rules",
            "OMPI_MCA_orte_enable_recovery",
            "OMPI_MCA_rmaps_base_oversubscribe",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
            "PMIX_MCA_gds",
            "I_MPI_FABRICS",
            "I_MPI_ROOT",
            "SLURM_JOB_ID",
            "SLURM_NTASKS",
            "SLURM_JOB_NODELIST",
            "SLURM_MPI_TYPE",
            "RAYON_NUM_THREADS",
        ] {
            assert!(!is_launchers(name), "{name}");
        }
    }
}
