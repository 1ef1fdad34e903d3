//! Starting a program on several ranks, with the launcher of the MPI library that it was built with.

use super::environment;
use super::run::Run;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fmt};

/// A family of MPI libraries whose launchers can start one another's programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    OpenMpi,
    Mpich,
}

impl Library {
    /// What `program` says it was built with, as `--version` prints.
    pub fn of(program: &str) -> Option<Self> {
        Self::named_in(&Run::new(program).arg("--version").finish().ok().stdout)
    }

    /// The one that a text about versions names.
    pub fn named_in(text: &str) -> Option<Self> {
        [Library::OpenMpi, Library::Mpich]
            .into_iter()
            .find(|library| text.contains(library.name()))
    }

    /// The other one, whose launcher is wrong.
    pub fn other(self) -> Self {
        match self {
            Library::OpenMpi => Library::Mpich,
            Library::Mpich => Library::OpenMpi,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Library::OpenMpi => "Open MPI",
            Library::Mpich => "MPICH",
        }
    }

    /// Its launcher's names, the likeliest first: Debian has several libraries beside one another.
    fn launchers(self) -> [&'static str; 4] {
        match self {
            Library::OpenMpi => ["mpirun", "mpiexec", "mpirun.openmpi", "mpiexec.openmpi"],
            Library::Mpich => ["mpiexec", "mpiexec.mpich", "mpiexec.hydra", "mpirun.mpich"],
        }
    }

    /// What its launcher, and no other, says of its version.
    fn launcher_says(self) -> &'static str {
        match self {
            Library::OpenMpi => "Open MPI",
            Library::Mpich => "HYDRA",
        }
    }
}

/// A launcher that is on `PATH`.
#[derive(Clone, Debug)]
pub struct Launcher {
    pub library: Library,
    program: PathBuf,
    options: &'static [&'static str],
}

impl fmt::Display for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.program.display(), self.library.name())
    }
}

/// One launch at a time: each has more ranks than there are cores, and waits in its deadline.
static TURN: Mutex<()> = Mutex::new(());

impl Launcher {
    /// The launcher that starts programs built with `library`.
    pub fn of(library: Library) -> Option<Self> {
        library
            .launchers()
            .into_iter()
            .filter_map(on_path)
            .find_map(|program| {
                let mut version = Run::new(&program).arg("--version");
                // Even this is refused to root.
                version = version
                    .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
                    .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
                let says = version.finish().stdout;
                says.contains(library.launcher_says()).then_some(Launcher {
                    library,
                    program,
                    options: &[],
                })
            })
    }

    /// The one at a path, which takes these options.
    pub fn at(library: Library, program: PathBuf, options: &'static [&'static str]) -> Self {
        Launcher {
            library,
            program,
            options,
        }
    }

    /// What to call, for a program that launches others itself.
    pub fn path(&self) -> &Path {
        &self.program
    }

    /// Runs `program` on `ranks` ranks of this machine. Other launches of this test wait until it is over.
    pub fn run(&self, ranks: u32, program: &str) -> Run {
        // A test that failed while it had the turn is over as well.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        self.run_beside(ranks, program).during(turn)
    }

    /// The same beside other launches, without waiting for those.
    pub fn run_beside(&self, ranks: u32, program: &str) -> Run {
        Run::new(&self.program)
            .launching()
            .args(self.options)
            .arg("-n")
            .arg(ranks.to_string())
            .arg(program)
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// The launcher for `program`. Without one, says that `test` is skipped, and fails where nobody would read it.
#[track_caller]
pub fn launcher_for(program: &str, test: &str) -> Option<Launcher> {
    let library = Library::of(program);
    let found = library.and_then(Launcher::of);
    if found.is_none() {
        let of = library.map_or("this program's MPI library", Library::name);
        skip(test, &format!("no launcher of {of} on PATH"));
    }
    found
}

/// Says that a test is skipped; fails where nobody would read it.
#[track_caller]
pub fn skip(test: &str, reason: &str) {
    assert!(
        !environment::is_ci(),
        "{test} cannot be skipped in continuous integration: {reason}"
    );
    // Not eprintln, which the test harness keeps to itself where a test passes.
    let _ = writeln!(io::stderr(), "SKIPPED: {test}: {reason}");
}
