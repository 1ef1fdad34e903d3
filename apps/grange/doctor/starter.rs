//! Who started the ranks, and so whose options mend what is wrong.

use grange::machine::Launcher;
use std::env;

/// A family of launchers that take the same options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Starter {
    /// Open MPI's mpirun.
    OpenMpi,
    /// The mpiexec of MPICH and its relatives.
    Hydra,
    /// Intel MPI's mpirun, a Hydra with variables of its own.
    Intel,
    /// Slurm's srun.
    Srun,
    /// Another launcher.
    Other,
    /// No launcher: a shell.
    #[default]
    Nobody,
}

impl Starter {
    /// From the launcher that grange found, and the name of the MPI library that this program runs with.
    pub fn of(launcher: Option<&Launcher>, library: &str) -> Self {
        Self::of_in(launcher, library, |name| env::var(name).ok())
    }

    fn of_in(
        launcher: Option<&Launcher>,
        library: &str,
        var: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let Some(launcher) = launcher else {
            return Starter::Nobody;
        };
        // Hydra tells its ranks who is beside them; srun speaks the same protocol and does not.
        let is_hydra = var("MPI_LOCALNRANKS").is_some();
        match launcher.name {
            "Open MPI's mpirun" => Starter::OpenMpi,
            "an MPICH-style mpiexec" if !is_hydra && var("SLURM_STEP_ID").is_some() => {
                Starter::Srun
            }
            "an MPICH-style mpiexec" | "MVAPICH's mpirun" if library.contains("Intel") => {
                Starter::Intel
            }
            "an MPICH-style mpiexec" => Starter::Hydra,
            "srun" => Starter::Srun,
            _ => Starter::Other,
        }
    }

    /// What people call it, where it is not what grange found.
    pub fn name(self, launcher: &Launcher) -> &'static str {
        match self {
            Starter::Srun => "srun",
            Starter::Intel => "Intel MPI's mpirun",
            _ => launcher.name,
        }
    }
}

/// 4 of `Open MPI v4.1.4`.
pub fn openmpi_major(library: &str) -> Option<u32> {
    let version = library.strip_prefix("Open MPI v")?;
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read() {
        assert_eq!(openmpi_major("Open MPI v5.0.11"), Some(5));
        assert_eq!(openmpi_major("MPICH 4.0.2"), None);
    }

    #[test]
    fn options_follow_from_the_environment() {
        let launcher = |name| Launcher {
            name,
            size: Some(4),
            rank: Some(0),
        };
        let of = |name, library, vars: &[(&str, &str)]| {
            let vars: Vec<(String, String)> = vars
                .iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect();
            Starter::of_in(Some(&launcher(name)), library, |name| {
                vars.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
            })
        };
        let hydra = "an MPICH-style mpiexec";
        assert_eq!(
            of("Open MPI's mpirun", "Open MPI v5.0.11", &[]),
            Starter::OpenMpi
        );
        assert_eq!(
            of(
                hydra,
                "MPICH Version: 4.0.2",
                &[("MPI_LOCALNRANKS", "2"), ("SLURM_STEP_ID", "0")]
            ),
            Starter::Hydra
        );
        assert_eq!(
            of(hydra, "MPICH Version: 4.0.2", &[("SLURM_STEP_ID", "0")]),
            Starter::Srun
        );
        assert_eq!(
            of(
                hydra,
                "Intel(R) MPI Library 2021.9",
                &[("MPI_LOCALNRANKS", "2")]
            ),
            Starter::Intel
        );
        assert_eq!(Starter::of_in(None, "", |_| None), Starter::Nobody);
    }
}
