//! Which rows there are, in which order, and that a row that fails is no reason to stop.

use super::{everywhere, sheet, sweep};
use crate::json::report;
use crate::support::temp::Temp;
use serde_json::Value;
use std::fs;

#[test]
fn every_combination_in_order_on_any_number_of_ranks() {
    let args = ["c=0:1:0.25", "k=1,4", "t=2"];
    let alone = sweep(&args).finish().ok();
    let rows = sheet(&alone.stdout);
    assert_eq!(rows.names, ["c", "k", "t", "x", "v", "energy", "error"]);
    let c = [
        "0", "0", "0.25", "0.25", "0.5", "0.5", "0.75", "0.75", "1", "1",
    ];
    assert_eq!(rows.column("c"), c);
    assert_eq!(rows.column("k"), ["1", "4"].repeat(5));
    assert_eq!(rows.column("t"), ["2"; 10]);
    // Without friction it swings for ever: cos 2 and cos 4.
    let x: Vec<f64> = rows
        .column("x")
        .iter()
        .map(|x| x.parse().unwrap())
        .collect();
    assert!(
        (x[0] - 2f64.cos()).abs() < 1e-9 && (x[1] - 4f64.cos()).abs() < 1e-9,
        "{x:?}"
    );
    everywhere(&args, "sweep::every_combination", |outcome| {
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert_eq!(outcome.stdout, alone.stdout, "{outcome}");
    });
}

#[test]
fn ranges_print_as_they_were_meant() {
    let outcome = sweep(&["x0=0:1:0.1", "t=0"]).finish().ok();
    let tenths = "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1";
    assert_eq!(sheet(&outcome.stdout).column("x0").join(" "), tenths);
    let outcome = sweep(&["x0=1_000,1e3", "v0=3:1:-1", "t=0"]).finish().ok();
    let rows = sheet(&outcome.stdout);
    assert_eq!(rows.column("x0"), ["1000"; 6]);
    assert_eq!(rows.column("v0"), ["3", "2", "1"].repeat(2));
    assert_eq!(rows.column("v"), ["3.0", "2.0", "1.0"].repeat(2));
}

#[test]
fn side_by_side() {
    let args = ["--zip", "x0=1,2,3", "v0=0:-2:-1", "t=0"];
    let uneven = sweep(&args).finish().with_code(2);
    assert!(
        uneven.stderr.contains("x0 has 3, v0 has 3, t has 1"),
        "{uneven}"
    );
    everywhere(&args[..3], "sweep::side_by_side", |outcome| {
        let rows = sheet(&outcome.stdout);
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert_eq!(rows.column("x0"), ["1", "2", "3"], "{outcome}");
        assert_eq!(rows.column("v0"), ["0", "-1", "-2"], "{outcome}");
    });
}

#[test]
fn rows_of_a_file_with_every_combination_of_others() {
    let dir = Temp::new();
    let path = dir.path().join("params.csv");
    fs::write(
        &path,
        "\u{feff}name,n\r\n\"spring, soft\",1\r\n\"two\nlines\",2\r\n",
    )
    .unwrap();
    let path = path.to_str().unwrap();
    let args = [
        "--params",
        path,
        "b=10,20",
        "--command",
        "printf %s:%s {name} {b}",
    ];
    everywhere(&args, "sweep::rows_of_a_file", |outcome| {
        let rows = sheet(&outcome.stdout);
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert_eq!(rows.names[..3], ["name", "n", "b"], "{outcome}");
        assert_eq!(rows.column("n"), ["1", "1", "2", "2"], "{outcome}");
        let said = [
            "spring, soft:10",
            "spring, soft:20",
            "two\nlines:10",
            "two\nlines:20",
        ];
        assert_eq!(rows.column("stdout"), said, "{outcome}");
    });
    // With others side by side; then alone.
    let outcome = sweep(&[
        "--params",
        path,
        "--zip",
        "a=1,2",
        "b=3,4",
        "--command",
        "true",
    ])
    .finish()
    .ok();
    let rows = sheet(&outcome.stdout);
    assert_eq!(
        (rows.column("n"), rows.column("b")),
        (vec!["1", "1", "2", "2"], vec!["3", "4", "3", "4"])
    );
    assert_eq!(
        sheet(
            &sweep(&["--params", path, "--command", "true"])
                .finish()
                .ok()
                .stdout
        )
        .rows
        .len(),
        2
    );
}

#[test]
fn a_file_of_no_rows() {
    let dir = Temp::new();
    let path = dir.path().join("params.csv");
    fs::write(&path, "k,c\n").unwrap();
    let outcome = sweep(&["--params", path.to_str().unwrap()]).finish().ok();
    assert_eq!(outcome.stdout, "k,c,x,v,energy,error\n");
}

#[test]
fn rows_that_fail_are_told_and_set_aside() {
    let args = ["k=1,-1,soft,nan,1e9", "t=1"];
    everywhere(&args, "sweep::rows_that_fail", |outcome| {
        assert_eq!(outcome.code(), Some(6), "{outcome}");
        let rows = sheet(&outcome.stdout);
        assert_eq!(
            rows.column("error"),
            [
                "",
                "k is -1, which is below 0",
                "k is 'soft', which is not a number",
                "k is nan, which is not finite",
                "diverged: dt = 0.001 is too long a step",
            ],
            "{outcome}"
        );
        assert!(
            rows.column("x")[1..].iter().all(|x| x.is_empty()),
            "{outcome}"
        );
        let warnings: Vec<_> = outcome
            .stderr
            .lines()
            .filter(|l| l.starts_with("grange: warning:"))
            .collect();
        let warning = "grange: warning: 4 of 5 rows failed, the first: row 2 (k=-1, t=1): k is -1, which is below 0";
        assert_eq!(warnings, [warning], "{outcome}");
    });
    let quiet = sweep(&args).arg("--quiet").finish().with_code(6);
    assert!(quiet.stderr.is_empty(), "{quiet}");
}

#[test]
fn as_json() {
    let outcome = sweep(&["k=1,x", "t=0", "--json", "--quiet", "--threads", "2"])
        .finish()
        .with_code(6);
    let report = report(&outcome);
    assert_eq!(
        (&*report.program, report.ranks, report.threads),
        ("sweep", 1, 2)
    );
    let rows: Value = serde_json::from_str(&report.results).unwrap();
    assert_eq!(rows[0]["k"].as_i64(), Some(1), "{outcome}");
    assert_eq!(rows[0]["x"].as_f64(), Some(1.0), "{outcome}");
    assert_eq!(rows[1]["k"].as_str(), Some("x"), "{outcome}");
    assert!(rows[1]["x"].is_null() && rows[2].is_null(), "{outcome}");
}
