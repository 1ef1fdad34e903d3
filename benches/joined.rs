//! A run of one process and one that joined it against two MPI processes, in turns; and what those who join cost the
//! process of rank 0, by how many there are.
//!
//! ```text
//! cargo bench --bench joined
//! ```
//!
//! Every process has one thread. `LAUNCH='mpirun -n 2'` starts the two MPI processes; empty, they are left out.
//! `REPEATS=5` turns each; figures are the ratios of neighbours and their median. Of one kind of call the schedule is
//! the default one, of the other each lease has a single item of 6000 sines, so that rank 0 is asked as often as can
//! be. The time is that of the call on rank 0, once all are there. The cost is the CPU time that the threads of rank 0
//! take which look after others: the comm thread, and the two of each link.

#[path = "tasks/median.rs"]
mod median;

use grange::{Builder, Error, Pool, Schedule, Sum};
use median::median;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// What tells a process of a run from the one that measures.
const KIND: &str = "JOINED_KIND";
/// A run waits for this file before its first call.
const GO: &str = "JOINED_GO";
/// Where others join, or the run that is joined.
const ELASTIC: &str = "JOINED_ELASTIC";
const JOIN: &str = "JOINED_JOIN";
/// Items.
const ITEMS: &str = "JOINED_ITEMS";
/// No run takes longer.
const DEADLINE: Duration = Duration::from_secs(300);

/// Items that this process computed.
static MINE: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    match env::var(KIND) {
        Ok(kind) => work(&kind),
        Err(_) => match measure() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}

/// A process of a run.
fn work(kind: &str) -> ExitCode {
    let fine = kind == "fine";
    let var = |name: &str| env::var(name).ok();
    let items = var(ITEMS).and_then(|text| text.parse().ok()).unwrap_or(1);
    Builder::new()
        .version(format!("{kind} {items}"))
        .elastic(var(ELASTIC).map(PathBuf::from))
        .join(var(JOIN))
        .run(|pool| call(pool, fine, items))
}

fn call(pool: &Pool, fine: bool, items: u64) -> Result<(), Error> {
    let go = env::var(GO).ok().map(PathBuf::from);
    while pool.rank() == 0 && go.as_ref().is_some_and(|go| !go.exists()) {
        thread::sleep(Duration::from_millis(5));
    }
    let range = pool.range(0..items).name("items");
    let range = match fine {
        true => range.grain(1).schedule("dynamic,1".parse::<Schedule>()?),
        false => range,
    };
    let (since, before) = (Instant::now(), looking_after());
    let sum: f64 = range.map_reduce_each(
        |x| {
            MINE.fetch_add(1, Ordering::Relaxed);
            item(x)
        },
        Sum,
    )?;
    let (took, cost) = (since.elapsed(), looking_after() - before);
    black_box(sum);
    if pool.rank() == 0 {
        let mine = MINE.load(Ordering::Relaxed);
        eprintln!("measured {} {cost} {mine}", took.as_nanos());
    }
    Ok(())
}

/// Some 100 µs.
fn item(x: u64) -> f64 {
    let mut v = x as f64 * 0.731;
    for _ in 0..6000 {
        v = black_box((v * 1.37 + 0.11).sin() + 0.5);
    }
    v
}

/// Nanoseconds of CPU time of those threads of this process, so far.
fn looking_after() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    tasks
        .filter_map(|task| {
            let path = task.ok()?.path();
            let name = fs::read_to_string(path.join("comm")).ok()?;
            let counts = name.starts_with("grange-comm") || name.starts_with("link-");
            let spent = fs::read_to_string(path.join("schedstat")).ok()?;
            let spent = spent.split(' ').next()?.parse::<u64>().ok();
            spent.filter(|_| counts)
        })
        .sum()
}

/// What a run says at its end.
#[derive(Clone, Copy)]
struct Figures {
    seconds: f64,
    /// Of the threads that look after others.
    cpu_seconds: f64,
    /// Items that rank 0 computed itself.
    mine: u64,
}

/// Processes that are ended when this is dropped.
struct Started(Vec<Child>);

impl Drop for Started {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts a process and waits until it says so; gives it with what it says after that.
fn start(
    mut command: Command,
    until: &str,
) -> Result<(Child, BufReader<impl std::io::Read>), String> {
    let mut child = command
        .env("RAYON_NUM_THREADS", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{command:?}: {e}"))?;
    let stderr = child.stderr.take().ok_or("no standard error")?;
    let mut lines = BufReader::new(stderr);
    let mut line = String::new();
    while !until.is_empty() && !line.contains(until) {
        line.clear();
        if lines.read_line(&mut line).map_err(|e| e.to_string())? == 0 {
            return Err(format!("{command:?} ends before it says '{until}'"));
        }
    }
    Ok((child, lines))
}

/// A run with that many that join it, or under a launcher.
fn run(
    folder: &Path,
    kind: &str,
    items: u64,
    joiners: u32,
    launch: &str,
) -> Result<Figures, String> {
    let me = env::current_exe().map_err(|e| e.to_string())?;
    let go = folder.join("go");
    let _ = fs::remove_file(&go);
    let with = |program: &str| {
        let mut command = Command::new(program);
        command.env(KIND, kind).env(ITEMS, items.to_string());
        command
    };
    let mut words = launch.split_whitespace();
    let mut command = match words.next() {
        Some(launcher) => with(launcher),
        None => with(&me.to_string_lossy()),
    };
    if !launch.is_empty() {
        command.args(words).arg(&me);
    }
    command.env(GO, &go);
    if joiners > 0 {
        command.env(ELASTIC, folder.join("join"));
    }
    let said = if joiners > 0 { "others may join" } else { "" };
    let (child, lines) = start(command, said)?;
    let mut started = Started(vec![child]);
    let mut heard = Vec::new();
    for _ in 0..joiners {
        let mut joiner = with(&me.to_string_lossy());
        joiner.env(JOIN, folder.join("join"));
        let (child, lines) = start(joiner, "has joined the run")?;
        started.0.push(child);
        heard.push(lines);
    }
    fs::write(&go, "").map_err(|e| e.to_string())?;
    let since = Instant::now();
    let mut measured = None;
    for line in lines.lines() {
        let line = line.map_err(|e| e.to_string())?;
        if let Some(rest) = line.strip_prefix("measured ") {
            measured = Some(rest.to_owned());
        }
        if since.elapsed() > DEADLINE {
            return Err(format!("no end after {DEADLINE:?}"));
        }
    }
    for child in &mut started.0 {
        let status = child.wait().map_err(|e| e.to_string())?;
        if !status.success() {
            return Err(format!("a process left with {status}"));
        }
    }
    let measured = measured.ok_or("the run says nothing")?;
    let numbers: Vec<u64> = measured.split(' ').filter_map(|n| n.parse().ok()).collect();
    let [nanos, cpu, mine] = numbers[..] else {
        return Err(format!("'{measured}' makes no sense"));
    };
    Ok(Figures {
        seconds: nanos as f64 / 1e9,
        cpu_seconds: cpu as f64 / 1e9,
        mine,
    })
}

fn measure() -> Result<(), String> {
    let var = |name: &str, otherwise: &str| env::var(name).unwrap_or(otherwise.to_owned());
    let repeats: usize = var("REPEATS", "5").parse().unwrap_or(5).max(1);
    let launch = var("LAUNCH", "mpirun -n 2");
    let items: u64 = var("N", "60000").parse().unwrap_or(60_000);
    let folder = env::temp_dir().join(format!("grange-joined-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let measured = compare(&folder, items, repeats, &launch).and_then(|()| costs(&folder, items));
    let _ = fs::remove_dir_all(&folder);
    measured
}

fn compare(folder: &Path, items: u64, repeats: usize, launch: &str) -> Result<(), String> {
    if launch.is_empty() {
        return Ok(());
    }
    for kind in ["default", "fine"] {
        println!("{items} items of 6000 sines, {kind} leases: one that joined against '{launch}'");
        let mut ratios = Vec::new();
        for i in 0..repeats {
            let with = |joined: bool| match joined {
                true => run(folder, kind, items, 1, ""),
                false => run(folder, kind, items, 0, launch),
            };
            // In turns, so that neither is always first.
            let (first, second) = (with(i % 2 == 0)?, with(i % 2 == 1)?);
            let (joined, mpi) = if i % 2 == 0 {
                (first, second)
            } else {
                (second, first)
            };
            println!(
                "  joined {:.3} s, MPI {:.3} s: {:.4}; of rank 0, for the other: CPU {:.3} s, {:.3} s",
                joined.seconds,
                mpi.seconds,
                joined.seconds / mpi.seconds,
                joined.cpu_seconds,
                mpi.cpu_seconds
            );
            ratios.push(joined.seconds / mpi.seconds);
        }
        println!("  median ratio {:.4}", median(ratios));
    }
    Ok(())
}

fn costs(folder: &Path, items: u64) -> Result<(), String> {
    println!("{items} leases of one item of 6000 sines, by how many joined");
    for joiners in [0, 1, 4, 16, 64] {
        let run = run(folder, "fine", items, joiners, "")?;
        let each = |leases: u64| run.cpu_seconds * 1e6 / leases as f64;
        let away = match items - run.mine {
            0 => String::new(),
            away => format!("; {away} of them away: {:.1} µs each", each(away)),
        };
        println!(
            "  {joiners:>2} joined: {:.2} s; CPU time of rank 0 for others {:.3} s, {:.1} µs a lease{away}",
            run.seconds,
            run.cpu_seconds,
            each(items),
        );
    }
    Ok(())
}
