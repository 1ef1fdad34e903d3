//! How a run is stopped from outside: by a signal, by its time limit.

use crate::comm::launcher::Launcher;
use crate::engine::Time;
use crate::exec::lock;
use std::env;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// What has begun may take this long, unless the user says otherwise.
pub const GRACE: Duration = Duration::from_secs(10);
/// And to write it down, and to end.
const WRITE: Duration = Duration::from_secs(2);
/// SIGTERM, by its number everywhere.
const TERM: u32 = 15;
/// SIGINT, likewise.
const INT: u32 = 2;

/// When and how.
#[derive(Clone, Debug)]
pub struct Stopping {
    /// What has begun may take this long.
    pub grace: Duration,
    /// The run is to be over by then.
    pub limit: Option<Duration>,
    /// After SIGTERM the launcher kills everything this soon.
    pub kill: Option<Duration>,
    /// Whether anything is kept.
    pub kept: Arc<Flags>,
}

/// What the comm thread of rank 0 may know of checkpoints.
#[derive(Default)]
pub struct Flags {
    /// There is one.
    pub any: AtomicBool,
    /// An audit found that what is kept is wrong, or may be.
    pub wrong: AtomicBool,
    /// The last words are being written.
    pub writing: AtomicBool,
    last_words: Mutex<Option<LastWords>>,
}

/// Writes what is kept.
type LastWords = Box<dyn FnOnce() + Send>;

/// Writing it takes no longer, or else it is left.
const PATIENCE: Duration = Duration::from_secs(10);

impl Flags {
    /// What is to be done before the process is left although main is not out.
    pub fn at_exit(&self, words: impl FnOnce() + Send + 'static) {
        *lock(&self.last_words) = Some(Box::new(words));
    }

    /// Does it, in bounded time.
    pub fn last_words(&self) {
        let Some(words) = lock(&self.last_words).take() else {
            return;
        };
        let (done, is_done) = mpsc::channel();
        let said = thread::Builder::new().name("grange-last".into());
        let said = said.spawn(move || {
            words();
            let _ = done.send(());
        });
        if said.is_ok() {
            let _ = is_done.recv_timeout(PATIENCE);
        }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flags")
            .field("any", &self.any)
            .finish_non_exhaustive()
    }
}

impl Default for Stopping {
    fn default() -> Self {
        Stopping {
            grace: GRACE,
            limit: None,
            kill: None,
            kept: Arc::default(),
        }
    }
}

impl Stopping {
    /// With what is known of the launcher.
    pub fn under(mut self, launcher: Option<&Launcher>) -> Self {
        let of_open_mpi = launcher.is_some_and(|l| l.name.starts_with("Open MPI"));
        self.kill = of_open_mpi.then(|| {
            let told = [
                "OMPI_MCA_odls_base_sigkill_timeout",
                "PRTE_MCA_odls_base_sigkill_timeout",
            ]
            .iter()
            .find_map(|name| env::var(name).ok()?.trim().parse().ok());
            Duration::from_secs(told.unwrap_or(1))
        });
        self
    }

    /// Whether anything is kept.
    pub fn keeps(&self) -> bool {
        self.kept.any.load(Ordering::Relaxed)
    }

    /// Whether the last words are being written.
    pub fn is_writing(&self) -> bool {
        self.kept.writing.load(Ordering::Relaxed)
    }

    /// What has begun may take this long after that signal, or before the time limit.
    pub fn grace_after(&self, signal: Option<u32>) -> Duration {
        match self.kill {
            // As much again to write it down.
            Some(kill) if matches!(signal, Some(TERM | INT)) => self.grace.min(kill * 2 / 5),
            _ => self.grace,
        }
    }

    /// When to stop so that the run is over by its limit.
    pub fn stop_at(&self) -> Option<Time> {
        let limit = self.limit?;
        let at = limit
            .saturating_sub(self.grace.saturating_add(WRITE))
            .max(limit / 2);
        Some(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// What people call a signal.
pub fn name(signal: u32) -> String {
    signal_hook::low_level::signal_name(signal.cast_signed())
        .map_or_else(|| format!("signal {signal}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launchers_that_kill_soon_leave_time_to_write() {
        let mut stopping = Stopping::default();
        assert_eq!(stopping.grace_after(Some(TERM)), GRACE);
        stopping.kill = Some(Duration::from_secs(1));
        assert_eq!(stopping.grace_after(Some(TERM)), Duration::from_millis(400));
        assert_eq!(stopping.grace_after(Some(10)), GRACE);
        assert_eq!(stopping.grace_after(None), GRACE);
        stopping.limit = Some(Duration::from_secs(60));
        assert_eq!(stopping.stop_at(), Some(48_000_000_000));
        stopping.limit = Some(Duration::from_secs(4));
        assert_eq!(stopping.stop_at(), Some(2_000_000_000));
    }
}
