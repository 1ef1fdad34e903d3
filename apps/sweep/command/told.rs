//! Signals for the run that its commands get as well: srun sends them to all processes of a step, whoever
//! started them. A command that one of them ended has not failed.

use super::process::Exit;
use signal_hook::consts::{SIGTERM, SIGUSR1, SIGUSR2};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A command may get its signal before this process has its own.
const MOMENT: Duration = Duration::from_millis(300);

/// Those that were sent to this process.
pub struct Told([(i32, Arc<AtomicBool>); 3]);

impl Told {
    /// From now on. The run attends to them already, so none is lost by this.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn new() -> io::Result<Self> {
        let told = Told([SIGTERM, SIGUSR1, SIGUSR2].map(|signal| (signal, Arc::default())));
        for (signal, came) in &told.0 {
            signal_hook::flag::register(*signal, Arc::clone(came))?;
        }
        Ok(told)
    }

    /// Whether a command was ended by a signal that came to this process as well.
    pub fn also(&self, exit: Exit) -> bool {
        let Exit::Signal(signal) = exit else {
            return false;
        };
        let Some((_, came)) = self.0.iter().find(|(one, _)| *one == signal) else {
            return false;
        };
        let since = Instant::now();
        while !came.load(Ordering::SeqCst) && since.elapsed() < MOMENT {
            thread::sleep(Duration::from_millis(5));
        }
        came.load(Ordering::SeqCst)
    }
}
