//! An end to the wait for one another inside the MPI library.
//!
//! `MPI_Init` returns when all ranks have called it (MPI 4.0 §11.2), and the library sets no limit to that. Where one
//! dies in there, and the launcher leaves the others alone, as `srun` does, they would wait until somebody looked.

use super::leaving;
use crate::cli::number;
use crate::comm::launcher::Launcher;
use crate::error::Error;
use crate::say;
use std::env;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Sets the limit.
const VARIABLE: &str = "GRANGE_START_LIMIT";
/// Far more than it takes on the largest machines, whose nodes read the program from one file system.
const LIMIT: Duration = Duration::from_secs(600);
/// After this people begin to wonder.
const LONG: Duration = Duration::from_secs(60);
/// Ranks above 0 wait so much longer: once it has told them all, launchers end them before they tell it as well.
const AFTER_THE_FIRST: Duration = Duration::from_secs(2);
/// Time is counted in such steps, each as no more than it was to be, however long this process was suspended.
const STEP: Duration = Duration::from_secs(1);

/// The ranks are coming together; dropped when they have.
pub struct Meeting {
    _over: Sender<()>,
}

impl Meeting {
    /// From now on this process waits for the others, but not for ever: then it leaves, with one line.
    ///
    /// # Errors
    /// When `GRANGE_START_LIMIT` is no time, or no thread can be started.
    pub fn begin(launcher: &Launcher) -> Result<Self, Error> {
        let (limit, launcher) = (limit()?, launcher.clone());
        let (over, is_over) = mpsc::channel();
        thread::Builder::new()
            .name("grange-meeting".into())
            .spawn(move || watch(limit, &launcher, &is_over))?;
        Ok(Meeting { _over: over })
    }
}

fn limit() -> Result<Duration, Error> {
    let Some(text) = env::var_os(VARIABLE) else {
        return Ok(LIMIT);
    };
    number::positive_seconds(&text.to_string_lossy())
        .map_err(|problem| Error::Usage(format!("{VARIABLE}: {problem}")))
}

/// Leaves the process unless it is over in time.
fn watch(limit: Duration, launcher: &Launcher, is_over: &Receiver<()>) {
    let first = launcher.is_first();
    let all = if first {
        limit
    } else {
        limit.saturating_add(AFTER_THE_FIRST)
    };
    let mut waited = Duration::ZERO;
    while waited < all {
        let step = STEP.min(all - waited);
        if is_over.recv_timeout(step) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        waited += step;
        // Steps are whole seconds but for the last.
        if first && waited == LONG {
            say::warning(format_args!(
                "MPI_Init has waited {} s for all ranks to call it, and goes on",
                LONG.as_secs()
            ));
        }
    }
    let error = missed(limit, launcher.rank);
    say::error(&error);
    leaving::once_read();
    leaving::now(error.code());
}

fn missed(limit: Duration, rank: Option<u32>) -> Error {
    let who = rank.map_or_else(String::new, |rank| format!("rank {rank}: "));
    Error::Launch(format!(
        "{who}not all ranks came together in MPI_Init within {} s: one may have died in it, or never begun; \
         {VARIABLE}=TIME allows more",
        limit.as_secs_f64()
    ))
}
