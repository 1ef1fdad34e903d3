//! What goes where: results to standard output, everything else to standard error, each once.

#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::temp::Temp;
use crate::{PARTIAL_SUM, PROGRAMS, REVERSE_MD5, SUM_PRIMES, solo};

/// Everything in one grain leaves all threads but one idle, which is worth a hint.
const HINTED: [(&str, &str); 2] = [
    (SUM_PRIMES, "--threads 2 --grain 1e11 4e9"),
    (PARTIAL_SUM, "--threads 2 --grain 1e12 --end 1e11"),
];

fn check_help(text: &str, name: &str) {
    assert_eq!(text.matches("Usage:").count(), 1, "{text}");
    for word in [
        name,
        "--threads",
        "--schedule",
        "--grain",
        "--json",
        "--quiet",
    ] {
        assert!(text.contains(word), "'{word}' in {text}");
    }
}

fn check_version(text: &str, name: &str) {
    let version = env!("CARGO_PKG_VERSION");
    let start = format!("{name} {version} (grange {version}");
    assert!(text.starts_with(&start) && text.ends_with(")\n"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(
        text.contains("MPI") || text.contains("MPICH"),
        cfg!(feature = "mpi"),
        "{text}"
    );
    assert_eq!(text.contains("HDF5"), cfg!(feature = "hdf5"), "{text}");
}

#[test]
fn help_and_version() {
    for (program, name) in PROGRAMS {
        for option in ["--help", "-h"] {
            let outcome = solo(program, option).finish().ok();
            check_help(&outcome.stdout, name);
            assert!(outcome.stderr.is_empty(), "{outcome}");
        }
        for option in ["--version", "-V"] {
            let outcome = solo(program, option).finish().ok();
            check_version(&outcome.stdout, name);
            assert!(outcome.stderr.is_empty(), "{outcome}");
        }
    }
}

#[test]
fn completions_and_man_pages() {
    let place = Temp::new();
    for (program, name) in PROGRAMS {
        for (shell, word) in [
            ("bash", "complete -F"),
            ("zsh", "#compdef"),
            ("fish", "complete -c"),
        ] {
            let outcome = solo(program, "--completions").arg(shell).finish().ok();
            let text = &outcome.stdout;
            assert!(text.contains(word) && text.contains(name), "{outcome}");
            assert!(text.contains("checkpoint-every"), "{outcome}");
        }
        solo(program, "--man-pages").arg(place.path()).finish().ok();
        let page = place.path().join(format!("{name}.1"));
        let page = std::fs::read_to_string(page).expect("a man page");
        assert!(
            page.contains(".SH OPTIONS") && page.contains("checkpoint"),
            "{page}"
        );
    }
    let shell = solo(SUM_PRIMES, "--completions tcsh").finish().with_code(2);
    assert!(
        shell.errors()[0].contains("no shell 'tcsh'; there is bash"),
        "{shell}"
    );
    solo(SUM_PRIMES, "--man-pages").finish().with_code(2);
}

#[test]
#[cfg(feature = "mpi")]
fn help_and_version_once_for_all_ranks() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "output::help_and_version") else {
        return;
    };
    for (program, name) in PROGRAMS {
        let outcome = launcher.run(3, program).arg("--version").finish().ok();
        check_version(&outcome.stdout, name);
        assert!(outcome.errors().is_empty(), "{outcome}");
    }
    let outcome = launcher.run(3, SUM_PRIMES).arg("--help").finish().ok();
    check_help(&outcome.stdout, "sum_primes");
    assert!(outcome.errors().is_empty(), "{outcome}");
}

#[test]
fn options_may_come_last() {
    for args in [
        "1000 --json",
        "100 1000 --threads 2",
        "1000 --quiet",
        "1000 --from 10",
        "1000 --schedule static",
    ] {
        let outcome = solo(SUM_PRIMES, args).finish().ok();
        assert!(outcome.errors().is_empty(), "{outcome}");
    }
    let outcome = solo(
        REVERSE_MD5,
        "e555b4bebba1fe0d42a2cc1a6f24e36b --end 5 --quiet",
    )
    .finish()
    .with_code(1);
    assert!(outcome.errors().is_empty(), "{outcome}");
}

#[test]
fn hints_on_standard_error_unless_quiet() {
    for (program, args) in HINTED {
        let hinted = solo(program, args).finish().ok();
        assert_eq!(hinted.hints().len(), 1, "{hinted}");
        assert_eq!(hinted.stderr.lines().count(), 1, "{hinted}");
        assert_eq!(hinted.stdout.lines().count(), 1, "{hinted}");
        let quiet = solo(program, &format!("--quiet {args}")).finish().ok();
        assert!(quiet.stderr.is_empty(), "{quiet}");
        assert_eq!(quiet.stdout, hinted.stdout);
    }
}

#[test]
fn quiet_silences_no_error_and_no_bad_news() {
    let outcome = solo(SUM_PRIMES, "--quiet --from 10 5")
        .finish()
        .with_code(2);
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
    let outcome = solo(REVERSE_MD5, "--quiet --end 5").finish().with_code(1);
    assert!(
        outcome.stdout.ends_with(" has not been found\n") && outcome.stderr.is_empty(),
        "{outcome}"
    );
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks_one_result_and_one_hint() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "output::on_ranks") else {
        return;
    };
    for (program, args) in HINTED {
        let alone = solo(program, args).finish().ok();
        let hinted = launcher.run(3, program).args(args.split(' ')).finish().ok();
        assert_eq!(hinted.stdout, alone.stdout, "{hinted}");
        let of_grain = hinted
            .hints()
            .iter()
            .filter(|hint| hint.contains("grain"))
            .count();
        assert_eq!(of_grain, 1, "{hinted}");
        let quiet = launcher
            .run(3, program)
            .arg("--quiet")
            .args(args.split(' '))
            .finish()
            .ok();
        assert_eq!(quiet.stdout, alone.stdout, "{quiet}");
        assert!(
            quiet.hints().is_empty() && quiet.errors().is_empty(),
            "{quiet}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(SUM_PRIMES)
        .args(["--quiet", "10", "1e7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
