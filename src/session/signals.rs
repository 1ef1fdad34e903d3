//! Signals that stop a run, and the one that asks what it is at.

use super::hub::{Hub, Local};
use super::stopping;
use crate::exec::lock;
use crate::progress;
use crate::say;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, exit, unregister};
use signal_hook::{SigId, flag};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

/// Launchers and batch systems may send the same signal by two ways; a person takes longer.
pub(super) const TWICE: Duration = Duration::from_millis(300);

/// The run that is under way.
static RUN: Mutex<Option<Arc<Hub>>> = Mutex::new(None);

/// Whether a run is about to begin.
static STARTING: AtomicBool = AtomicBool::new(false);

/// A run is about to begin, which may take long where there are many ranks: SIGUSR2 then ends nothing, and is
/// answered once there is a run.
pub fn starting() -> Starting {
    STARTING.store(true, Ordering::SeqCst);
    let asked = Arc::default();
    let wanted = !is_ignored(SIGUSR2);
    let id = wanted.then(|| flag::register(SIGUSR2, Arc::clone(&asked)).ok());
    Starting {
        asked,
        id: id.flatten(),
    }
}

/// Until it is dropped, or there is a run.
pub struct Starting {
    asked: Arc<AtomicBool>,
    id: Option<SigId>,
}

impl Starting {
    /// From now on signals go to that run, until what this returns is dropped. Outside of runs they do what they
    /// would without us.
    pub fn attend(self, hub: &Arc<Hub>) -> Attended {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            if let Err(error) = watch() {
                say::warning(format_args!("signals just end the process: {error}"));
            }
        });
        *lock(&RUN) = Some(hub.clone());
        if self.asked.load(Ordering::SeqCst) {
            hub.send(Local::Look);
        }
        Attended
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        STARTING.store(false, Ordering::SeqCst);
        if let Some(id) = self.id {
            unregister(id);
        }
    }
}

/// For as long as it lives.
pub struct Attended;

impl Drop for Attended {
    fn drop(&mut self) {
        *lock(&RUN) = None;
    }
}

fn watch() -> io::Result<()> {
    let wanted = [SIGINT, SIGTERM, SIGUSR1, SIGUSR2];
    let mut signals = Signals::new(wanted.into_iter().filter(|&signal| !is_ignored(signal)))?;
    let watch = move || {
        let mut first: Option<(Instant, Arc<Hub>)> = None;
        for signal in signals.forever() {
            let number = signal.cast_unsigned();
            let Some(hub) = lock(&RUN).clone() else {
                if signal == SIGUSR2 && STARTING.load(Ordering::SeqCst) {
                    continue;
                }
                let _ = emulate_default_handler(signal);
                continue;
            };
            if signal == SIGUSR2 {
                hub.send(Local::Look);
                continue;
            }
            match &first {
                Some((at, of)) if Arc::ptr_eq(of, &hub) => {
                    if at.elapsed() > TWICE {
                        say::error(&format_args!(
                            "a second signal ({}): leaving at once",
                            stopping::name(number)
                        ));
                        progress::clear();
                        exit(128 + signal);
                    }
                }
                _ => {
                    first = Some((Instant::now(), hub.clone()));
                    hub.send(Local::Signal(number));
                }
            }
        }
    };
    thread::Builder::new()
        .name("grange-signals".into())
        .spawn(watch)?;
    Ok(())
}

/// Whether whoever started this process has it ignore a signal, as a shell does with SIGINT for what runs in the
/// background. Only Linux tells.
pub(super) fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
