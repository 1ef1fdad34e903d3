//! Files that are no reports, or none that can be used: one line that says so, and no page.

use super::sample::{self, SMALL};
use super::{page_of, written};
use crate::support::temp::Temp;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Refused with one line, and without a page.
#[track_caller]
fn refused(file: &Path, code: i32, says: &str) {
    let outcome = page_of([file]).finish().with_code(code);
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(
        outcome.errors().len() == 1 && outcome.stderr.lines().count() == 1,
        "{outcome}"
    );
    assert!(outcome.stderr.contains(says), "'{says}' in {outcome}");
    assert!(
        outcome.stderr.contains(&*file.to_string_lossy()),
        "{outcome}"
    );
    assert!(!file.with_extension("html").exists(), "{outcome}");
}

#[test]
fn what_is_no_file() {
    let dir = Temp::new();
    refused(&dir.path().join("none.json"), 2, "No such file");
    refused(dir.path(), 2, "is a folder");
    refused(Path::new("/dev/zero"), 2, "is a device");
    let none = page_of([""; 0]).finish().with_code(2);
    assert!(
        none.errors().len() == 1 && none.stderr.contains("FILE"),
        "{none}"
    );
}

#[test]
fn what_is_no_report() {
    let dir = Temp::new();
    let whole = sample::report(SMALL).to_string();
    let half = &whole[..whole.len() / 2];
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    for (name, text, says) in [
        ("empty.json", "", "it is empty"),
        ("text.json", "hello", "not a report of grange"),
        ("other.json", "{\"a\": [1, 2]}", "it has no 'format'"),
        ("cut.json", half, "the file was cut off"),
        (
            "newer.json",
            &newer,
            "a report of version 2; this grange reads versions up to 1",
        ),
        ("bytes.json", "\u{1}\u{2}\0", "not a report of grange"),
        ("cut.h5", "\u{89}HDF", "not a report of grange"),
    ] {
        let file = dir.path().join(name);
        fs::write(&file, text).unwrap();
        refused(&file, 3, says);
    }
    let deep = dir.path().join("deep.json");
    fs::write(&deep, "[".repeat(100_000)).unwrap();
    refused(&deep, 3, "not a report of grange");
}

/// Whatever is missing or has another type is named.
#[test]
fn what_is_not_whole() {
    let dir = Temp::new();
    let whole = sample::report(SMALL);
    for name in whole.as_object().unwrap().keys() {
        // What cost most may be nothing.
        if ["format", "largest_loss"].contains(&name.as_str()) {
            continue;
        }
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(name);
        let file = written(dir.path(), "part.json", &part);
        refused(&file, 3, &format!("missing field `{name}`"));
    }
    let odd: [(&str, Value, &str); 5] = [
        ("/wall_seconds", json!("long"), "invalid type"),
        ("/ranks", json!(-1), "invalid"),
        ("/per_rank/0/items", json!(1.5), "1.5 is not a whole number"),
        ("/spans/rows/3", json!([1, 2]), "row 3 of the table spans"),
        (
            "/events/columns/2",
            json!("sort"),
            "the table events has no column 'kind'",
        ),
    ];
    for (place, value, says) in odd {
        let mut part = whole.clone();
        *part.pointer_mut(place).unwrap() = value;
        refused(&written(dir.path(), "odd.json", &part), 3, says);
    }
}

/// Any number, however odd, makes a page or an error.
#[test]
fn odd_numbers_do_no_harm() {
    let dir = Temp::new();
    let whole = sample::report(SMALL);
    for value in [
        json!(0),
        json!(-1e300),
        json!(1e300),
        json!(null),
        json!(u64::MAX),
    ] {
        for place in [
            "/wall_seconds",
            "/threads",
            "/ranks",
            "/started",
            "/per_rank/1/threads",
            "/per_rank/0/useful_seconds",
            "/per_rank/0/rank",
            "/calls/0/ended",
            "/spans/rows/0/1",
            "/spans/rows/0/5",
            "/spans/rows/0/6",
            "/spans/rows/0/7",
            "/events/rows/0/3",
            "/grain_seconds/p50",
            "/grain_seconds/histogram/0/0",
            "/grain_seconds/histogram/0/2",
            "/core_seconds/tail",
            "/coordinator_busy",
        ] {
            let mut part = whole.clone();
            *part.pointer_mut(place).unwrap() = value.clone();
            let file = written(dir.path(), "odd.json", &part);
            let outcome = page_of([&file]).finish();
            let code = outcome.code();
            assert!(
                code == Some(0) || code == Some(3),
                "{place} {value}: {outcome}"
            );
            assert_eq!(
                outcome.stderr.lines().count(),
                usize::from(code == Some(3)),
                "{outcome}"
            );
        }
    }
}
