//! One thing that is not as it should be, and how to mend it.

use serde::Serialize;

/// How bad it is; the worst is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A run would fail, or give as many results as there are ranks.
    Error,
    /// A run would be slow, or leave much of the machine idle.
    Warning,
    /// Good to know.
    Note,
}

/// What, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// A word for programs.
    pub kind: &'static str,
    /// What is found.
    pub what: String,
    /// Hosts; none where it is everywhere.
    #[serde(rename = "where")]
    pub hosts: Vec<String>,
    /// What to do.
    pub mend: String,
}

impl Finding {
    /// Found everywhere.
    pub fn new(
        severity: Severity,
        kind: &'static str,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Finding {
            severity,
            kind,
            what: what.into(),
            hosts: Vec::new(),
            mend: mend.into(),
        }
    }

    /// Found on this host.
    pub fn on(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }
}

/// The same on many hosts becomes one; the worst come first, else the order stays.
pub fn merged(all: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    for finding in all {
        let same = |other: &&mut Finding| {
            (other.severity, other.kind) == (finding.severity, finding.kind)
                && (&other.what, &other.mend) == (&finding.what, &finding.mend)
        };
        match merged.iter_mut().find(same) {
            Some(other) => other.hosts.extend(finding.hosts),
            None => merged.push(finding),
        }
    }
    for finding in &mut merged {
        let mut seen = std::collections::BTreeSet::new();
        finding.hosts.retain(|host| seen.insert(host.clone()));
    }
    merged.sort_by_key(|finding| finding.severity);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_hosts_have_is_said_once() {
        let note = |what: &str| Finding::new(Severity::Note, "a", what, "mend it");
        let found = merged(vec![
            note("x").on("h1"),
            Finding::new(Severity::Error, "b", "y", "z"),
            note("x").on("h2"),
            note("w").on("h1"),
            note("x").on("h1"),
        ]);
        let whats: Vec<&str> = found.iter().map(|f| f.what.as_str()).collect();
        assert_eq!(whats, ["y", "x", "w"]);
        assert_eq!(found[1].hosts, ["h1", "h2"]);
    }
}
