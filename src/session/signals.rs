//! Signals that stop a run.

use super::hub::{Hub, Local};
use super::stopping;
use crate::exec::lock;
use crate::say;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, exit};
use std::io;
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

/// Launchers and batch systems may send the same signal by two ways; a person takes longer.
const TWICE: Duration = Duration::from_millis(300);

/// The run that is under way.
static RUN: Mutex<Option<Arc<Hub>>> = Mutex::new(None);

/// From now on signals go to that run, until what this returns is dropped. Outside of runs they do what they
/// would without us.
pub fn attend(hub: &Arc<Hub>) -> Attended {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(error) = watch() {
            say::warning(format_args!("signals just end the process: {error}"));
        }
    });
    *lock(&RUN) = Some(hub.clone());
    Attended
}

/// For as long as it lives.
pub struct Attended;

impl Drop for Attended {
    fn drop(&mut self) {
        *lock(&RUN) = None;
    }
}

fn watch() -> io::Result<()> {
    let wanted = [SIGINT, SIGTERM, SIGUSR1];
    let mut signals = Signals::new(wanted.into_iter().filter(|&signal| !is_ignored(signal)))?;
    let watch = move || {
        let mut first: Option<(Instant, Arc<Hub>)> = None;
        for signal in signals.forever() {
            let number = signal.cast_unsigned();
            let Some(hub) = lock(&RUN).clone() else {
                let _ = emulate_default_handler(signal);
                continue;
            };
            match &first {
                Some((at, of)) if Arc::ptr_eq(of, &hub) => {
                    if at.elapsed() > TWICE {
                        say::error(&format_args!(
                            "a second signal ({}): leaving at once",
                            stopping::name(number)
                        ));
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
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
