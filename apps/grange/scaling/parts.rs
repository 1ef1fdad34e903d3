//! What the cores did with their time, as a run's own report has it.

use super::plan::Configuration;
use grange::Error;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// The names of the parts, in the order of a run.
pub const NAMES: [&str; 8] = [
    "startup", "useful", "overhead", "waiting", "tail", "gather", "serial", "shutdown",
];

/// Core seconds of each part.
pub type Parts = [f64; NAMES.len()];

/// What of a report is of use here.
#[derive(Debug)]
pub struct Told {
    /// From the run's beginning to its end, on rank 0's clock.
    pub wall_seconds: f64,
    /// What the cores did meanwhile.
    pub parts: Parts,
    /// SHA-256 of the results.
    pub digest: String,
    /// Worker threads of all ranks.
    pub threads: u64,
    /// Processes.
    pub ranks: u64,
}

impl Told {
    /// Itself, if it is of a run as it was asked for.
    ///
    /// # Errors
    /// When other ranks or threads were at work.
    pub fn of(self, at: Configuration) -> Result<Self, Error> {
        if (self.ranks, self.threads) == (at.ranks.into(), at.cores()) {
            return Ok(self);
        }
        Err(Error::user(format!(
            "it ran on {} rank(s) with {} thread(s) in all, not on {at}",
            self.ranks, self.threads
        )))
    }
}

#[derive(Deserialize)]
struct File {
    format: String,
    version: u64,
    wall_seconds: f64,
    ranks: u64,
    threads: u64,
    core_seconds: serde_json::Map<String, Value>,
    results: Value,
}

/// Reads a report.
///
/// # Errors
/// When it is not there, or not a report.
pub fn read(path: &Path) -> Result<Told, Error> {
    let text = fs::read(path).map_err(|e| Error::user(format!("it left no report: {e}")))?;
    parse(&text).map_err(|problem| Error::user(format!("its report is not usable: {problem}")))
}

fn parse(text: &[u8]) -> Result<Told, String> {
    let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if file.format != "grange report" || file.version != 1 {
        return Err(format!(
            "it is of format '{}', version {}, not 'grange report', version 1",
            file.format, file.version
        ));
    }
    let mut parts = Parts::default();
    for (part, name) in parts.iter_mut().zip(NAMES) {
        let seconds = file.core_seconds.get(name).and_then(Value::as_f64);
        *part = seconds.ok_or_else(|| format!("it has no core_seconds.{name}"))?;
    }
    if !(file.wall_seconds.is_finite() && file.wall_seconds > 0.0) {
        return Err(format!("its wall_seconds are {}", file.wall_seconds));
    }
    Ok(Told {
        wall_seconds: file.wall_seconds,
        parts,
        digest: super::child::capture::hex(&Sha256::digest(file.results.to_string())),
        threads: file.threads,
        ranks: file.ranks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"format": "grange report", "version": 1, "wall_seconds": 12.5, "ranks": 2, "threads": 4,
        "core_seconds": {"startup": 1, "useful": 40, "overhead": 2, "waiting": 3, "tail": 1.5, "gather": 0.5,
        "serial": 1.25, "shutdown": 0.75, "new": 0}, "results": [{"b": 1, "a": 12345678901234567890123}], "more": 0}"#;

    #[test]
    fn what_counts_is_read() {
        let told = parse(REPORT.as_bytes()).unwrap();
        assert_eq!((told.wall_seconds, told.ranks, told.threads), (12.5, 2, 4));
        assert_eq!(told.parts, [1.0, 40.0, 2.0, 3.0, 1.5, 0.5, 1.25, 0.75]);
        let at = |ranks, threads| Configuration { ranks, threads };
        assert!(parse(REPORT.as_bytes()).unwrap().of(at(2, 2)).is_ok());
        let told_of = parse(REPORT.as_bytes()).unwrap().of(at(4, 1)).unwrap_err();
        assert_eq!(
            told_of.to_string(),
            "it ran on 2 rank(s) with 4 thread(s) in all, not on 4 ranks x 1 thread"
        );
        // Of the results alone.
        let slower = REPORT.replace("12.5", "13.5");
        assert_eq!(parse(slower.as_bytes()).unwrap().digest, told.digest);
        let other = REPORT.replace("890123", "890124");
        assert_ne!(parse(other.as_bytes()).unwrap().digest, told.digest);
    }

    #[test]
    fn what_is_no_report() {
        for (from, to, says) in [
            ("grange report", "other", "format 'other'"),
            ("\"version\": 1", "\"version\": 2", "version 2"),
            ("\"tail\"", "\"tale\"", "core_seconds.tail"),
            ("12.5", "-1", "wall_seconds"),
            ("12.5", "\"x\"", "invalid type"),
            ("\"more\": 0}", "", "EOF"),
        ] {
            let told = parse(REPORT.replace(from, to).as_bytes()).unwrap_err();
            assert!(told.contains(says), "{told}");
        }
    }
}
