//! What starts the ranks of a run: a launcher that is found here, or a line of the user's.

mod cores;
mod kind;

use super::child::Nursery;
use super::plan::Configuration;
use super::program::{Program, answer};
use crate::find::on_path;
use cores::{allocated, here};
use grange::Error;
use kind::{Kind, belongs, recognize};
use rustix::process::geteuid;
use std::env;

/// Open MPI's launcher refuses root unless both are set.
pub const ROOT: [&str; 2] = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"];

/// What says how many threads a rank has: to grange's programs and others with rayon, and to those with OpenMP.
const THREADS: [&str; 2] = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS"];

/// Launchers' names, the likeliest first: Debian has several libraries beside one another.
const NAMES: [&str; 7] = [
    "mpirun",
    "mpiexec",
    "mpirun.openmpi",
    "mpiexec.openmpi",
    "mpirun.mpich",
    "mpiexec.mpich",
    "mpiexec.hydra",
];

/// A way to start ranks.
pub struct Launcher {
    kind: Kind,
    /// Its program, or the words of the user's line.
    words: Vec<String>,
    /// What it calls itself.
    pub version: String,
    /// Cores of this machine, or of the allocation.
    pub cores: u64,
}

impl Launcher {
    /// By a line with `{ranks}` and `{threads}`.
    ///
    /// # Errors
    /// When it makes no sense.
    pub fn of_line(line: &str) -> Result<Self, Error> {
        let told = |problem: &str| Error::Usage(format!("--launch {line:?}: {problem}"));
        let words = shell_words::split(line).map_err(|_| told("a quote is not closed"))?;
        let Some(program) = words.first() else {
            return Err(told("it names no launcher"));
        };
        if !words.iter().any(|word| word.contains("{ranks}")) {
            return Err(told(
                "it has no {ranks}; write it as 'mpirun -n {ranks}', with {threads} where the launcher takes it",
            ));
        }
        if !program.contains('/') && on_path(program).is_none() {
            return Err(told(&format!("there is no {program} on PATH")));
        }
        Ok(Launcher {
            kind: Kind::Line,
            version: shell_words::join(&words),
            words,
            cores: here(),
        })
    }

    /// In an allocation of Slurm's its own, else the one that goes with the program's MPI library, as far as the
    /// program tells, else the first on `PATH`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(program: &Program, nursery: &Nursery) -> Result<Self, Error> {
        if env::var_os("SLURM_JOB_ID").is_some()
            && let Some(srun) = text_of("srun")
        {
            let version = answer(&srun, "--version", nursery)?.unwrap_or_default();
            let plugins = answer(&srun, "--mpi=list", nursery)?.unwrap_or_default();
            let chosen = env::var_os("SLURM_MPI_TYPE").is_some();
            let offers = |name: &str| plugins.split_whitespace().any(|word| word == name);
            let plugin = ["pmix", "pmi2"]
                .into_iter()
                .find(|name| !chosen && offers(name));
            return Ok(Launcher {
                kind: Kind::Srun(plugin),
                words: vec![srun],
                version: version.trim().into(),
                cores: allocated().unwrap_or_else(here),
            });
        }
        let mut found = Vec::new();
        for path in NAMES.into_iter().filter_map(text_of) {
            let Some(text) = answer(&path, "--version", nursery)? else {
                continue;
            };
            let (kind, version) = recognize(&text);
            let fits = program
                .version
                .as_deref()
                .is_none_or(|of| belongs(&kind, of));
            found.push((fits, kind, version, path));
        }
        let right = found.iter().position(|(fits, ..)| *fits).unwrap_or(0);
        if right >= found.len() {
            return Err(Error::Usage(
                "no launcher: neither mpirun nor mpiexec is on PATH and works; install an MPI library, or give a \
                 line with --launch, such as --launch 'mpirun -n {ranks}'"
                    .into(),
            ));
        }
        let (_, kind, version, path) = found.swap_remove(right);
        Ok(Launcher {
            kind,
            words: vec![path],
            version,
            cores: here(),
        })
    }

    /// The words that start `command` on that many ranks.
    pub fn words(&self, at: Configuration, command: &[String]) -> Vec<String> {
        let Configuration { ranks, threads } = at;
        let mut words = self.words.clone();
        let mut add = |more: &[&str]| words.extend(more.iter().map(|&word| word.to_owned()));
        let count = ranks.to_string();
        match &self.kind {
            Kind::Line => {
                for word in &mut words {
                    *word = word
                        .replace("{ranks}", &count)
                        .replace("{threads}", &threads.to_string());
                }
            }
            Kind::OpenMpi(major) => {
                // Bound to one core, the threads of a rank would share it.
                add(&["--bind-to", "none"]);
                // It counts physical cores, of which there may be half as many.
                if u64::from(ranks) * 2 > self.cores {
                    match major {
                        ..5 => add(&["--oversubscribe"]),
                        _ => add(&["--map-by", ":oversubscribe"]),
                    }
                }
                for name in THREADS {
                    // To ranks on other machines.
                    add(&["-x", name]);
                }
                add(&["-n", &count]);
            }
            Kind::Mpich => add(&["-bind-to", "none", "-n", &count]),
            Kind::IntelMpi | Kind::Other => add(&["-n", &count]),
            Kind::Srun(plugin) => {
                add(&["-n", &count, "-c", &threads.to_string()]);
                if let Some(plugin) = plugin {
                    add(&[&format!("--mpi={plugin}")]);
                }
                if at.cores() > self.cores {
                    add(&["--overcommit"]);
                }
            }
        }
        words.extend(command.iter().cloned());
        words
    }

    /// What its ranks, and it itself, get in the environment.
    pub fn environment(&self, at: Configuration) -> Vec<(&'static str, String)> {
        let mut variables: Vec<_> = THREADS
            .into_iter()
            .map(|name| (name, at.threads.to_string()))
            .collect();
        if geteuid().is_root() {
            variables.extend(ROOT.map(|name| (name, "1".into())));
        }
        if self.kind == Kind::IntelMpi && env::var_os("I_MPI_PIN").is_none() {
            variables.push(("I_MPI_PIN", "off".into()));
        }
        if matches!(self.kind, Kind::Srun(_)) && env::var_os("SLURM_PMIX_FENCE").is_none() {
            // Its own choice lets ranks out of MPI_Init too early now and then: docs/slurm.md.
            variables.push(("SLURM_PMIX_FENCE", "tree".into()));
        }
        variables
    }
}

fn text_of(name: &str) -> Option<String> {
    on_path(name)?.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: Kind, ranks: u32, threads: u32) -> String {
        let launcher = Launcher {
            kind,
            words: vec!["l".into()],
            version: String::new(),
            cores: 8,
        };
        let at = Configuration { ranks, threads };
        launcher.words(at, &["prog".into()]).join(" ")
    }

    #[test]
    fn each_launcher_has_its_options() {
        let x = "-x RAYON_NUM_THREADS -x OMP_NUM_THREADS";
        for (kind, ranks, is) in [
            (
                Kind::OpenMpi(4),
                4,
                format!("l --bind-to none {x} -n 4 prog"),
            ),
            (
                Kind::OpenMpi(4),
                5,
                format!("l --bind-to none --oversubscribe {x} -n 5 prog"),
            ),
            (
                Kind::OpenMpi(5),
                9,
                format!("l --bind-to none --map-by :oversubscribe {x} -n 9 prog"),
            ),
            (Kind::Mpich, 3, "l -bind-to none -n 3 prog".into()),
            (Kind::Other, 3, "l -n 3 prog".into()),
            (
                Kind::Srun(Some("pmix")),
                3,
                "l -n 3 -c 2 --mpi=pmix prog".into(),
            ),
            (Kind::Srun(None), 5, "l -n 5 -c 2 --overcommit prog".into()),
        ] {
            assert_eq!(words(kind, ranks, 2), is);
        }
    }

    #[test]
    fn lines_are_templates() {
        let launcher = Launcher::of_line("sh -c 'x -n {ranks}' -{threads}{ranks}").unwrap();
        let at = Configuration {
            ranks: 3,
            threads: 2,
        };
        let words = launcher.words(at, &["prog".into(), "{ranks}".into()]);
        assert_eq!(words, ["sh", "-c", "x -n 3", "-23", "prog", "{ranks}"]);
        for (line, says) in [
            ("", "names no launcher"),
            ("sh 'a", "quote"),
            ("sh -n 4", "no {ranks}"),
            ("no-such-launcher -n {ranks}", "on PATH"),
        ] {
            let told = Launcher::of_line(line).map(|_| ()).unwrap_err().to_string();
            assert!(told.contains(says), "{told}");
        }
    }
}
