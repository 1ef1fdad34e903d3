//! A folder for one test of a scenario that leaves lines in a log.

use crate::support::temp::Temp;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub struct Place {
    pub folder: Temp,
}

impl Place {
    pub fn new() -> Self {
        Place {
            folder: Temp::new(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// What the scenario has noted so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until so many lines are there.
    pub fn wait_for(&self, lines: usize) {
        wait_until(|| self.log().lines().count() >= lines);
    }
}

pub fn wait_until(is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "it did not come to that"
        );
        sleep(Duration::from_millis(2));
    }
}
