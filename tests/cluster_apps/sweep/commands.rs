//! Programs: their words, their outputs, their ends, and what they know of their surroundings.

use super::{everywhere, sheet, sweep};
use crate::SUM_PRIMES;
use crate::support::temp::Temp;
use std::fs;
use std::time::Duration;

#[test]
fn each_row_once() {
    let dir = Temp::new();
    let path = dir.path().join("ran");
    let command = format!("sh -c 'echo $1 $2 >>{}' - {{a}} {{row}}", path.display());
    everywhere(
        &["a=10:400:10", "--command", &command],
        "sweep::each_row_once",
        |outcome| {
            assert_eq!(outcome.code(), Some(0), "{outcome}");
            assert_eq!(sheet(&outcome.stdout).rows.len(), 40, "{outcome}");
            let text = fs::read_to_string(&path).unwrap();
            fs::remove_file(&path).unwrap();
            let mut ran: Vec<(u32, u32)> = text
                .lines()
                .filter_map(|line| line.split_once(' '))
                .map(|(a, row)| (a.parse().unwrap(), row.parse().unwrap()))
                .collect();
            ran.sort_unstable();
            assert_eq!(
                ran,
                (1..=40).map(|row| (10 * row, row)).collect::<Vec<_>>(),
                "{outcome}"
            );
        },
    );
}

#[test]
fn a_value_stays_one_argument() {
    let values = [
        "a b",
        "it's",
        "say \"so\"",
        "$HOME `id` ; | > *",
        "x\ny",
        "\u{e9}\u{4e16}",
        "{a}",
        "-n",
        "",
    ];
    let quoted: Vec<String> = values
        .iter()
        .map(|v| format!("\"{}\"", v.replace('"', "\"\"")))
        .collect();
    let axis = format!("a={}", quoted.join(","));
    let command = "sh -c 'printf %s/%s $# \"$1\"' - {a}";
    let outcome = sweep(&[&axis, "--command", command]).finish().ok();
    let rows = sheet(&outcome.stdout);
    assert_eq!(rows.column("a"), values, "{outcome}");
    assert_eq!(
        rows.column("stdout"),
        values.map(|value| format!("1/{value}")),
        "{outcome}"
    );
    let outcome = sweep(&["a=1", "--command", "printf '%s|' {a}{{}} x{#}y --n={row}"])
        .finish()
        .ok();
    assert_eq!(
        sheet(&outcome.stdout).column("stdout"),
        ["1{}|x1y|--n=1|"],
        "{outcome}"
    );
}

#[test]
fn how_programs_end() {
    let command =
        "sh -c 'echo out; echo err >&2; case $1 in k) kill -9 $$;; *) exit $1;; esac' - {a}";
    everywhere(
        &["a=0,3,k", "--command", command],
        "sweep::how_programs_end",
        |outcome| {
            assert_eq!(outcome.code(), Some(6), "{outcome}");
            let rows = sheet(&outcome.stdout);
            assert_eq!(
                rows.names,
                ["a", "exit", "seconds", "stdout", "stderr"],
                "{outcome}"
            );
            assert_eq!(rows.column("exit"), ["0", "3", "signal 9"], "{outcome}");
            assert_eq!(rows.column("stdout"), ["out\n"; 3], "{outcome}");
            assert_eq!(rows.column("stderr"), ["err\n"; 3], "{outcome}");
            let seconds = rows.column("seconds");
            let plausible = |s: &str| s.parse().is_ok_and(|s: f64| s > 0.0 && s < 60.0);
            assert!(seconds.iter().all(|s| plausible(s)), "{outcome}");
            let warning = "2 of 3 rows failed, the first: row 2 (a=3): exit code 3: err";
            assert!(
                outcome.hints().iter().any(|line| line.ends_with(warning)),
                "{outcome}"
            );
        },
    );
}

#[test]
fn what_cannot_be_started() {
    let outcome = sweep(&["a=/no/such/program,true", "--command", "{a}"])
        .finish()
        .with_code(6);
    let rows = sheet(&outcome.stdout);
    assert_eq!(rows.column("exit"), ["failed", "0"], "{outcome}");
    assert!(
        rows.column("stderr")[0].starts_with("/no/such/program: No such file"),
        "{outcome}"
    );
    // How far it was, and the warning.
    assert_eq!(outcome.stderr.lines().count(), 2, "{outcome}");
    assert!(outcome.stderr.contains("2/2 items (100 %)"), "{outcome}");
}

#[test]
fn standard_input_is_empty() {
    let outcome = sweep(&["a=1", "--command", "wc -c"]).finish().ok();
    assert_eq!(
        sheet(&outcome.stdout).column("stdout")[0].trim(),
        "0",
        "{outcome}"
    );
}

/// More than pipes hold, on both at once.
#[test]
fn long_outputs_are_read_and_cut() {
    let write = "head -c 3000000 /dev/zero | tr \"\\0\" x";
    let command = format!("sh -c '{write} & {write} >&2; wait'");
    let outcome = sweep(&["a=1,2", "--command", &command]).finish().ok();
    let rows = sheet(&outcome.stdout);
    for text in [rows.column("stdout"), rows.column("stderr")].concat() {
        let kept = text.strip_suffix("\n[cut after 1048576 bytes]\n");
        assert!(kept.is_some_and(|kept| kept.len() == 1 << 20 && kept.bytes().all(|b| b == b'x')));
    }
}

#[test]
fn what_takes_too_long_is_ended() {
    // The shell's own child has to end with it: the test fails if any process is left.
    let command = "sh -c 'echo begun; sleep 1000; echo never'";
    let args = ["a=1,2", "--timeout", "0.5", "--command", command];
    everywhere(&args, "sweep::what_takes_too_long", |outcome| {
        assert_eq!(outcome.code(), Some(6), "{outcome}");
        let rows = sheet(&outcome.stdout);
        assert_eq!(rows.column("exit"), ["timeout"; 2], "{outcome}");
        assert_eq!(rows.column("stdout"), ["begun\n"; 2], "{outcome}");
        let seconds: Vec<f64> = rows
            .column("seconds")
            .iter()
            .map(|s| s.parse().unwrap())
            .collect();
        assert!(
            seconds.iter().all(|&s| (0.5..30.0).contains(&s)),
            "{outcome}"
        );
        assert!(
            outcome.stderr.contains("row 1 (a=1): timed out after 0."),
            "{outcome}"
        );
    });
}

#[test]
fn what_does_not_listen_is_killed() {
    let command = "sh -c 'trap \"\" TERM; sleep 1000; sleep 1000; sleep 1000'";
    let outcome = sweep(&["a=1", "--timeout", "200ms", "--command", command])
        .finish()
        .with_code(6);
    assert_eq!(
        sheet(&outcome.stdout).column("exit"),
        ["timeout"],
        "{outcome}"
    );
    assert!(outcome.time > Duration::from_millis(200), "{outcome}");
}

/// The last row is over long before a second.
#[test]
fn a_time_that_suffices_changes_nothing() {
    let outcome = sweep(&["a=1", "--timeout", "1:30", "--command", "true"])
        .finish()
        .ok();
    assert_eq!(sheet(&outcome.stdout).column("exit"), ["0"], "{outcome}");
}

#[test]
fn what_is_left_in_the_background_is_ended() {
    let command = "sh -c 'sleep 1000 & echo done'";
    let outcome = sweep(&["a=1,2", "--command", command]).finish().ok();
    assert_eq!(
        sheet(&outcome.stdout).column("stdout"),
        ["done\n"; 2],
        "{outcome}"
    );
}

#[test]
fn programs_do_not_know_of_a_launcher() {
    const KEPT: [&str; 5] = [
        "OMPI_ALLOW_RUN_AS_ROOT",
        "OMPI_MCA_btl",
        "OMPI_MCA_rmaps",
        "OMPI_MCA_hwloc",
        "PRTE_MCA_",
    ];
    const LAUNCHERS: [&str; 9] = [
        "OMPI_",
        "PMI",
        "PRTE_",
        "ORTE_",
        "MPI_LOCAL",
        "HYD",
        "SLURM_PROCID",
        "SLURM_STEP",
        "MV2_",
    ];
    let begins = |line: &str, with: &[&str]| with.iter().any(|prefix| line.starts_with(prefix));
    everywhere(
        &["a=1,2", "--command", "env"],
        "sweep::programs_do_not_know",
        |outcome| {
            assert_eq!(outcome.code(), Some(0), "{outcome}");
            for environment in sheet(&outcome.stdout).column("stdout") {
                assert!(
                    environment.lines().any(|line| line.starts_with("PATH=")),
                    "{outcome}"
                );
                let left: Vec<&str> = environment
                    .lines()
                    .filter(|line| begins(line, &LAUNCHERS) && !begins(line, &KEPT))
                    .collect();
                assert!(left.is_empty(), "{left:?}");
            }
        },
    );
    // So a program of ours is a run of its own, not a rank of this one.
    let command = format!("{SUM_PRIMES} --quiet {{n}}");
    everywhere(
        &["n=10,100,1000", "--command", &command],
        "sweep::programs_of_ours",
        |outcome| {
            assert_eq!(outcome.code(), Some(0), "{outcome}");
            let sums: Vec<String> = [(10, 17), (100, 1060), (1000, 76127)]
                .map(|(n, sum)| format!("Sum of primes below {n} is {sum}\n"))
                .into();
            assert_eq!(sheet(&outcome.stdout).column("stdout"), sums, "{outcome}");
        },
    );
}

/// A program of a row may be launched on ranks of its own.
#[test]
#[cfg(feature = "mpi")]
fn a_launch_inside_of_a_launch() {
    let Some(launcher) =
        crate::support::launcher::launcher_for(crate::SWEEP, "sweep::a_launch_inside")
    else {
        return;
    };
    let command = format!(
        "{} -n 2 {SUM_PRIMES} --quiet --json {{n}}",
        launcher.path().display()
    );
    let outcome = launcher
        .run(2, crate::SWEEP)
        .args(["n=100", "--command", &command])
        .finish()
        .ok();
    let said = sheet(&outcome.stdout).column("stdout").concat();
    assert!(
        said.contains("\"ranks\":2") && said.contains("1060"),
        "{outcome}"
    );
}
