//! Searches among strings, and for the digests of a file.

use crate::REVERSE_MD5;
use crate::hash::md5;
use crate::json::report;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::outcome::Outcome;
use crate::support::run::Run;
use crate::support::temp::Temp;
use grange::isa;
use serde_json::json;
use std::fs;
use std::time::Duration;

/// Far less than what is left to search would take.
const SOON: Duration = Duration::from_secs(60);

fn run(args: &[&str]) -> Outcome {
    Run::new(REVERSE_MD5).args(args).finish()
}

fn found(text: &str) -> String {
    format!("Reverse md5 for {} is {text}\n", md5(text))
}

fn not_found(digest: &str) -> String {
    format!("Reverse md5 for {digest} has not been found\n")
}

/// A file of digests in a directory of its own.
fn file(lines: &str) -> (Temp, String) {
    let folder = Temp::new();
    let path = folder.path().join("digests.txt");
    fs::write(&path, lines).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn digests_from_elsewhere() {
    // RFC 1321, A.5, and one that everybody knows.
    for (digest, mask, text) in [
        ("0cc175b9c0f1b6a831c399e269772661", "?l", "a"),
        ("900150983cd24fb0d6963f7d28e17f72", "?l?l?l", "abc"),
        (
            "f96b697d7cb7938d525a2f31aaf161d0",
            "message?sd?lg?ls?l",
            "message digest",
        ),
        (
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "?l?l?lsw?l?ld",
            "password",
        ),
    ] {
        let outcome = run(&[digest, "--mask", mask]).ok();
        assert_eq!(
            outcome.stdout,
            format!("Reverse md5 for {digest} is {text}\n")
        );
    }
}

#[test]
fn every_set_has_what_it_should() {
    for (mask, text) in [
        ("?l?u?d", "zA9"),
        ("?h?H", "fF"),
        ("?s?s", " ~"),
        ("?a?a?a", "~ a"),
        ("??x?d", "?x7"),
        ("-?d", "-5"),
        ("16 bytes are ok?s", "16 bytes are ok!"),
    ] {
        let outcome = run(&[&md5(text), "--mask", mask]).ok();
        assert_eq!(outcome.stdout, found(text), "{outcome}");
    }
    for (mask, text) in [
        ("?l", "A"),
        ("?u", "a"),
        ("?d", "a"),
        ("?h", "F"),
        ("?H", "a"),
    ] {
        let digest = md5(text);
        let outcome = run(&[&digest, "--mask", mask]).with_code(1);
        assert_eq!(outcome.stdout, not_found(&digest), "{outcome}");
        assert!(outcome.errors().is_empty(), "{outcome}");
    }
}

#[test]
fn sets_of_ones_own() {
    let text = "y-7Q";
    let args = [
        "--mask", "?1?2?3?4", "-1", "xyz", "-2", "?1-", "-3", "?d", "-4", "?uq",
    ];
    let outcome = run(&[&[&*md5(text)], &args[..]].concat()).ok();
    assert_eq!(outcome.stdout, found(text));
    let long = ["--custom-charset1", "-?d", "--mask", "?1?1"];
    let outcome = run(&[&[&*md5("-4")], &long[..]].concat()).ok();
    assert_eq!(outcome.stdout, found("-4"));
}

#[test]
fn lengths() {
    let of = |text: &str, args: &[&str]| run(&[&[&*md5(text)], args].concat());
    for text in ["b", "ba", "1aa"] {
        assert_eq!(
            of(text, &["--charset", "ab1", "--length", "1..3"])
                .ok()
                .stdout,
            found(text)
        );
    }
    for text in ["b", "1aaa"] {
        of(text, &["--charset", "ab1", "--length", "2..3"]).with_code(1);
    }
    // Up to eight, if nothing is said.
    of("babababa", &["--charset", "ab"]).ok();
    of("bababababa", &["--charset", "ab"]).with_code(1);
    // Of a mask, as many places from the left.
    let mask = ["--mask", "x?d?d?d", "--length", "2..3"];
    assert_eq!(of("x12", &mask).ok().stdout, found("x12"));
    of("x123", &mask).with_code(1);
    of("x", &mask).with_code(1);
}

#[test]
fn what_is_not_printable_is_told_as_hashcat_does() {
    // RFC 1321 is of bytes: MD5 of 0xff.
    let digest = "00594fd4f42ba43fc1ca0427a0576295";
    let outcome = run(&[digest, "--mask", "?b"]).ok();
    assert_eq!(
        outcome.stdout,
        format!("Reverse md5 for {digest} is $HEX[ff]\n")
    );
    let outcome = run(&[&md5("é"), "--mask", "é"]).ok();
    assert!(outcome.stdout.ends_with(" is $HEX[c3a9]\n"), "{outcome}");
}

#[test]
fn every_instruction_set_finds_the_same() {
    let texts = ["zebra", "aaaaa", "qwert", "zzzzz"];
    let lines: Vec<String> = texts.iter().map(|text| md5(text)).collect();
    let (_folder, path) = file(&lines.join("\n"));
    let right: String = texts.iter().map(|text| found(text)).collect();
    for isa in isa::available() {
        let with = |args: &[&str]| {
            let run = Run::new(REVERSE_MD5).args(args);
            run.env("GRANGE_ISA", isa.name()).finish().ok().stdout
        };
        for text in texts {
            assert_eq!(
                with(&[&md5(text), "--charset", "?l", "--length", "5"]),
                found(text)
            );
        }
        let all = with(&["--digests", &path, "--charset", "?l", "--length", "5"]);
        assert_eq!(all, right, "{isa}");
    }
}

#[test]
fn files_of_digests() {
    let (a, b, no) = (md5("1829182"), md5("17"), md5("no number"));
    let lines = format!(
        "# numbers\n\n{a}\n{}  # again: {b}\n{b}\n{no}\n{a}\n",
        b.to_uppercase()
    );
    let (_folder, path) = file(&lines);
    let outcome = run(&["--digests", &path]).with_code(1);
    let right = format!("{}{}{}", found("1829182"), found("17"), not_found(&no));
    assert_eq!(outcome.stdout, right, "{outcome}");
    assert!(outcome.errors().is_empty(), "{outcome}");

    let outcome = run(&["--digests", &path, "--json"]).with_code(1);
    let right = json!([
        {"digest": a, "found": 1_829_182}, {"digest": b, "found": 17}, {"digest": no, "found": null}
    ]);
    assert_eq!(report(&outcome).results, right.to_string());

    let (_folder, path) = file(&format!("{b}\n{a}"));
    let outcome = run(&["--digests", &path]).ok();
    assert_eq!(outcome.stdout, found("17") + &found("1829182"));
    let outcome = run(&["--digests", &path, "--json", "--mask", "?d?d"]).with_code(1);
    let right = json!([{"digest": b, "found": "17"}, {"digest": a, "found": null}]);
    assert_eq!(report(&outcome).results, right.to_string());

    // One alone.
    let (_folder, path) = file(&a);
    assert_eq!(run(&["--digests", &path]).ok().stdout, found("1829182"));
}

#[test]
fn a_bad_line_is_told_by_its_number() {
    let good = md5("1");
    for (lines, says) in [
        (
            format!("{good}\n\n{good}0\n"),
            ", line 3: the digest has 33 digits",
        ),
        (
            format!("# x\n{} {good}\n", &good[..3]),
            ", line 2: character 4 of the digest is ' '",
        ),
    ] {
        let (_folder, path) = file(&lines);
        let outcome = run(&["--digests", &path]).with_code(2);
        let errors = outcome.errors();
        assert!(errors.len() == 1 && errors[0].contains(says), "{outcome}");
        assert!(outcome.stdout.is_empty(), "{outcome}");
    }
}

/// A thousand numbers of a million.
#[test]
fn many_digests() {
    let numbers: Vec<u32> = (0..1000).map(|i| 1 + i * 999).collect();
    let lines: Vec<String> = numbers.iter().rev().map(|n| md5(&n.to_string())).collect();
    let (_folder, path) = file(&lines.join("\n"));
    let right: String = numbers
        .iter()
        .rev()
        .map(|n| found(&n.to_string()))
        .collect();
    let outcome = run(&["--digests", &path, "--end", "1e6"]).ok();
    assert!(outcome.stdout == right, "{outcome}");
}

/// All strings up to 16 characters would take longer than the world is old.
#[test]
fn the_search_ends_when_all_are_found() {
    let strings = ["--charset", "?l", "--length", "2..16"];
    let (_folder, path) = file(&format!("{}\n{}\n", md5("zz"), md5("hello")));
    for (what, right) in [
        (vec![md5("hello")], found("hello")),
        (
            vec!["--digests".to_owned(), path],
            found("zz") + &found("hello"),
        ),
    ] {
        let run = Run::new(REVERSE_MD5)
            .args(what)
            .args(strings)
            .deadline(SOON);
        assert_eq!(run.finish().ok().stdout, right);
    }
}

#[test]
#[cfg(feature = "mpi")]
fn the_same_on_ranks() {
    let Some(launcher) = launcher_for(REVERSE_MD5, "reverse_md5_strings::the_same_on_ranks") else {
        return;
    };
    let no = md5("nothing");
    let lines = format!(
        "{}\n{no}\n{}\n{}\n",
        md5("xyzzy"),
        md5("aaaaa"),
        md5("grain")
    );
    let (_folder, path) = file(&lines);
    let right = [
        found("xyzzy"),
        not_found(&no),
        found("aaaaa"),
        found("grain"),
    ]
    .concat();
    for ranks in [1, 2, 3] {
        let run = launcher.run(ranks, REVERSE_MD5).args(["--digests", &path]);
        let outcome = run.args(["--mask", "?l?l?l?l?l"]).finish().with_code(1);
        assert_eq!(outcome.stdout, right, "{outcome}");
        let run = launcher.run(ranks, REVERSE_MD5).arg(md5("grain"));
        let outcome = run
            .args(["--charset", "?l", "--length", "1..9"])
            .deadline(SOON);
        assert_eq!(outcome.finish().ok().stdout, found("grain"));
    }
    let (_folder, bad) = file("x\n");
    let outcome = launcher.run(3, REVERSE_MD5).args(["--digests", &bad]);
    let outcome = outcome.finish().with_code(2);
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
}

#[test]
#[cfg(feature = "hdf5")]
fn kept_searches_say_the_same_again() {
    let (folder, path) = file(&format!("{}\n{}\n", md5("777"), md5("no number")));
    let kept = folder.path().join("run.h5").display().to_string();
    let args = ["--digests", &path, "--end", "1e6", "--checkpoint", &kept];
    let (first, again) = (run(&args).with_code(1), run(&args).with_code(1));
    assert!(again.stderr.contains(" resumes from "), "{again}");
    assert_eq!(first.stdout, again.stdout);
    // Of another file's digests it is not.
    fs::write(&path, md5("778")).expect("the file is there");
    let outcome = run(&args).with_code(2);
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
}
