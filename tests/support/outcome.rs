//! What a program left behind: its exit code and its words.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

/// A run that is over.
pub struct Outcome {
    /// The command line, for messages.
    pub command: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub time: Duration,
}

impl Outcome {
    /// The exit code, if it was not a signal that ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Fails unless it left with `code`.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "exit code of {self}");
        self
    }

    /// Fails unless it did what it should.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.with_code(0)
    }

    /// The errors that a program of ours tells. A launcher adds lines of its own when a program fails.
    pub fn errors(&self) -> Vec<&str> {
        self.stderr_with(&["error:", "grange: error:"])
    }

    /// The hints and warnings that a program of ours gives.
    pub fn hints(&self) -> Vec<&str> {
        self.stderr_with(&["grange: hint:", "grange: warning:"])
    }

    fn stderr_with(&self, prefixes: &[&str]) -> Vec<&str> {
        self.stderr
            .lines()
            .filter(|line| prefixes.iter().any(|prefix| line.starts_with(prefix)))
            .collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome {
            command,
            status,
            stdout,
            stderr,
            time,
        } = self;
        write!(
            f,
            "{command}\n({status}, {time:?})\n-- stdout:\n{stdout}\n-- stderr:\n{stderr}"
        )
    }
}
