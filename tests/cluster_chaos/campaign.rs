//! Many runs, each harmed some times and resumed as often.

use crate::dice::Dice;
use crate::harm::{self, Harm};
use crate::support::launcher::{Launcher, Library};
use crate::support::run::Run;
use crate::support::temp::Temp;
use crate::work;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// No run takes longer, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(180);
/// A run harmed and resumed up to so often.
const TIMES: u64 = 3;
/// About how long a run takes that is left in peace, in milliseconds.
const LASTS: u64 = 1_100;
const SHARED_MEMORY: &str = "/dev/shm";
/// How the names of MPICH's files there begin.
const MPICH: &str = "mpich_shar_tmp";

pub fn run() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let long = env::var_os("GRANGE_LONG").is_some();
    let runs = number("CHAOS").unwrap_or(if long { 2_000 } else { 40 });
    let first = number("SEED").unwrap_or(1);
    let launcher = Library::named_in(&grange::versions::text()).and_then(Launcher::of);
    let right = start(None, 0, 2, None).finish().ok().stdout;
    let began = Instant::now();
    for seed in first..first + runs {
        one(seed, launcher.as_ref(), &right);
    }
    println!("{runs} runs in {:?}", began.elapsed());
}

fn start(
    launcher: Option<&Launcher>,
    ranks: u32,
    threads: u64,
    place: Option<(&Path, &Path)>,
) -> Run {
    let me = env::current_exe().expect("this program has a path");
    let run = match launcher.filter(|_| ranks > 0) {
        Some(launcher) => launcher.run(ranks, &me.to_string_lossy()),
        None => Run::new(me),
    };
    let run = run
        .arg("work")
        .env("RAYON_NUM_THREADS", threads.to_string())
        .deadline(DEADLINE);
    match place {
        Some((file, folder)) => run
            .arg(file)
            // What Open MPI leaves behind when it is killed is not to lie about.
            .env("TMPDIR", folder)
            .env("OMPI_MCA_btl_vader_backing_directory", folder),
        None => run,
    }
}

fn one(seed: u64, launcher: Option<&Launcher>, right: &str) {
    let mut dice = Dice::new(seed);
    let (folder, scratch) = (Temp::new(), Temp::new());
    let file = folder.path().join("run.h5");
    let shared = shared_memory(launcher);
    let mut history = Vec::new();
    for time in 0..=TIMES {
        let ranks = dice.one(&[0, 1, 2, 3, 5]);
        let threads = 1 + dice.below(2);
        let harm = (time < TIMES).then(|| dice.one(&harm::ALL));
        let after = Duration::from_millis(dice.below(LASTS));
        let audit = dice.one(&["0", "0", "0.2", "1"]);
        history.push((ranks, threads, audit, harm, after));
        let run = start(launcher, ranks, threads, Some((&file, scratch.path())));
        let began = Instant::now();
        let running = run.env("AUDIT", audit).start();
        if let Some(harm) = harm {
            // The moment is what is tried.
            thread::sleep(after);
            harm.happen(&running, &mut dice);
        }
        let launched = launcher.is_some() && ranks > 0;
        if harm.is_some() && launched {
            harm::outlast(&running, began + DEADLINE);
        }
        let outcome = running.finish();
        let own = outcome.stdout.lines().filter(|line| !is_hydras(line));
        let printed: String = own.map(|line| format!("{line}\n")).collect();
        let told = || format!("SEED={seed}: {history:?}\n{outcome}");
        match harm {
            None => assert_eq!(
                (outcome.code(), printed.as_str()),
                (Some(0), right),
                "{}",
                told()
            ),
            Some(_) if outcome.code() == Some(0) && printed == right => {}
            Some(harm) => {
                // It may have been killed after its last word.
                assert!(printed.is_empty() || printed == right, "{}", told());
                if harm.is_gentle(launched) {
                    let before = match harm {
                        // Launchers tell a signal in one of these ways.
                        Harm::Signal(number) | Harm::SignalRank(number) => outcome
                            .code()
                            .is_none_or(|code| code > 128 || code == 1 || code == number),
                        _ => false,
                    };
                    // Before the run attends to signals they do what they always do.
                    // MPICH's launcher at times leaves with 0 after a signal of its own.
                    let untold = launcher.is_some_and(|l| l.library == Library::Mpich)
                        && launched
                        && outcome.code() == Some(0)
                        && outcome.stderr.contains("grange: stopped by ");
                    assert!(outcome.code() == Some(75) || before || untold, "{}", told());
                }
                let panicked = outcome.stderr.contains("panicked");
                assert!(!panicked, "{}", told());
            }
        }
    }
    let left: Vec<String> = fs::read_dir(folder.path())
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !work::is_expected(&file, name))
        .collect();
    assert!(
        left.is_empty(),
        "SEED={seed}: {left:?} is left; {history:?}"
    );
    let mut more = shared_memory(launcher);
    more.retain(|name| !shared.contains(name));
    // A rank that is killed within `MPI_Init` leaves what MPICH removes at its end, with no way to put it elsewhere.
    for name in more.extract_if(.., |name| name.starts_with(MPICH)) {
        // Whoever else waits for it may have removed it by now.
        let _ = fs::remove_file(Path::new(SHARED_MEMORY).join(name));
    }
    assert!(
        more.is_empty(),
        "SEED={seed}: {more:?} is left in shared memory"
    );
}

/// MPICH's launcher writes on standard output what it does with an interrupt, and that a rank has died.
fn is_hydras(line: &str) -> bool {
    let begins = [
        "[mpiexec@",
        "=",
        "YOUR APPLICATION TERMINATED",
        "This typically refers to a problem",
        "Please see the FAQ page",
    ];
    line.is_empty() || begins.iter().any(|begin| line.starts_with(begin))
}

/// What the MPI library at hand has there: another's is not ours.
fn shared_memory(launcher: Option<&Launcher>) -> Vec<String> {
    let known: &[&str] = match launcher.map(|launcher| launcher.library) {
        Some(Library::OpenMpi) => &["vader", "sm_", "grange"],
        Some(Library::Mpich) => &[MPICH, "grange"],
        None => &["grange"],
    };
    let entries = fs::read_dir(SHARED_MEMORY).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| known.iter().any(|of| name.starts_with(of)))
        .collect()
}
