//! Nothing that was started stays behind, however this process ends.
//!
//! A program runs in a process group of its own, which an interrupt at the terminal does not reach; nor can
//! a process that is killed end others. So a second process of this same program, in a group of its own too,
//! holds the other end of a pipe: it is told which groups there are, and when the pipe closes, since this
//! process is over in whichever way, it ends those that are left.
//!
//! This process may be killed when a program runs already and the guard was not yet told its group. So it is
//! told before that one is about to start, and looks for what has its mark in the environment then, where the
//! system shows that (`/proc`).

use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpgid, kill_process_group, test_kill_process_group};
use std::collections::HashSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// The only argument of a guard.
const WORD: &str = "--guard-process-groups";

/// What programs have in their environment: who guards them.
const MARK: &str = "GRANGE_SWEEP_GUARD";

/// Between being asked to end and being ended.
pub const GRACE: Duration = Duration::from_secs(3);

/// A program that was about to start does not take longer to be there.
const STARTING: Duration = Duration::from_secs(1);

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

    /// Starts a program in a group of its own, of which the guard knows.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        self.tell("?");
        let started = command
            .env(MARK, self.child.id().to_string())
            .process_group(0)
            .spawn();
        match &started {
            Ok(child) => self.tell(&format!("+{}", child.id())),
            Err(_) => self.tell("!"),
        }
        started
    }

    /// A group is gone.
    pub fn forget(&self, group: Pid) {
        self.tell(&format!("-{}", group.as_raw_nonzero()));
    }

    fn tell(&self, line: &str) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = pipe.as_mut() {
            // Without a guard the work goes on.
            let _ = pipe.write_all(format!("{line}\n").as_bytes());
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
    let mut watched = Watched::default();
    for line in io::stdin().lines().map_while(Result::ok) {
        watched.hear(&line);
    }
    watched.find_starting();
    end(&watched.groups);
    ExitCode::SUCCESS
}

/// What the guard was told.
#[derive(Default)]
struct Watched {
    groups: HashSet<Pid>,
    /// Programs that were about to start, and of which no more was heard.
    starting: usize,
}

impl Watched {
    fn hear(&mut self, line: &str) {
        let group = || line.get(1..)?.parse().ok().and_then(Pid::from_raw);
        match (line.chars().next(), group()) {
            (Some('?'), _) => self.starting += 1,
            (Some('!'), _) => self.starting = self.starting.saturating_sub(1),
            (Some('+'), Some(group)) => {
                self.starting = self.starting.saturating_sub(1);
                self.groups.insert(group);
            }
            (Some('-'), Some(group)) => {
                self.groups.remove(&group);
            }
            _ => {}
        }
    }

    /// Adds the groups of those that began when nobody was left to tell of them.
    fn find_starting(&mut self) {
        let since = Instant::now();
        let mark = process::id().to_string();
        // Those that lead a group. Asked in this order: some of the system's own processes are in none.
        let leaders = || marked(MARK, &mark).filter(|&id| getpgid(Some(id)) == Ok(id));
        while self.starting > 0 && since.elapsed() < STARTING {
            for group in leaders() {
                self.starting -= usize::from(self.groups.insert(group) && self.starting > 0);
            }
            if self.starting > 0 {
                // One that did not come to be never tells.
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Processes whose environment has `name` with that value.
pub fn marked(name: &str, value: &str) -> impl Iterator<Item = Pid> {
    let mark = format!("{name}={value}").into_bytes();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(move |entry| {
        let id = entry
            .file_name()
            .to_str()?
            .parse()
            .ok()
            .and_then(Pid::from_raw)?;
        let environment = fs::read(entry.path().join("environ")).ok()?;
        let has_mark = environment
            .split(|&byte| byte == 0)
            .any(|each| each == mark);
        has_mark.then_some(id)
    })
}

fn end(groups: &HashSet<Pid>) {
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
