//! What happens to nodes, and commands on the cluster.

use crate::cluster;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// A node by its number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(pub u32);

impl Node {
    /// The first that a list such as `n2` or `n[1-2]` names.
    pub fn first_of(list: &str) -> Self {
        let digits = list.trim_start_matches(['n', '[']);
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let number = &digits[..end.unwrap_or(digits.len())];
        Node(number.parse().unwrap_or_else(|_| panic!("no node: {list}")))
    }

    /// Its name.
    pub fn name(self) -> String {
        format!("n{}", self.0)
    }

    /// Cuts its power.
    pub fn crash(self) {
        self.script("crash", &[]);
    }

    /// Pulls its network cable, or plugs it in.
    pub fn cable(self, there: bool) {
        self.script("link", &[if there { "up" } else { "down" }]);
    }

    /// Sends a signal to all processes there of that program.
    pub fn signal(self, name: &str, program: &str) {
        self.script("exec", &["pkill", &format!("-{name}"), "-x", program]);
    }

    fn script(self, what: &str, more: &[&str]) {
        let number = self.0.to_string();
        let words = [what, number.as_str()]
            .into_iter()
            .chain(more.iter().copied());
        said(Command::new(cluster::script()).args(words));
    }
}

/// Runs a command to its end, which must be a good one; gives what it printed.
#[track_caller]
pub fn said(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{errors}");
    text
}

/// The same by name and arguments.
#[track_caller]
pub fn ask<S: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = S>) -> String {
    said(Command::new(program).args(args))
}
