//! What an outcome is held to.

use crate::support::outcome::Outcome;
use std::time::Duration;

/// What a scenario's outcome is held to.
pub trait Expect: Sized {
    /// Exit code, and what the error says in one line.
    fn fails(self, code: i32, says: &[&str]) -> Self;
    /// Exit code 0, and standard output in lines.
    fn lines(self) -> Vec<String>;
    /// Exit code 0, and one line.
    fn line(self) -> String;
    /// It did not take longer.
    fn within(self, seconds: f64) -> Self;
    /// Some line of standard error says so.
    fn warns(self, text: &str) -> Self;
}

impl Expect for Outcome {
    #[track_caller]
    fn fails(self, code: i32, says: &[&str]) -> Self {
        let own = self.errors();
        assert_eq!(self.code(), Some(code), "{self}");
        assert_eq!(own.len(), 1, "an error is told once: {self}");
        for text in says {
            assert!(own[0].contains(text), "no '{text}' in: {}", own[0]);
        }
        self
    }

    #[track_caller]
    fn lines(self) -> Vec<String> {
        assert_eq!(self.code(), Some(0), "{self}");
        self.stdout.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn line(self) -> String {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.into_iter().next().unwrap_or_default()
    }

    #[track_caller]
    fn within(self, seconds: f64) -> Self {
        assert!(self.time < Duration::from_secs_f64(seconds), "{self}");
        self
    }

    #[track_caller]
    fn warns(self, text: &str) -> Self {
        let hints = self.hints();
        assert!(hints.iter().any(|hint| hint.contains(text)), "{self}");
        self
    }
}
