//! How a run is stopped from outside: by a signal, by its time limit.

use super::allotted;
use crate::comm::launcher::Launcher;
use crate::engine::{Time, nanoseconds};
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
    /// The batch system ends it then, which matters where something is kept.
    pub allotted: Option<Duration>,
    /// After SIGTERM the launcher kills everything this soon.
    pub kill: Option<Duration>,
    /// Whether anything is kept.
    pub kept: Arc<Flags>,
}

/// By when a run is to be over, from its beginning.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// As the user says.
    Asked(Duration),
    /// As the batch system says.
    OfJob(Duration),
}

impl Limit {
    /// After how long.
    pub fn time(self) -> Duration {
        match self {
            Limit::Asked(time) | Limit::OfJob(time) => time,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Asked(time) => write!(f, "the time limit of {} s", time.as_secs_f64()),
            Limit::OfJob(_) => f.write_str("the end of the Slurm job's time"),
        }
    }
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
            allotted: None,
            kill: None,
            kept: Arc::default(),
        }
    }
}

impl Stopping {
    /// With what is known of the launcher and the batch system.
    pub fn under(mut self, launcher: Option<&Launcher>) -> Self {
        self.allotted = allotted::time_left();
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

    /// By when the run is to be over. What cannot be resumed may as well go on to the end of its job.
    pub fn limit(&self) -> Option<Limit> {
        let allotted = self.allotted.filter(|_| self.keeps());
        match (self.limit, allotted) {
            (Some(limit), left) if left.is_none_or(|left| limit <= left) => {
                Some(Limit::Asked(limit))
            }
            (_, left) => left.map(Limit::OfJob),
        }
    }

    /// What has begun before the time limit may take this long, where a grain takes so long as a rule: most of what
    /// is begun is to end.
    pub fn needed(&self, grain: Option<Time>) -> Duration {
        let grain = Duration::from_nanos(grain.unwrap_or(0));
        self.grace.max(grain.saturating_mul(3) / 2)
    }

    /// When to stop so that what has begun can go on for so long and the run is over by its limit; but half of the
    /// time is worked.
    pub fn stop_at(&self, limit: Limit, needed: Duration) -> Time {
        let at = limit.time().saturating_sub(needed.saturating_add(WRITE));
        nanoseconds(at.max(limit.time() / 2))
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
    use crate::engine::SECOND;

    /// In seconds, where a grain takes that long.
    fn stops(stopping: &Stopping, grain: u64) -> Option<u64> {
        let needed = stopping.needed(Some(grain * SECOND));
        let at = stopping.stop_at(stopping.limit()?, needed);
        Some(at / SECOND)
    }

    #[test]
    fn launchers_that_kill_soon_leave_time_to_write() {
        let mut stopping = Stopping::default();
        assert_eq!(stopping.grace_after(Some(TERM)), GRACE);
        stopping.kill = Some(Duration::from_secs(1));
        assert_eq!(stopping.grace_after(Some(TERM)), Duration::from_millis(400));
        assert_eq!(stopping.grace_after(Some(10)), GRACE);
        assert_eq!(stopping.grace_after(None), GRACE);
        stopping.limit = Some(Duration::from_secs(60));
        assert_eq!(stops(&stopping, 0), Some(48));
        // Grains of 20 s take 30 s at worst, those of a minute take too long in any case.
        assert_eq!(stops(&stopping, 20), Some(30));
        assert_eq!(stops(&stopping, 60), Some(30));
        assert_eq!(stops(&stopping, 8), Some(46));
        stopping.limit = Some(Duration::from_secs(4));
        assert_eq!(stops(&stopping, 0), Some(2));
    }

    #[test]
    fn the_end_of_a_job_counts_where_something_is_kept() {
        let mut stopping = Stopping {
            allotted: Some(Duration::from_secs(100)),
            ..Stopping::default()
        };
        assert_eq!(stops(&stopping, 0), None);
        stopping.limit = Some(Duration::from_secs(112));
        assert_eq!(stops(&stopping, 0), Some(100));
        stopping.kept.any.store(true, Ordering::Relaxed);
        assert_eq!(stops(&stopping, 0), Some(88));
        let why = |stopping: &Stopping| stopping.limit().map(|limit| limit.to_string());
        assert!(why(&stopping).is_some_and(|why| why.contains("Slurm")));
        stopping.limit = Some(Duration::from_secs(62));
        assert_eq!(stops(&stopping, 0), Some(50));
        assert_eq!(why(&stopping).as_deref(), Some("the time limit of 62 s"));
        stopping.limit = None;
        assert_eq!(stops(&stopping, 0), Some(88));
    }
}
