//! Which study a folder holds.

use serde::{Deserialize, Serialize};

/// What makes two studies the same: what runs, how often, and on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `grange scaling`.
    pub format: String,
    /// Of the format.
    pub version: u32,
    /// The program's path.
    pub program: String,
    /// SHA-256 of its file.
    pub program_digest: String,
    /// Its arguments as they were written.
    pub arguments: Vec<String>,
    /// `strong` or `weak`.
    pub mode: String,
    /// How the problem grows.
    pub scale: Vec<String>,
    /// Numbers of ranks.
    pub ranks: String,
    /// Numbers of threads.
    pub threads: String,
    /// Runs of each configuration.
    pub repeat: u32,
    /// Those before, which do not count.
    pub warm_up: u32,
    /// Whether times are those of the program's own reports.
    pub reports: bool,
    /// What starts the ranks.
    pub launcher: String,
    /// What the program and grange are built with; for information.
    pub versions: String,
}

/// The format of `runs.csv`, and its version.
pub const FORMAT: (&str, u32) = ("grange scaling", 1);

impl Identity {
    /// What another has that this one has not, in words.
    pub fn difference(&self, there: &Identity) -> Option<String> {
        let words = |program: &str, arguments: &[String]| {
            shell_words::join([&[program.to_owned()], arguments].concat())
        };
        let pairs = [
            (
                "the command",
                words(&there.program, &there.arguments),
                words(&self.program, &self.arguments),
            ),
            ("the scaling", there.mode.clone(), self.mode.clone()),
            ("--scale", there.scale.join(" "), self.scale.join(" ")),
            ("--ranks", there.ranks.clone(), self.ranks.clone()),
            ("--threads", there.threads.clone(), self.threads.clone()),
            (
                "--repeat",
                there.repeat.to_string(),
                self.repeat.to_string(),
            ),
            (
                "--warm-up",
                there.warm_up.to_string(),
                self.warm_up.to_string(),
            ),
            (
                "the launcher",
                there.launcher.clone(),
                self.launcher.clone(),
            ),
        ];
        let named = pairs.into_iter().find(|(_, there, here)| there != here);
        if let Some((what, there, here)) = named {
            return Some(format!("{what} is '{there}' there and '{here}' here"));
        }
        let changed = there.program_digest != self.program_digest || there.reports != self.reports;
        changed.then(|| format!("{} has changed since", self.program))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Of a study.
    pub fn identity() -> Identity {
        Identity {
            format: FORMAT.0.into(),
            version: FORMAT.1,
            program: "/bin/p".into(),
            program_digest: "d".into(),
            arguments: vec!["1e9".into(), "a b".into()],
            mode: "strong".into(),
            scale: Vec::new(),
            ranks: "1,2".into(),
            threads: "1".into(),
            repeat: 3,
            warm_up: 0,
            reports: false,
            launcher: "mpirun".into(),
            versions: "grange 1".into(),
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let here = identity();
        assert_eq!(here.difference(&here), None);
        let mut there = identity();
        there.versions = "grange 2".into();
        assert_eq!(here.difference(&there), None);
        there.program_digest = "e".into();
        assert_eq!(here.difference(&there).unwrap(), "/bin/p has changed since");
        there.repeat = 5;
        assert_eq!(
            here.difference(&there).unwrap(),
            "--repeat is '5' there and '3' here"
        );
        there.arguments.clear();
        assert_eq!(
            here.difference(&there).unwrap(),
            "the command is '/bin/p' there and '/bin/p 1e9 'a b'' here"
        );
    }
}
