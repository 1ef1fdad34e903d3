//! What makes no sense: one line that says so, exit code 2, nothing on standard output.

use super::{everywhere, sweep};
use crate::support::temp::Temp;
use std::fs;

const BAD: &[(&[&str], &str)] = &[
    (&[], "nothing to sweep over"),
    (&["--zip"], "nothing to sweep over"),
    (&["k"], "is not NAME=VALUES"),
    (&["k="], "has no values"),
    (&["=1"], "cannot name a parameter"),
    (&["k=0:1:0"], "k=0:1:0 has a step of 0"),
    (&["k=0:1:-0.1"], "never gets from 0 to 1 in steps of -0.1"),
    (&["k=1", "c=1", "k=2"], "the parameter 'k' is given twice"),
    (&["--zip", "k=1,2", "c=1:3:1"], "k has 2, c has 3"),
    (
        &["k=1", "q=1"],
        "no parameter 'q', only m, k, c, x0, v0, t, dt",
    ),
    (&["k=1:1e15:1", "c=1:1e15:1"], "at most 2^48"),
    (&["k=1:1e30:1", "c=1:1e30:1"], "2^128 combinations or more"),
    (
        &["a=1", "--command", "p {b}"],
        "{b} is no parameter; there are {a}, {row} and {#}",
    ),
    (&["a=1", "--command", "p {a"], "{a is not closed"),
    (&["a=1", "--command", "p 'a"], "a quote is not closed"),
    (&["a=1", "--command", ""], "names no program"),
    (
        &["exit=1", "--command", "true"],
        "a parameter cannot be called 'exit'",
    ),
    (&["k=1", "--timeout", "1"], "--command"),
    (
        &["a=1", "--command", "true", "--timeout", "0"],
        "0 is not above zero",
    ),
    (
        &["a=1", "--command", "true", "--timeout", "-1"],
        "-1 is negative",
    ),
    (
        &["a=1", "--command", "true", "--timeout", "soon"],
        "soon is not a number",
    ),
    (
        &["--params", "/no/such/file.csv"],
        "/no/such/file.csv: No such file",
    ),
    (&["--params", "/"], "/: "),
    (
        &["k=1", "--output", "rows.txt"],
        "neither in .csv nor in .h5",
    ),
    (&["k=1", "--output", "rows"], "neither in .csv nor in .h5"),
    (
        &["k=1", "--output", "/no/such/dir/rows.csv"],
        "/no/such/dir/rows.csv: No such file",
    ),
    (&["k=1", "--output", "rows.csv", "--json"], "--json"),
    (&["k=1", "--force"], "--output"),
];

#[track_caller]
fn refused(args: &[&str], says: &str) {
    let outcome = sweep(args).finish().with_code(2);
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome}");
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
    assert!(outcome.stderr.contains(says), "'{says}' in {outcome}");
}

#[test]
fn alone() {
    BAD.iter().for_each(|(args, says)| refused(args, says));
}

#[test]
#[cfg(feature = "hdf5")]
fn hdf5_where_it_cannot_be() {
    refused(
        &["k=1", "--output", "/no/such/dir/rows.h5"],
        "/no/such/dir/rows.h5",
    );
}

#[test]
#[cfg(not(feature = "hdf5"))]
fn hdf5_where_it_is_not_built_in() {
    refused(&["k=1", "--output", "rows.h5"], "built without HDF5");
}

#[test]
fn files() {
    let dir = Temp::new();
    let path = dir.path().join("params.csv");
    for (bytes, says) in [
        (&b""[..], "no line that names the parameters"),
        (
            b"k,c\n1,2\n3\n",
            "params.csv: line 3: 1 field(s) instead of 2",
        ),
        (b"k,c\n1,2,3\n", "line 2: 3 field(s) instead of 2"),
        (b"k,c,k\n1,2,3\n", "the parameter 'k' is given twice"),
        (b"k,\n1,2\n", "cannot name a parameter"),
        (b"k\n\xff\n", "line 2: not UTF-8 text"),
        (b"t\n1\n", "the parameter 't' is given twice"),
    ] {
        fs::write(&path, bytes).unwrap();
        refused(&["--params", path.to_str().unwrap(), "t=1"], says);
    }
}

/// Of each kind one: found by every rank, by the command line, on rank 0 alone.
#[test]
fn once_and_not_once_a_rank() {
    for (args, says) in [BAD[9], BAD[4], BAD[21], BAD[25]] {
        everywhere(args, "sweep::once_and_not_once_a_rank", |outcome| {
            assert_eq!(outcome.code(), Some(2), "{outcome}");
            assert!(outcome.stdout.is_empty(), "{outcome}");
            let errors = outcome.errors();
            assert!(
                errors.len() == 1 && errors[0].contains(says),
                "'{says}' in {outcome}"
            );
        });
    }
}
