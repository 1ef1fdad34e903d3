//! What an outcome is held to.

use super::launch::Outcome;
use std::time::Duration;

impl Outcome {
    /// Exit code, and what the error says in one line.
    #[track_caller]
    pub fn fails(self, code: i32, says: &[&str]) -> Self {
        let own: Vec<&str> = self
            .stderr
            .lines()
            .filter(|l| l.starts_with("error: ") || l.starts_with("grange: error: "))
            .collect();
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(own.len(), 1, "an error is told once: {self:?}");
        for text in says {
            assert!(own[0].contains(text), "no '{text}' in: {}", own[0]);
        }
        self
    }

    /// Exit code 0, and standard output in lines.
    #[track_caller]
    pub fn lines(self) -> Vec<String> {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout.lines().map(str::to_owned).collect()
    }

    /// Exit code 0, and one line.
    #[track_caller]
    pub fn line(self) -> String {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.into_iter().next().unwrap_or_default()
    }

    /// It did not take longer.
    #[track_caller]
    pub fn within(self, seconds: f64) -> Self {
        assert!(self.took < Duration::from_secs_f64(seconds), "{self:?}");
        self
    }

    /// Some line of standard error says so.
    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        assert!(
            self.stderr
                .lines()
                .any(|l| l.starts_with("grange: warning: ") && l.contains(text)),
            "{self:?}"
        );
        self
    }
}
