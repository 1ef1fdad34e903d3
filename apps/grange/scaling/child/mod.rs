//! One program from its start to its end, with nothing of it left: a launcher with all its ranks.

pub mod capture;
#[path = "../../../sweep/command/group.rs"]
mod group;
#[path = "../../../sweep/command/guard.rs"]
pub mod guard;
pub mod interrupt;
mod remains;
#[path = "../../../sweep/command/watch.rs"]
mod watch;

use capture::{Captured, capture};
use group::Group;
use guard::Guard;
use interrupt::Interrupts;
use rustix::process::Signal;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{fmt, io};
use watch::{next, when_over};

/// Between being asked to end and being ended: a launcher tells its ranks, and waits for them a moment.
const GRACE: Duration = Duration::from_secs(10);

/// A process that left its group may hold an output open for ever.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What starts programs, and sees to it that they end.
pub struct Nursery {
    guard: Guard,
    interrupts: Interrupts,
    /// Variables that programs do not get.
    removed: Vec<OsString>,
}

/// A program to run.
pub struct Task<'a> {
    /// The program and its arguments.
    pub words: &'a [String],
    /// Variables that it gets.
    pub environment: &'a [(&'static str, String)],
    /// It is ended when it takes longer.
    pub timeout: Option<Duration>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exit {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It took too long, and was ended.
    Timeout,
    /// This process was told to stop by this signal, so the program was ended.
    Stopped(i32),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "{code}"),
            Exit::Signal(signal) => write!(f, "signal {signal}"),
            Exit::Timeout => f.write_str("timeout"),
            Exit::Stopped(_) => f.write_str("stopped"),
        }
    }
}

/// A program that is over.
pub struct Finished {
    /// How.
    pub exit: Exit,
    /// From its start to its end.
    pub seconds: f64,
    /// What it wrote.
    pub stdout: Captured,
    /// What it said.
    pub stderr: Captured,
}

/// What threads notice.
pub enum Event {
    /// It is over, and not yet reaped: its id is still its own.
    Over,
    /// An output is.
    Closed,
    /// This process is to stop, by that signal.
    Stop(i32),
}

impl Nursery {
    /// Programs do not get the variables of these names.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(removed: Vec<OsString>) -> io::Result<Self> {
        Ok(Nursery {
            guard: Guard::start()?,
            interrupts: Interrupts::heed()?,
            removed,
        })
    }

    /// The signal that told this process to stop, if one did.
    pub fn stopped(&self) -> Option<i32> {
        self.interrupts.signal()
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, task: &Task<'_>) -> io::Result<Finished> {
        let (program, arguments) = task
            .words
            .split_first()
            .ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in &self.removed {
            command.env_remove(name);
        }
        command.env(remains::MARK, remains::mark());
        for (name, value) in task.environment {
            command.env(name, value);
        }
        let began = Instant::now();
        let running = Running::start(&mut command, &self.guard)?;
        self.interrupts.tell(Some(running.sender.clone()));
        let finished = running.finish(began, task.timeout);
        self.interrupts.tell(None);
        finished
    }
}

struct Running<'a> {
    group: Group<'a>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    stdout: capture::Reading,
    stderr: capture::Reading,
}

impl<'a> Running<'a> {
    fn start(command: &mut Command, guard: &'a Guard) -> io::Result<Self> {
        let mut group = Group::start(command, guard)?;
        let (sender, events) = mpsc::channel();
        let stdout = capture(group.stdout(), sender.clone())?;
        let stderr = capture(group.stderr(), sender.clone())?;
        let over = sender.clone();
        when_over(group.id(), move || drop(over.send(Event::Over)))?;
        Ok(Running {
            group,
            sender,
            events,
            stdout,
            stderr,
        })
    }

    fn finish(self, began: Instant, timeout: Option<Duration>) -> io::Result<Finished> {
        let mut deadline = timeout.and_then(|timeout| began.checked_add(timeout));
        let mut asked = None;
        let mut open = 2;
        let seconds = loop {
            let reason = match next(&self.events, deadline) {
                Ok(Event::Closed) => {
                    open -= 1;
                    continue;
                }
                Ok(Event::Over) | Err(RecvTimeoutError::Disconnected) => {
                    break began.elapsed().as_secs_f64();
                }
                Ok(Event::Stop(signal)) => Exit::Stopped(signal),
                Err(RecvTimeoutError::Timeout) if asked.is_some() => {
                    self.group.signal(Signal::KILL);
                    deadline = None;
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => Exit::Timeout,
            };
            if asked.is_none() {
                self.group.signal(Signal::TERM);
                deadline = Instant::now().checked_add(GRACE);
            }
            asked = Some(reason);
        };
        let status = self.group.end()?;
        // A launcher puts ranks into groups of their own, and may be gone without them.
        remains::end();
        let last = Instant::now().checked_add(LAST_WORDS);
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
            stdout: self.stdout.end(),
            stderr: self.stderr.end(),
        })
    }
}
