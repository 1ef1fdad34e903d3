//! A program with all that it starts.

use super::guard::Guard;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};

/// A process and its group, which end with this.
pub struct Group<'a> {
    child: Child,
    id: Pid,
    guard: &'a Guard,
    reaped: bool,
}

impl<'a> Group<'a> {
    /// Starts `command`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, guard: &'a Guard) -> io::Result<Self> {
        let child = guard.spawn(command)?;
        Ok(Group {
            id: Pid::from_child(&child),
            child,
            guard,
            reaped: false,
        })
    }

    /// Of the process and of its group.
    pub fn id(&self) -> Pid {
        self.id
    }

    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// The process is not reaped, so the group is there and its own.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.id, signal);
    }

    fn reap(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        self.guard.forget(self.id);
        self.reaped = true;
        self.child.wait()
    }

    /// Ends what is left of the group, and says how its first process ended.
    pub fn end(mut self) -> io::Result<ExitStatus> {
        self.reap()
    }
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.reap();
        }
    }
}
