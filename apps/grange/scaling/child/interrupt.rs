//! Signals that stop a study: the run that is under way is ended first.

use super::Event;
use super::watch::in_thread;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use signal_hook::low_level::exit;
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Launchers and batch systems may send the same signal by two ways; a person takes longer.
const TWICE: Duration = Duration::from_millis(300);

/// Who is told of them.
pub struct Interrupts(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The first, and when.
    heard: Option<(i32, Instant)>,
    running: Option<Sender<Event>>,
}

impl Interrupts {
    /// From now on. A second signal ends this process at once; its guard then ends the run.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn heed() -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let known = state.clone();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGUSR1])?;
        in_thread(move || {
            for signal in signals.forever() {
                let mut state = lock(&known);
                match state.heard {
                    Some((_, at)) if at.elapsed() > TWICE => exit(128 + signal),
                    Some(_) => {}
                    None => {
                        state.heard = Some((signal, Instant::now()));
                        if let Some(running) = &state.running {
                            let _ = running.send(Event::Stop(signal));
                        }
                    }
                }
            }
        })?;
        Ok(Interrupts(state))
    }

    /// The first that came.
    pub fn signal(&self) -> Option<i32> {
        lock(&self.0).heard.map(|(signal, _)| signal)
    }

    /// Whom to tell, at once if there was one already.
    pub fn tell(&self, running: Option<Sender<Event>>) {
        let mut state = lock(&self.0);
        if let (Some((signal, _)), Some(running)) = (state.heard, &running) {
            let _ = running.send(Event::Stop(signal));
        }
        state.running = running;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
