//! Environment variables that must not reach a program by accident, and those that a launch needs.

use std::env;
use std::process::Command;

/// How launchers talk to what they start, and how users configure them. A test that runs under a launcher
/// itself, or in a batch job, must not hand these on: a solo run would take itself for a rank.
const LAUNCHERS: [&str; 10] = [
    "OMPI_", "PMI", "PRTE_", "SLURM_", "MV2_", "PALS_", "FLUX_", "JSM_", "HYDRA_", "HYDI_",
];

/// How ranks reach one another is the machine's matter, and stays.
const KEPT: [&str; 3] = ["OMPI_MCA_btl", "OMPI_MCA_mtl", "OMPI_MCA_pml"];

/// Settings of the programs themselves.
const OURS: [&str; 2] = ["RAYON_", "GRANGE_"];

/// What a launch on this one machine needs, whatever the caller has set: first for Open MPI 4, then 5.
const LAUNCH: [(&str, &str); 6] = [
    // Root is usual in containers, and refused unless told twice.
    ("OMPI_ALLOW_RUN_AS_ROOT", "1"),
    ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
    // More ranks than cores.
    ("OMPI_MCA_rmaps_base_oversubscribe", "1"),
    ("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe"),
    // Bound to one core, the threads of a rank would share it.
    ("OMPI_MCA_hwloc_base_binding_policy", "none"),
    ("PRTE_MCA_hwloc_default_binding_policy", "none"),
];

/// Takes out of `command`'s environment all that would change how it runs.
pub fn clean(command: &mut Command) {
    let begins =
        |name: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if begins(name, &OURS) || begins(name, &LAUNCHERS) && !begins(name, &KEPT) {
            command.env_remove(name);
        }
    }
}

/// Puts in what a launcher needs here.
pub fn for_launch(command: &mut Command) {
    command.envs(LAUNCH);
}

/// Whether nobody will read a line that says what was skipped.
pub fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}
