//! What makes no sense: one line that says so, exit code 2, and nothing on standard output.

#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::run::Run;
use crate::{PARALLEL, PARTIAL_SUM, PROGRAMS, REVERSE_MD5, SUM_PRIMES};

/// Arguments, and a part of what is to be said about them.
pub type Bad = (&'static [&'static str], &'static str);

const FOR_ALL: &[Bad] = &[
    (&["--threads", "0"], "--threads"),
    (&["--threads", "-1"], "-1"),
    (&["--threads", "1.5"], "1.5 is not a whole number"),
    (&["--threads"], "--threads"),
    (&["--grain", "0"], "--grain"),
    (&["--grain", "NaN"], "NaN"),
    (&["--schedule", "sorted"], "'sorted' is not a schedule"),
    (&["--schedule", "dynamic,0"], "dynamic,0"),
    (&["--schedule", "guided,"], "guided,"),
    (&["--no-such-option"], "--no-such-option"),
    (&["--json=yes"], "--json"),
];

const SUMS: &[Bad] = &[
    (&["-5"], "-5 is negative"),
    (&["NaN"], "NaN is not a finite number"),
    (&["inf"], "inf is not a finite number"),
    (&["1e400"], "1e400 is too large"),
    (&["-1e400"], "-1e400 is negative"),
    (&["1.5"], "1.5 is not a whole number"),
    (
        &["18446744073709551617"],
        "18446744073709551617 is too large",
    ),
    (&["2^65"], "2^65 is too large"),
    (&["1,000"], "comma"),
    (&["ten"], "ten is not a number"),
    (&[""], "is empty"),
    (&["1\n2"], "is not a number"),
    (&["100", "1000", "x"], "x is not a number"),
    (&["--from", "10", "5"], "--from 10 is greater than N, 5"),
    (
        &["--from", "10", "100", "5"],
        "--from 10 is greater than N, 5",
    ),
    (&["--from", "-1", "5"], "-1 is negative"),
];

const SEARCHES: &[Bad] = &[
    (&["48ae4d2d384dcc470e471f4169daa96"], "31"),
    (&["48ae4d2d384dcc470e471f4169daa96a0"], "33"),
    (
        &["48ae4d2d384dcc470e471f4169daa96g"],
        "48ae4d2d384dcc470e471f4169daa96g",
    ),
    (&[""], "digest"),
    (
        &["--start", "10", "--end", "5"],
        "--start 10 is greater than --end 5",
    ),
    (&["--start", "-5"], "-5 is negative"),
    (&["--end", "NaN"], "NaN is not a finite number"),
    (&["--end", "1e400"], "1e400 is too large"),
    (&["--end", "1.5"], "1.5 is not a whole number"),
    (&["--end", "2^128"], "2^128 is too large"),
    (&["--mask", ""], "is empty"),
    (&["--mask", "?d?"], "ends with a single '?'"),
    (&["--mask", "a?x"], "has '?x'; there is ?l ?u ?d"),
    (&["--mask", "?2"], "has ?2, which -2 has not defined"),
    (&["--mask", "0123456789abcdef?d"], "17 places"),
    (
        &["--mask", "?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b"],
        "more strings than can be counted",
    ),
    (&["--mask", "?d", "--start", "5"], "--start"),
    (&["--mask", "?d", "--charset", "?d"], "--charset"),
    (&["--mask", "?d?d", "--length", "3"], "2 place(s)"),
    (&["--charset", ""], "is empty"),
    (&["--charset", "caf\u{e9}"], "several bytes"),
    (&["--charset", "?d", "--length", "0"], "0 is too small"),
    (&["--charset", "?d", "--length", "1..17"], "17 is too large"),
    (
        &["--charset", "?d", "--length", "4..3"],
        "4 is greater than 3",
    ),
    (&["--length", "3"], "--length needs --mask or --charset"),
    (&["-1", "abc"], "-1 needs --mask or --charset"),
    (
        &["--mask", "?1", "-1", "?1"],
        "has ?1, which -1 has not defined",
    ),
    (
        &["--digests", "/no/such/file"],
        "/no/such/file: No such file",
    ),
    (&["--digests", "/dev/null"], "there is no digest in it"),
    (
        &["--digests", "x", "48ae4d2d384dcc470e471f4169daa96a"],
        "--digests",
    ),
];

const SERIES: &[Bad] = &[
    (&["--start", "0"], "0 is too small"),
    (
        &["--start", "10", "--end", "5"],
        "--start 10 is greater than --end 5",
    ),
    (&["--start", "-5"], "-5 is negative"),
    (&["--end", "NaN"], "NaN is not a finite number"),
    (&["--end", "1e400"], "1e400 is too large"),
    (&["--end", "1.5"], "1.5 is not a whole number"),
    (
        &["--end", "18446744073709551617"],
        "18446744073709551617 is too large",
    ),
    (&["100"], "100"),
];

const TOURS: &[Bad] = &[
    (&["--sleeps", "-1"], "-1 is negative"),
    (&["--sleeps", "1e7"], "1e7 is too large"),
    (&["--sleeps", "1.5"], "1.5 is not a whole number"),
    (&["--seconds", "0"], "0 is not above zero"),
    (&["--seconds", "-1"], "-1"),
    (&["--seconds", "NaN"], "NaN"),
    (&["--full", "--sleeps", "3"], "--full"),
    (&["--seconds", "2", "--full"], "--full"),
    (&["100"], "100"),
];

#[track_caller]
pub fn refused_alone(program: &str, args: &[&str], says: &str) {
    // However results are to be printed, and whether hints are wanted.
    for more in [&[][..], &["--json", "--quiet"]] {
        let outcome = Run::new(program)
            .args(more)
            .args(args)
            .finish()
            .with_code(2);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        assert!(
            outcome.stderr.lines().count() == 1 && outcome.stderr.ends_with('\n'),
            "{outcome}"
        );
        assert!(outcome.errors().len() == 1, "{outcome}");
        assert!(outcome.stderr.contains(says), "'{says}' in {outcome}");
    }
}

#[test]
fn options_alone() {
    for (args, says) in FOR_ALL {
        for (program, _) in PROGRAMS {
            refused_alone(program, args, says);
        }
    }
}

#[test]
fn sum_primes_alone() {
    SUMS.iter()
        .for_each(|(args, says)| refused_alone(SUM_PRIMES, args, says));
}

#[test]
fn reverse_md5_alone() {
    SEARCHES
        .iter()
        .for_each(|(args, says)| refused_alone(REVERSE_MD5, args, says));
}

#[test]
fn partial_sum_alone() {
    SERIES
        .iter()
        .for_each(|(args, says)| refused_alone(PARTIAL_SUM, args, says));
}

#[test]
fn parallel_alone() {
    TOURS
        .iter()
        .for_each(|(args, says)| refused_alone(PARALLEL, args, says));
}

#[test]
fn bytes_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    for (program, _) in PROGRAMS {
        let outcome = Run::new(program)
            .arg(OsStr::from_bytes(b"1\xff0"))
            .finish()
            .with_code(2);
        assert!(
            outcome.stdout.is_empty() && outcome.errors().len() == 1,
            "{outcome}"
        );
        assert!(outcome.stderr.lines().count() == 1, "{outcome}");
    }
}

/// Each kind once: a launch takes half a second.
#[test]
#[cfg(feature = "mpi")]
fn on_ranks_once_and_not_once_a_rank() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "bad_input::on_ranks") else {
        return;
    };
    let kinds: [(&str, &Bad); 13] = [
        (SUM_PRIMES, &SUMS[0]),
        (SUM_PRIMES, &SUMS[1]),
        (PARTIAL_SUM, &SERIES[4]),
        (SUM_PRIMES, &SUMS[5]),
        (SUM_PRIMES, &SUMS[6]),
        (SUM_PRIMES, &SUMS[13]),
        (REVERSE_MD5, &SEARCHES[0]),
        (REVERSE_MD5, &SEARCHES[4]),
        (PARTIAL_SUM, &FOR_ALL[0]),
        (REVERSE_MD5, &FOR_ALL[6]),
        (PARTIAL_SUM, &FOR_ALL[9]),
        (PARALLEL, &TOURS[0]),
        (PARALLEL, &TOURS[6]),
    ];
    for (program, (args, says)) in kinds {
        let outcome = launcher.run(3, program).args(*args).finish().with_code(2);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        let errors = outcome.errors();
        assert!(
            errors.len() == 1 && errors[0].contains(says),
            "'{says}' in {outcome}"
        );
    }
}
