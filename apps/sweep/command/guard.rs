//! Nothing that was started stays behind, however this process ends.
//!
//! A program runs in a process group of its own, which an interrupt at the terminal does not reach; nor can
//! a process that is killed end others. So a second process of this same program, in a group of its own too,
//! holds the other end of a pipe: it is told which groups there are, and when the pipe closes, since this
//! process is over in whichever way, it ends those that are left.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

/// The only argument of a guard.
const WORD: &str = "--guard-process-groups";

/// Between being asked to end and being ended.
pub const GRACE: Duration = Duration::from_secs(3);

/// The process that watches over this one.
pub struct Guard {
    child: Child,
    pipe: Mutex<Option<ChildStdin>>,
}

impl Guard {
    /// # Errors
    /// When it cannot be started.
    pub fn start() -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(WORD).process_group(0);
        let command = command.stdin(Stdio::piped());
        // What reads this process's output must not wait for it.
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = Mutex::new(child.stdin.take());
        Ok(Guard { child, pipe })
    }

    /// A group is there now.
    pub fn watch(&self, group: Pid) {
        self.tell('+', group);
    }

    /// A group is gone.
    pub fn forget(&self, group: Pid) {
        self.tell('-', group);
    }

    fn tell(&self, sign: char, group: Pid) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = pipe.as_mut() {
            // Without a guard the work goes on.
            let _ = writeln!(pipe, "{sign}{}", group.as_raw_nonzero());
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let pipe = self.pipe.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(pipe.take());
        let _ = self.child.wait();
    }
}

/// Whether this process is to be a guard.
pub fn is_asked() -> bool {
    env::args_os().skip(1).eq([WORD])
}

/// The guard's life.
pub fn stand() -> ExitCode {
    let mut groups = BTreeSet::new();
    for line in io::stdin().lines().map_while(Result::ok) {
        let group = line.get(1..).and_then(|digits| digits.parse().ok());
        match (line.chars().next(), group) {
            (Some('+'), Some(group)) => groups.insert(group),
            (Some('-'), Some(group)) => groups.remove(&group),
            _ => false,
        };
    }
    let groups: Vec<Pid> = groups.into_iter().filter_map(Pid::from_raw).collect();
    end(&groups);
    ExitCode::SUCCESS
}

fn end(groups: &[Pid]) {
    let signal = |signal| {
        for &group in groups {
            // That it is gone already is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    };
    let left = || {
        groups
            .iter()
            .any(|&group| test_kill_process_group(group) != Err(Errno::SRCH))
    };
    signal(Signal::TERM);
    let since = Instant::now();
    while left() && since.elapsed() < GRACE {
        // They are not this process's children: nothing but looking again tells that they are gone.
        thread::sleep(Duration::from_millis(10));
    }
    signal(Signal::KILL);
}
