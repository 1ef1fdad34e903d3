//! One program from its start to its end, and nothing of it left.

use super::capture::{Captured, capture};
use super::group::Group;
use super::guard::{GRACE, Guard};
use super::watch::{next, when_over};
use rustix::process::{Pid, Signal};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A process that left its group may hold an output open for ever.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What holds for every program.
pub struct Limits {
    pub timeout: Option<Duration>,
    /// Variables that it does not get.
    pub removed: Vec<OsString>,
    pub stop: Stop,
}

/// Ends those that are running, when nobody wants their results any more.
#[derive(Default)]
pub struct Stop(Mutex<Started>);

#[derive(Default)]
struct Started {
    stopped: bool,
    /// How to tell each.
    tell: BTreeMap<i32, Sender<Event>>,
}

impl Stop {
    /// From now on.
    pub fn stop(&self) {
        let mut all = self.all();
        all.stopped = true;
        for sender in all.tell.values() {
            let _ = sender.send(Event::Unwanted);
        }
    }

    fn all(&self) -> MutexGuard<'_, Started> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, id: Pid, sender: Sender<Event>) {
        let mut all = self.all();
        if all.stopped {
            let _ = sender.send(Event::Unwanted);
        }
        all.tell.insert(id.as_raw_nonzero().get(), sender);
    }

    fn leave(&self, id: Pid) {
        self.all().tell.remove(&id.as_raw_nonzero().get());
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    Timeout,
    /// It could not be started.
    Failed,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "{code}"),
            Exit::Signal(signal) => write!(f, "signal {signal}"),
            Exit::Timeout => f.write_str("timeout"),
            Exit::Failed => f.write_str("failed"),
        }
    }
}

pub struct Finished {
    pub exit: Exit,
    pub seconds: f64,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `words`.
pub fn run(words: &[String], limits: &Limits, guard: &Guard) -> Finished {
    let began = Instant::now();
    start(words, limits, guard)
        .and_then(|running| {
            let id = running.group.id();
            let finished = running.finish(limits.timeout);
            limits.stop.leave(id);
            finished
        })
        .unwrap_or_else(|error| Finished {
            exit: Exit::Failed,
            seconds: began.elapsed().as_secs_f64(),
            stdout: String::new(),
            stderr: match words.first() {
                Some(program) => format!("{program}: {error}"),
                None => error.to_string(),
            },
        })
}

/// What its threads notice.
enum Event {
    /// It is over, and not yet reaped: its id is still its own.
    Over,
    /// An output is.
    Closed,
    /// Nobody wants its results any more.
    Unwanted,
}

struct Running<'a> {
    group: Group<'a>,
    events: Receiver<Event>,
    stdout: Captured,
    stderr: Captured,
    began: Instant,
}

fn start<'a>(words: &[String], limits: &Limits, guard: &'a Guard) -> io::Result<Running<'a>> {
    let (program, args) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in &limits.removed {
        command.env_remove(name);
    }
    let began = Instant::now();
    let mut group = Group::start(&mut command, guard)?;
    let (sender, events) = mpsc::channel();
    let closed = || {
        let sender = sender.clone();
        move || drop(sender.send(Event::Closed))
    };
    let stdout = capture(group.stdout(), closed())?;
    let stderr = capture(group.stderr(), closed())?;
    let id = group.id();
    let stop = sender.clone();
    when_over(id, move || drop(sender.send(Event::Over)))?;
    limits.stop.enter(id, stop);
    Ok(Running {
        group,
        events,
        stdout,
        stderr,
        began,
    })
}

impl Running<'_> {
    fn finish(self, timeout: Option<Duration>) -> io::Result<Finished> {
        let mut deadline = timeout.and_then(|timeout| self.began.checked_add(timeout));
        let mut asked = None;
        let mut open = 2;
        loop {
            match next(&self.events, deadline) {
                Ok(Event::Closed) => open -= 1,
                Ok(Event::Over) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Event::Unwanted) | Err(RecvTimeoutError::Timeout) if asked.is_none() => {
                    self.group.signal(Signal::TERM);
                    asked = Some(Exit::Timeout);
                    deadline = Some(Instant::now() + GRACE);
                }
                Ok(Event::Unwanted) => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.group.signal(Signal::KILL);
                    deadline = None;
                }
            }
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let status = self.group.end()?;
        let last = Some(Instant::now() + LAST_WORDS);
        while open > 0 {
            match next(&self.events, last) {
                Ok(Event::Closed) => open -= 1,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        let ended = match (status.code(), status.signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, signal) => Exit::Signal(signal.unwrap_or(0)),
        };
        Ok(Finished {
            exit: asked.unwrap_or(ended),
            seconds,
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
        })
    }
}
