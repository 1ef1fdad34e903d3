//! Starts scenarios: this very program, as one rank or under a launcher.

use crate::support::launcher::{Launcher, Library};
use crate::support::outcome::Outcome;
use crate::support::run::{Run, Running};
use std::sync::OnceLock;
use std::time::Duration;

/// A scenario to start.
pub struct Scenario {
    run: Run,
}

/// A scenario by name, on so many ranks of one thread; 0 for no launcher.
pub fn scenario(ranks: u32, name: &str) -> Scenario {
    by(launcher(), ranks, name)
}

/// The same, by that launcher.
pub fn by(launcher: Option<&Launcher>, ranks: u32, name: &str) -> Scenario {
    let me = std::env::current_exe().expect("this program has a path");
    let run = match ranks {
        0 => Run::new(me),
        n => launcher
            .expect("a launcher on the PATH")
            .run_beside(n, &me.to_string_lossy()),
    };
    Scenario {
        run: run
            .arg("scenario")
            .arg(name)
            .env("RAYON_NUM_THREADS", "1")
            .deadline(Duration::from_secs(60)),
    }
}

/// The launcher of the MPI library that this program is built with.
pub fn launcher() -> Option<&'static Launcher> {
    static FOUND: OnceLock<Option<Launcher>> = OnceLock::new();
    let find = || Launcher::of(Library::named_in(&grange::versions::text())?);
    FOUND.get_or_init(find).as_ref()
}

impl Scenario {
    pub fn arg(mut self, arg: impl ToString) -> Self {
        self.run = self.run.arg(arg.to_string());
        self
    }

    pub fn threads(self, threads: u32) -> Self {
        self.env("RAYON_NUM_THREADS", &threads.to_string())
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.run = self.run.env(name, value);
        self
    }

    /// Nobody reads what it says on standard error.
    pub fn unread(mut self) -> Self {
        self.run = self.run.unread();
        self
    }

    pub fn deadline(mut self, seconds: u64) -> Self {
        self.run = self.run.deadline(Duration::from_secs(seconds));
        self
    }

    /// Starts it.
    pub fn start(self) -> Running {
        self.run.start()
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it takes longer than its deadline, or leaves a process behind.
    pub fn run(self) -> Outcome {
        self.run.finish()
    }
}
