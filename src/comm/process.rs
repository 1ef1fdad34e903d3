//! Processes of this machine, as far as the system shows them to others: Linux does.

use std::fs;

/// A process that no later one is mistaken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number; 0 where nothing is known.
    pub id: u32,
    /// When it began: numbers are used again.
    pub started: u64,
}

/// What it is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs, or could.
    Alive,
    /// A signal or a debugger keeps it from running.
    Stopped,
    /// It is over.
    Gone,
}

impl Process {
    /// This one.
    pub fn me() -> Self {
        let id = std::process::id();
        match look(id) {
            Some((_, started)) => Process { id, started },
            None => Process { id: 0, started: 0 },
        }
    }

    /// It, if it is seen from here: not where it is on another machine or in another container.
    #[cfg(any(test, feature = "mpi"))]
    pub fn here(self) -> Option<Self> {
        (self.id != 0 && look(self.id)?.1 == self.started).then_some(self)
    }

    /// What it is at.
    pub fn state(self) -> State {
        match look(self.id) {
            Some((state, started)) if started == self.started => match state {
                'T' | 't' => State::Stopped,
                // Nobody has waited for it yet.
                'Z' | 'X' => State::Gone,
                _ => State::Alive,
            },
            _ => State::Gone,
        }
    }

    /// Ends a stop by a signal.
    pub fn resume(self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// Ends it at once.
    pub fn kill(self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.id).ok().filter(|&id| id > 1);
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw)
            && self.state() != State::Gone
        {
            // That it is over by now is no harm.
            let _ = rustix::process::kill_process(id, signal);
        }
    }
}

/// State and time of start: the first and the twentieth field after the name, which is in brackets and may
/// have any letters.
fn look(id: u32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn what_a_process_is_at() {
        assert_eq!(Process::me().state(), State::Alive);
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = child.id();
        let process = Process {
            id,
            started: look(id).unwrap().1,
        };
        assert_eq!(process.here(), Some(process));
        process.signal(rustix::process::Signal::STOP);
        while process.state() != State::Stopped {}
        process.resume();
        while process.state() == State::Stopped {}
        process.kill();
        while process.state() != State::Gone {}
        child.wait().unwrap();
        assert_eq!(process.state(), State::Gone);
        assert_eq!(process.here(), None);
        let another = Process {
            started: 0,
            ..Process::me()
        };
        assert_eq!(another.state(), State::Gone);
    }
}
