//! A run that is ended from outside leaves no program behind.

use super::{sheet, sweep};
use crate::support::left::signal;
use crate::support::run::Running;
use std::thread;
use std::time::{Duration, Instant};

const INTERRUPT: i32 = 2;
const KILL: i32 = 9;
/// A program that tells nothing and listens to nobody but the strongest.
const ENDLESS: &str = "sh -c 'trap \"\" INT; sleep 1000; sleep 1000'";

/// Waits until that many programs are at work; fails after a while.
fn at_work(running: &Running, programs: usize) {
    let since = Instant::now();
    let at_work = || {
        let all = running.processes();
        all.iter()
            .filter(|(_, line)| line.starts_with("sleep 1000"))
            .count()
    };
    while at_work() < programs {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "{:?}",
            running.processes()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_interrupt_or_a_kill_alone() {
    for (with, code) in [(INTERRUPT, Some(130)), (KILL, None)] {
        let running = sweep(&["a=1:9:1", "--threads", "2", "--command", ENDLESS]).start();
        at_work(&running, 2);
        // The process alone, as a terminal's interrupt reaches no other group.
        signal(running.id() as i32, with);
        // Fails if any process is left.
        let outcome = running.finish();
        assert_eq!(outcome.code(), code, "{outcome}");
    }
}

#[test]
#[cfg(feature = "mpi")]
fn an_interrupt_or_the_death_of_a_rank_on_ranks() {
    let test = "sweep::an_interrupt_on_ranks";
    let Some(launcher) = crate::support::launcher::launcher_for(crate::SWEEP, test) else {
        return;
    };
    let args = ["a=1:9:1", "--threads", "1", "--command", ENDLESS];
    let start = || launcher.run(3, crate::SWEEP).args(args).start();
    let running = start();
    at_work(&running, 3);
    signal(running.id() as i32, INTERRUPT);
    assert!(running.finish().code() != Some(0));
    let running = start();
    at_work(&running, 3);
    let is_rank = |line: &str| line.starts_with(crate::SWEEP) && !line.contains("--guard");
    let ranks: Vec<i32> = running
        .processes()
        .into_iter()
        .filter_map(|(id, line)| is_rank(&line).then_some(id))
        .collect();
    assert_eq!(ranks.len(), 3);
    signal(ranks[1], KILL);
    assert!(running.finish().code() != Some(0));
}

#[test]
fn a_reader_that_goes_away() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    // The third row tells that the pipe is closed; what runs meanwhile is not waited for.
    let command = "sh -c 'case $1 in [12]) ;; 3) while kill -0 $PPID && ! [ -e $2 ]; do sleep 0.01; done;; *) sleep 1000;; esac' - {a} {f}";
    let dir = crate::support::temp::Temp::new();
    let closed = dir.path().join("closed");
    let axis = format!("f={}", closed.display());
    let mut child = Command::new(crate::SWEEP)
        .args([
            "a=1:9:1",
            &axis,
            "--threads",
            "2",
            "--quiet",
            "--command",
            command,
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut text = String::new();
    for _ in 0..3 {
        reader
            .read_line(&mut text)
            .expect("rows come as they are done");
    }
    assert_eq!(sheet(&text).column("a"), ["1", "2"]);
    drop(reader);
    std::fs::write(&closed, "").expect("a file");
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be asked for") {
            break status;
        }
        if since.elapsed() > Duration::from_secs(30) {
            let _ = child.kill();
            panic!("it goes on without a reader");
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(0));
}
