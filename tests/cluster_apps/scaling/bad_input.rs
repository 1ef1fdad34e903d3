//! What makes no sense is one line, and nothing is started.

use super::{ENV, Place};
use crate::SUM_PRIMES;
use std::fs;

#[test]
fn is_one_line() {
    let place = Place::new();
    fs::write(place.path("file"), "").expect("a file");
    let file = place.path("file").display().to_string();
    let lines: [(&[&str], &[&str], &str); 16] = [
        (&[], &["prog"], "--ranks"),
        (&["--ranks", "0"], &["prog"], "too small"),
        (&["--ranks", "1,"], &["prog"], "empty"),
        (
            &["--ranks", "1", "--threads", "x"],
            &["prog"],
            "not a number",
        ),
        (&["--ranks", "1", "--repeat", "0"], &["prog"], "too small"),
        (
            &["--ranks", "1", "--timeout", "0"],
            &["prog"],
            "not above zero",
        ),
        (&["--ranks", "1"], &[], "PROGRAM"),
        (
            &["--ranks", "1"],
            &["no-such-program"],
            "no such program on PATH",
        ),
        (
            &["--ranks", "1"],
            &["./no-such-program"],
            "there is no such program",
        ),
        (&["--ranks", "1"], &[&file], "not a program that can be run"),
        (&["--ranks", "1", "--weak"], &["prog"], "--scale"),
        (
            &["--ranks", "1", "--scale", "N=p"],
            &["prog", "{N}"],
            "--weak",
        ),
        (
            &["--ranks", "1", "--weak", "--scale", "N=q"],
            &["prog", "{N}"],
            "there is no q",
        ),
        (
            &["--ranks", "1", "--weak", "--scale", "N=p"],
            &["prog", "{M}"],
            "there is no {N}",
        ),
        (
            &["--ranks", "1", "--weak", "--scale", "N=2^127"],
            &["prog", "{N}"],
            "too large",
        ),
        (
            &["--ranks", "1", "--launch", "env -n 4"],
            &[SUM_PRIMES],
            "it has no {ranks}",
        ),
    ];
    for (options, command, says) in lines {
        let (program, arguments) = command.split_first().unwrap_or((&"", &[]));
        let outcome = place
            .study(options, program, arguments)
            .finish()
            .with_code(2);
        let errors = outcome.errors();
        let first = errors.first().copied().unwrap_or("");
        if !program.is_empty() {
            assert!(first.contains(says), "{outcome}");
        }
        assert!(
            errors.len() == 1 && outcome.stderr.lines().count() == 1,
            "{outcome}"
        );
        assert!(!place.path("out").exists(), "{outcome}");
    }
}

#[test]
fn a_folder_that_is_none_of_a_study() {
    let place = Place::new();
    let program = place.script("true");
    let study = || {
        let options = ["--ranks", "1", "--repeat", "1", "--launch", ENV];
        place.study(&options, &program, &[]).finish()
    };
    fs::write(place.path("out"), "").expect("a file");
    assert!(study().with_code(2).errors()[0].contains("this is not a folder"));
    fs::remove_file(place.path("out")).expect("it is ours");
    fs::create_dir(place.path("out")).expect("a folder");
    for (name, says) in [
        ("index.html", "without runs.csv"),
        ("runs.csv", "is not of a study"),
    ] {
        fs::write(place.path("out").join(name), "mine\n").expect("a file");
        assert!(study().with_code(2).errors()[0].contains(says));
        assert_eq!(place.text(&format!("out/{name}")), "mine\n");
    }
}
