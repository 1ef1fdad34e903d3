//! What the programs print with `--json`.

use crate::support::outcome::Outcome;
use serde_json::Value;

/// The object, taken apart.
#[derive(Debug)]
pub struct Report {
    pub program: String,
    /// As text, which keeps every digit.
    pub results: String,
    pub ranks: u64,
    pub threads: u64,
}

/// The one object that a run printed, with all the keys that it should have and no others.
#[track_caller]
pub fn report(outcome: &Outcome) -> Report {
    let line = outcome
        .stdout
        .strip_suffix('\n')
        .filter(|line| !line.contains('\n'));
    let line = line.unwrap_or_else(|| panic!("standard output is not one line: {outcome}"));
    let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {outcome}"));
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {outcome}"));
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["lost", "program", "ranks", "results", "seconds", "threads"],
        "{outcome}"
    );
    assert!(
        value["seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds >= 0.0),
        "seconds of {outcome}"
    );
    assert!(value["results"].is_array(), "results of {outcome}");
    let number = |key: &str| {
        value[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{key} of {outcome}"))
    };
    Report {
        program: value["program"].as_str().unwrap_or_default().to_owned(),
        results: value["results"].to_string(),
        ranks: number("ranks"),
        threads: number("threads"),
    }
}
