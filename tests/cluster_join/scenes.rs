//! Runs and those who join them, for the tests.

use crate::support::launcher::{Launcher, Library};
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::run::{Run, Running};
use crate::support::temp::Temp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

const DEADLINE: Duration = Duration::from_secs(240);
/// For a process to start or to end on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(10);

pub const KILL: i32 = 9;
pub const TERM: i32 = 15;
pub const CONT: i32 = 18;
pub const STOP: i32 = 19;

/// A run and the directory where it is found.
pub struct Scene {
    folder: Temp,
    kind: &'static str,
    items: u64,
}

impl Scene {
    pub fn new(kind: &'static str, items: u64) -> Self {
        Scene {
            folder: Temp::new(),
            kind,
            items,
        }
    }

    /// Where the run is found; made by the run.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("join").join("here")
    }

    /// One process of it, with one thread.
    pub fn process(&self) -> Run {
        let me = env::current_exe().expect("this program has a path");
        self.set(Run::new(me))
    }

    fn set(&self, run: Run) -> Run {
        run.arg("work")
            .env("WORK", self.kind)
            .env("ITEMS", self.items.to_string())
            .env("RAYON_NUM_THREADS", "1")
            .deadline(DEADLINE)
    }

    /// A file of that name, in a folder of its own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One process of the program with a command line, with one thread.
    pub fn app(&self) -> Run {
        self.app_of(&env::current_exe().expect("this program has a path"))
    }

    /// The same of that file.
    pub fn app_of(&self, program: &Path) -> Run {
        as_app(Run::new(program))
    }

    /// The same on several ranks, if there is a launcher.
    pub fn app_on_ranks(&self, ranks: u32) -> Option<Run> {
        let launcher = Library::named_in(&grange::versions::text()).and_then(Launcher::of)?;
        let me = env::current_exe().expect("this program has a path");
        Some(as_app(launcher.run(ranks, &me.to_string_lossy())))
    }

    /// What it prints alone: found out once.
    pub fn alone(&self) -> String {
        static KNOWN: Mutex<BTreeMap<(&str, u64), String>> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = || self.process().env("RAYON_NUM_THREADS", "16").finish();
        let right = known.entry((self.kind, self.items));
        right.or_insert_with(|| alone().ok().stdout).clone()
    }

    /// The run, once others can join it.
    pub fn run(&self) -> Running {
        self.run_with(|run| run)
    }

    /// The same, set as told.
    pub fn run_with(&self, set: impl FnOnce(Run) -> Run) -> Running {
        self.open(set(self.process()))
    }

    /// The run on several ranks, if there is a launcher.
    pub fn run_ranks(&self, ranks: u32) -> Option<Running> {
        let launcher = Library::named_in(&grange::versions::text()).and_then(Launcher::of)?;
        let me = env::current_exe().expect("this program has a path");
        Some(self.open(self.set(launcher.run(ranks, &me.to_string_lossy()))))
    }

    /// Whether a launcher can be told to let ranks die.
    pub fn can_survive(&self) -> bool {
        Library::named_in(&grange::versions::text()) == Some(Library::OpenMpi)
    }

    /// One job of so many ranks that is to join it, if there is a launcher.
    pub fn job(&self, ranks: u32) -> Option<Run> {
        let launcher = Library::named_in(&grange::versions::text()).and_then(Launcher::of)?;
        let me = env::current_exe().expect("this program has a path");
        let run = self.set(launcher.run_beside(ranks, &me.to_string_lossy()));
        Some(run.env("JOIN", self.dir().as_os_str()))
    }

    fn open(&self, run: Run) -> Running {
        let run = self.lasts(run);
        let run = run.env("ELASTIC", self.dir().as_os_str()).start();
        said(&run, "others may join");
        run
    }

    /// A run that goes on until it is told that it is enough.
    pub fn lasts(&self, run: Run) -> Run {
        run.env("ENOUGH", self.file("enough").as_os_str())
    }

    /// Tells it so, and waits until it is over.
    #[track_caller]
    pub fn end(&self, run: Running) -> Outcome {
        std::fs::write(self.file("enough"), "").expect("it can be written");
        run.finish()
    }

    /// One that joins it.
    pub fn joiner(&self) -> Running {
        self.process().env("JOIN", self.dir().as_os_str()).start()
    }

    /// One that has joined it.
    pub fn joined(&self) -> Running {
        let joiner = self.joiner();
        said(&joiner, "has joined the run");
        joiner
    }
}

fn as_app(run: Run) -> Run {
    run.env("CLUSTER_JOIN", "app")
        .env("RAYON_NUM_THREADS", "1")
        .deadline(DEADLINE)
}

/// Waits until a run says so on standard error.
#[track_caller]
pub fn said(run: &Running, text: &str) {
    until(run, &format!("'{text}'"), |said| said.contains(text));
}

/// Waits until all that a run has said on standard error is so; `what` is for people.
#[track_caller]
pub fn until(run: &Running, what: &str, is_so: impl Fn(&str) -> bool) {
    let since = Instant::now();
    while !is_so(&run.said()) {
        assert!(
            since.elapsed() < PATIENCE,
            "{what} is not said, but:\n{}",
            run.said()
        );
        thread::sleep(LOOK);
    }
}

/// How often a run has said so.
pub fn times(run: &Outcome, text: &str) -> usize {
    run.stderr.matches(text).count()
}

/// Sends a signal to a process that was started without a launcher.
pub fn send(run: &Running, number: i32) {
    signal(run.id() as i32, number);
}

/// Where a run listens.
pub fn port(run: &Running) -> String {
    let said = run.said();
    let (_, at) = said.split_once("(at ").expect("it says where it listens");
    at.split([')', ',']).next().unwrap_or_default().to_owned()
}

/// A file with a secret, readable as told.
pub fn secret(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("{}\n", "5a".repeat(32))).expect("it can be written");
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("it is ours");
}
