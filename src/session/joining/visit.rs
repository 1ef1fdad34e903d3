//! One that a standing server has started to join a run.

use super::call::{Call, Reply};
use super::line::{Closing, broken};
use crate::comm::launcher;
use crate::error::Error;
use crate::link::Link;
use crate::say;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, io};

/// To notice that its run is no more.
const NOTICE: Duration = Duration::from_secs(15);
/// To end, after its grace.
const END: Duration = Duration::from_secs(5);
/// The number of the server's process, for what it starts.
const SERVER: &str = "GRANGE_SERVER";
/// The run is lost, in exit codes.
const LOST: i32 = 75;

/// A process that has joined a run, or is about to.
pub struct Visit {
    child: Child,
    /// To the run.
    link: Link,
    /// The run's host.
    pub host: String,
    grace: Duration,
    /// When its run was noticed to be no more.
    stranded: Option<Instant>,
    /// When it was told to leave.
    told: Option<Instant>,
}

impl Visit {
    /// Starts this program with those arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        call: &Call,
        link: Link,
        arguments: &[OsString],
        grace: Duration,
    ) -> Result<Self, (Link, Error)> {
        let spawn = || -> io::Result<Child> {
            let mut command = Command::new(env::current_exe()?);
            launcher::hide_from(&mut command);
            command
                .args(arguments)
                .env(SERVER, std::process::id().to_string())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                // What a terminal sends to all of a group, the server hands on.
                .process_group(0)
                .spawn()
        };
        let child = match spawn() {
            Ok(child) => child,
            Err(error) => return Err((link, error.into())),
        };
        let _ = link.try_send(Reply::Comes.encode());
        Ok(Visit {
            child,
            link,
            host: call.host.clone(),
            grace,
            stranded: None,
            told: None,
        })
    }

    /// Tells it to leave the run.
    pub fn leave(&mut self) {
        if self.told.is_none() {
            self.told = Some(Instant::now());
            self.send(Signal::TERM);
        }
    }

    /// Has it end at once.
    pub fn kill(&self) {
        self.send(Signal::KILL);
    }

    fn send(&self, signal: Signal) {
        // It is not waited for yet, so that the number is its own. That it has ended is no harm.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// How it ended, if it has. One whose run is no more, or that was told to leave, has its time to do so.
    ///
    /// # Errors
    /// When the system does not know it.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(status));
        }
        if !self.link.is_open() {
            let since = *self.stranded.get_or_insert_with(Instant::now);
            if since.elapsed() > NOTICE {
                self.leave();
            }
        }
        if self
            .told
            .is_some_and(|told| told.elapsed() > self.grace + END)
        {
            self.kill();
        }
        Ok(None)
    }

    /// Whether it has to be looked at before something happens.
    pub fn is_timed(&self) -> bool {
        self.told.is_some() || !self.link.is_open()
    }

    /// Tells the run, and people unless they want none.
    pub fn over(self, status: ExitStatus, quiet: bool) {
        let how = match (status.code(), status.signal()) {
            (Some(LOST), _) => format!("the run is lost (exit code {LOST})"),
            (Some(code), _) => format!("exit code {code}"),
            (None, number) => format!("signal {}", number.unwrap_or_default()),
        };
        if !quiet {
            let why = broken(&self.link).filter(|why| !why.is_empty());
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            let host = &self.host;
            say::line(format_args!(
                "grange: visit over: run on {host}: {how}{why}"
            ));
        }
        let well = status.success();
        let over = Reply::Over {
            well,
            how: how.clone(),
        };
        let _ = self.link.try_send(over.encode());
        drop(Closing::begin(self.link, &how));
    }
}

/// Where a server has started this process: it leaves its run when the server dies. Linux only.
pub fn end_with_server() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getppid, set_parent_process_death_signal};
        // Not of a process that one of ours has started in turn.
        let server = env::var(SERVER).ok().and_then(|text| text.parse().ok());
        let is_mine = || getppid().map(|parent| parent.as_raw_nonzero().get()) == server;
        if server.is_some() && is_mine() {
            let set = set_parent_process_death_signal(Some(Signal::TERM));
            // It may have died just before.
            if set.is_ok() && !is_mine() {
                std::process::exit(LOST);
            }
        }
    }
}
