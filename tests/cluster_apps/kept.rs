//! Checkpoints of every program: resumed, finished, damaged, of something else.

use super::solo;
use super::support::outcome::Outcome;
use super::support::temp::Temp;
use super::{
    AUTO_DIFF, CALLBACK, DYNAMIC_NCPUS, PARALLEL, PARTIAL_SUM, QUICKSORT, REVERSE_MD5, SUM_PRIMES,
    SWEEP,
};
#[cfg(feature = "hdf5")]
use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

/// Each with a size that takes less than a second.
#[cfg(feature = "hdf5")]
const SMALL: [(&str, &str); 10] = [
    (SUM_PRIMES, "1e6 2e6"),
    (SUM_PRIMES, "1e6 --jobs"),
    (REVERSE_MD5, "--end 1e5 c4ca4238a0b923820dcc509a6f75849b"),
    (PARTIAL_SUM, "--end 1e6"),
    (SWEEP, "k=1:2:0.1 m=1,2"),
    (PARALLEL, ""),
    (CALLBACK, "--end 1e6"),
    (DYNAMIC_NCPUS, "--end 1e5"),
    (AUTO_DIFF, "--parts 8 --end 1e4"),
    (QUICKSORT, "--n 1e5"),
];

/// What is the same in every run: no times, no tables of who did what.
#[cfg(feature = "hdf5")]
fn results(outcome: Outcome) -> Vec<String> {
    let lasting = |line: &&str| {
        let words = ["Time", "time", "job", "workers:"];
        let timed = words.iter().any(|word| line.contains(word)) || line.ends_with(" s");
        !timed && !line.starts_with(' ')
    };
    let lines = outcome.stdout.lines().filter(lasting);
    lines.map(str::to_owned).collect()
}

#[cfg(feature = "hdf5")]
mod with_hdf5 {
    use super::*;
    use crate::support::launcher::launcher_for;
    use std::fs;
    use std::path::Path;

    #[test]
    fn finished_runs_say_the_same_again() {
        for (program, args) in SMALL {
            let folder = Temp::new();
            let file = folder.path().join("run.h5").display().to_string();
            let plain = results(solo(program, args).finish().ok());
            assert!(!plain.is_empty(), "{program}");
            for time in 0..2 {
                let outcome = solo(program, args)
                    .args(["--checkpoint", &file])
                    .finish()
                    .ok();
                let resumes = outcome.stderr.matches(" resumes from ").count();
                assert_eq!(time > 0, resumes > 0, "{outcome}");
                assert_eq!(results(outcome), plain, "{program}");
            }
        }
    }

    /// Until it is done, on this many ranks each time; 0 for no launcher.
    fn in_sessions(program: &str, args: &str, limit: &str, ranks: &[u32]) -> Outcome {
        let folder = Temp::new();
        let file = folder.path().join("run.h5").display().to_string();
        let options = [
            "--checkpoint",
            &file,
            "--time-limit",
            limit,
            "--grace",
            "0.1",
        ];
        let mut sessions = 0;
        loop {
            let n = ranks[sessions % ranks.len()];
            let run = match n {
                0 => solo(program, args),
                n => {
                    let Some(launcher) = launcher_for(program, "kept::in_sessions") else {
                        return solo(program, args).finish().ok();
                    };
                    launcher.run(n, program).args(args.split_whitespace())
                }
            };
            let outcome = run.args(options).finish();
            sessions += 1;
            if outcome.code() != Some(75) {
                assert!(sessions > 1, "{outcome}");
                return outcome.ok();
            }
            assert!(
                outcome.stderr.contains("stopped by the time limit of "),
                "{outcome}"
            );
            assert!(sessions < 100, "{outcome}");
        }
    }

    #[test]
    fn sessions_of_a_sum() {
        // OEIS A046731 counts below powers of ten from their sums: 2220822432581729238 is that below 10^10.
        let outcome = in_sessions(SUM_PRIMES, "1e10 --grain 1e7", "0.8", &[0, 1, 3, 2]);
        assert!(outcome.stdout.contains("2220822432581729238"), "{outcome}");
    }

    #[test]
    fn sessions_of_a_sweep() {
        let args = "a=1:100:1 --quiet --command";
        let command = "sh -c 'sleep 0.02; echo {a}'";
        let folder = Temp::new();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut sessions = 0;
        loop {
            let run = solo(SWEEP, args)
                .arg(command)
                .args(["--output", &path("o.csv")]);
            let run = run.args(["--checkpoint", &path("run.h5"), "--time-limit", "0.5"]);
            let outcome = run.finish();
            sessions += 1;
            if outcome.code() == Some(0) {
                break;
            }
            assert_eq!(outcome.code(), Some(75), "{outcome}");
            assert!(sessions < 50, "{outcome}");
            let names = fs::read_dir(folder.path())
                .expect("the folder is there")
                .flatten();
            let mut names: Vec<_> = names
                .map(|e| e.file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            assert_eq!(names, ["run.h5", "run.h5.previous"]);
        }
        assert!(sessions > 1);
        let rows = fs::read_to_string(path("o.csv")).expect("the output is there");
        let numbers = rows
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next()?.parse().ok());
        assert_eq!(numbers.collect::<Vec<u32>>(), (1..=100).collect::<Vec<_>>());
    }

    /// Makes a checkpoint, does something to it, and tells how the run that should resume ends.
    fn after(harm: impl Fn(&Path), program: &str, args: &str) -> (Outcome, Vec<u8>, Vec<u8>) {
        let folder = Temp::new();
        let file = folder.path().join("run.h5");
        solo(PARTIAL_SUM, "--end 1e6")
            .arg("--checkpoint")
            .arg(&file)
            .finish()
            .ok();
        harm(&file);
        let before = fs::read(&file).unwrap_or_default();
        let outcome = solo(program, args).arg("--checkpoint").arg(&file).finish();
        let now = fs::read(&file).unwrap_or_default();
        (outcome, before, now)
    }

    #[track_caller]
    fn refuses(outcome: &Outcome, code: i32, says: &str) {
        assert_eq!(outcome.code(), Some(code), "{outcome}");
        let errors = outcome.errors();
        assert!(
            errors.len() == 1 && errors[0].contains(says),
            "no '{says}': {outcome}"
        );
        assert!(outcome.stdout.is_empty(), "{outcome}");
    }

    #[track_caller]
    fn refused(harm: impl Fn(&Path), code: i32, says: &str) {
        let (outcome, before, now) = after(harm, PARTIAL_SUM, "--end 1e6");
        refuses(&outcome, code, says);
        assert!(before == now, "overwritten: {outcome}");
    }

    #[test]
    fn another_command_is_refused_and_the_right_one_goes_on() {
        let folder = Temp::new();
        let file = folder.path().join("run.h5");
        let run = |program, args| solo(program, args).arg("--checkpoint").arg(&file).finish();
        run(PARTIAL_SUM, "--end 1e6").ok();
        let other = "run.h5 is a checkpoint of the program partial_sum, and this is sum_primes";
        refuses(&run(SUM_PRIMES, "1e6"), 2, other);
        for (args, says) in [
            ("--end 2e6", "items: 999999 there, 1999999 here"),
            ("--end 1e6 --start 2", "items: 999999 there, 999998 here"),
            (
                "--end 1e6 --grain 7",
                "items a grain: 1048576 there, 7 here",
            ),
            (
                "--end 1000000",
                "version: \"--end 1e6\" there, \"--end 1000000\" here",
            ),
        ] {
            refuses(&run(PARTIAL_SUM, args), 2, says);
        }
        let outcome = run(PARTIAL_SUM, "--end 1e6 --threads 3").ok();
        assert!(outcome.stderr.contains("resumes from"), "{outcome}");
        assert!(outcome.stdout.contains("0.693147"), "{outcome}");
    }

    fn write(path: &Path, bytes: &[u8]) {
        fs::write(path, bytes).expect("the file can be written");
        let _ = fs::remove_file(path.with_extension("h5.previous"));
    }

    #[test]
    fn what_cannot_be_resumed_is_refused_and_left_alone() {
        let whole = |path: &Path| fs::read(path).expect("the file is there");
        refused(
            |path| write(path, b""),
            7,
            "run.h5 is damaged (it is empty)",
        );
        refused(
            |path| write(path, b"x,y\n1,2\n"),
            2,
            "run.h5 is no checkpoint of grange",
        );
        let cut = |path: &Path| write(path, &whole(path)[..2_000]);
        refused(cut, 7, "run.h5 is damaged");
        let flip = |path: &Path| {
            let mut bytes = whole(path);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            write(path, &bytes);
        };
        refused(flip, 7, "run.h5 is damaged");
        let newer = |path: &Path| {
            let bytes = whole(path);
            let at = bytes
                .windows(9)
                .position(|w| w == b"format 1\n")
                .expect("a format");
            write(
                path,
                &[&bytes[..at], b"format 9\n", &bytes[at + 9..]].concat(),
            );
        };
        refused(
            newer,
            2,
            "run.h5 is of a newer format (9; this program knows 1)",
        );
        let folder = |path: &Path| {
            fs::remove_file(path).expect("the file is there");
            fs::create_dir(path).expect("a folder can be made");
        };
        refused(folder, 2, "it is a directory; a checkpoint needs a file");
        solo(PARTIAL_SUM, "--end 1e6 --checkpoint no/such/folder.h5")
            .finish()
            .with_code(2);
    }

    #[test]
    fn the_one_before_is_used_where_the_newest_is_damaged() {
        let damage = |path: &Path| {
            let bytes = fs::read(path).expect("the file is there");
            fs::write(path, &bytes[..bytes.len() - 9]).expect("the file can be written");
        };
        let (outcome, _, now) = after(damage, PARTIAL_SUM, "--end 1e6");
        let outcome = outcome.ok();
        assert!(
            outcome.stderr.contains("run.h5.previous is used instead"),
            "{outcome}"
        );
        assert!(outcome.stdout.contains("0.693147"), "{outcome}");
        assert!(now.starts_with(b"grange checkpoint\n"));
    }

    /// On a disk as small as that, which only root can make here.
    #[test]
    fn a_full_disk_does_not_end_the_run() {
        let folder = Temp::new();
        let disk = folder.path().display().to_string();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128k", "grange-test", &disk])
            .stderr(std::process::Stdio::null())
            .status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: kept::a_full_disk_does_not_end_the_run: no disk can be mounted");
            return;
        }
        let run = |options: &[&str]| {
            let run = solo(QUICKSORT, "--n 2e5 --checkpoint-every 0.05");
            let file = format!("{disk}/run.h5");
            run.args(["--checkpoint", &file]).args(options).finish()
        };
        let outcome = run(&[]).ok();
        let unmounted = std::process::Command::new("umount").arg(&disk).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
        assert!(outcome.stderr.contains("run.h5"), "{outcome}");
        assert!(
            outcome.stderr.contains("No space left on device"),
            "{outcome}"
        );
        // The run itself is done, but what it was to keep is not kept.
        assert!(
            outcome.stdout.contains("200000") || outcome.stdout.contains("200,000"),
            "{outcome}"
        );
    }
}

#[cfg(not(feature = "hdf5"))]
#[test]
fn without_hdf5_there_are_no_checkpoints() {
    let folder = Temp::new();
    let file = folder.path().join("run.h5");
    let outcome: Outcome = solo(PARTIAL_SUM, "--end 1e6")
        .arg("--checkpoint")
        .arg(&file)
        .finish();
    let outcome = outcome.with_code(2);
    let errors = outcome.errors();
    assert!(
        errors.len() == 1 && errors[0].contains("built without HDF5"),
        "{outcome}"
    );
    assert!(!file.exists());
    for program in [
        SUM_PRIMES,
        REVERSE_MD5,
        SWEEP,
        PARALLEL,
        CALLBACK,
        DYNAMIC_NCPUS,
        AUTO_DIFF,
        QUICKSORT,
    ] {
        let args = if program == SWEEP {
            "a=1 --checkpoint"
        } else {
            "--checkpoint"
        };
        solo(program, args).arg(&file).finish().with_code(2);
    }
}

#[test]
#[cfg(feature = "hdf5")]
fn the_end_of_a_slurm_job_is_a_time_limit() {
    let folder = Temp::new();
    let file = folder.path().join("run.h5").display().to_string();
    let ends = |seconds: u64| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        (now.expect("a clock").as_secs() + seconds).to_string()
    };
    // Some seconds are left for clocks that differ, as much as half of the time for the last grains.
    let kept = || solo(SUM_PRIMES, "1e13 --grace 0.1").args(["--checkpoint", &file]);
    let outcome = kept().env("SLURM_JOB_END_TIME", ends(8)).finish();
    let outcome = outcome.with_code(75);
    let why = "stopped by the end of the Slurm job's time: ";
    assert!(outcome.stderr.contains(why), "{outcome}");
    let sooner = kept().args(["--time-limit", "0.3"]);
    let outcome = sooner.env("SLURM_JOB_END_TIME", ends(1000)).finish();
    let why = "stopped by the time limit of 0.3 s: ";
    assert!(outcome.with_code(75).stderr.contains(why));
    // Neither what is not kept is stopped, nor by a job that is over.
    let run = solo(SUM_PRIMES, "1e9").env("SLURM_JOB_END_TIME", ends(5));
    run.finish().ok();
    let run = solo(SUM_PRIMES, "1e9 --checkpoint").arg(folder.path().join("other.h5"));
    run.env("SLURM_JOB_END_TIME", "1700000000").finish().ok();
}

#[test]
#[cfg(feature = "hdf5")]
fn what_would_not_end_before_the_time_limit_is_not_begun() {
    let folder = Temp::new();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let log = path("log");
    let row = format!("sh -c 'echo begun >> {log}; sleep 1; echo ended >> {log}'");
    // At 2 s the programs that run then would have a tenth of a second more.
    let run = solo(SWEEP, "--threads 2 --time-limit 4 --grace 0.1 x=1:100:1");
    let run = run.args(["--checkpoint", &path("run.h5"), "--command", &row]);
    run.finish().with_code(75);
    let text = fs::read_to_string(log).expect("what rows said");
    let count = |word| text.lines().filter(|line| *line == word).count();
    assert!(count("begun") >= 2, "{text}");
    assert_eq!(count("begun"), count("ended"), "{text}");
}

#[test]
fn time_limits_without_a_checkpoint() {
    let outcome = solo(SUM_PRIMES, "1e12 --time-limit 0.3")
        .finish()
        .with_code(5);
    assert!(
        outcome.errors()[0].contains("stopped by the time limit of 0.3 s"),
        "{outcome}"
    );
    let outcome = solo(SUM_PRIMES, "1e6 --restart").finish().with_code(2);
    assert!(outcome.errors()[0].contains("--checkpoint"), "{outcome}");
    for bad in [
        "--checkpoint-every 0",
        "--grace -1",
        "--time-limit soon",
        "--time-limit 1:99",
    ] {
        solo(SUM_PRIMES, "1e6")
            .args(bad.split(' '))
            .finish()
            .with_code(2);
    }
}
