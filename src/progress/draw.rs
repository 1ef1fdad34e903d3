//! The thread that draws.

use super::bar::Bar;
use super::frame::Frame;
use super::pace::{Pace, Speed};
use super::{Counts, Manner, Progress, line};
use crate::exec::{lock, panics};
use crate::say;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What takes less time than this may leave no trace.
const MOMENT: Duration = Duration::from_millis(500);
/// How fast something goes is looked at so often.
const SAMPLE: Duration = Duration::from_secs(1);
/// A bar moves so often.
const REDRAW: Duration = Duration::from_millis(100);

/// This process is not the one that tells people.
static HIDDEN: AtomicBool = AtomicBool::new(false);

/// From now on nothing is drawn, or is again: of many ranks only one draws.
pub fn hide(yes: bool) {
    HIDDEN.store(yes, Ordering::Relaxed);
}

/// Progress is being drawn for as long as it lives; how it stands when this is dropped is drawn last.
#[derive(Debug)]
pub struct Guard {
    over: Arc<Over>,
    thread: Option<JoinHandle<()>>,
}

/// Between who draws and who counts.
#[derive(Debug, Default)]
struct Over {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    over: bool,
    /// By the shared thread: something is to be seen, and it has been drawn to its end.
    shown: bool,
    drawn: bool,
}

impl Guard {
    pub(super) fn new(progress: Progress, label: String, manner: Manner) -> Self {
        let over = Arc::new(Over::default());
        let mut guard = Guard {
            over: over.clone(),
            thread: None,
        };
        if HIDDEN.load(Ordering::Relaxed) {
            return guard;
        }
        let draw = move || {
            let label = label.replace('\n', "\\n");
            let began = Instant::now();
            let terminal = std::io::stderr().is_terminal();
            let moment = if terminal { MOMENT } else { manner.every };
            if manner.discreet && (over.wait(moment) || !over.show()) {
                return;
            }
            let _drawn = Drawn(&over);
            match terminal.then(|| Bar::new(&label)).flatten() {
                Some(bar) => draw(bar, &progress, &over, began, manner),
                None => lines(&progress, &label, &over, began, manner),
            }
        };
        // Without a thread to draw it the work is done all the same.
        match manner.discreet {
            // Many a call is over before anything is to be seen of it, so that these share a thread.
            true => drop(drawer().map(|drawer| lock(drawer).send(Box::new(draw)))),
            false => guard.thread = spawn(draw),
        }
        guard
    }
}

fn spawn(run: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    let thread = thread::Builder::new().name(format!("{}progress", panics::THREAD_NAME));
    thread.spawn(run).ok()
}

type Task = Box<dyn FnOnce() + Send>;

/// The thread that draws what may be over before there is anything to draw, one after the other.
fn drawer() -> Option<&'static Mutex<Sender<Task>>> {
    static DRAWER: OnceLock<Option<Mutex<Sender<Task>>>> = OnceLock::new();
    let begin = || {
        let (sender, receiver) = mpsc::channel::<Task>();
        spawn(move || {
            receiver
                .into_iter()
                .for_each(|task| drop(panics::catch(task)))
        })?;
        Some(Mutex::new(sender))
    };
    DRAWER.get_or_init(begin).as_ref()
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.over.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Over {
    /// Waits for the end, not longer than `time`; whether it is there.
    fn wait(&self, time: Duration) -> bool {
        let waited = self
            .bell
            .wait_timeout_while(lock(&self.state), time, |state| !state.over);
        waited.unwrap_or_else(PoisonError::into_inner).0.over
    }

    /// Something is to be seen from now on, unless it is over.
    fn show(&self) -> bool {
        let mut state = lock(&self.state);
        state.shown = !state.over;
        state.shown
    }

    /// It is over. Waits until what the shared thread shows has been drawn to its end.
    fn end(&self) {
        let mut state = lock(&self.state);
        state.over = true;
        self.bell.notify_all();
        let waits = |state: &mut State| state.shown && !state.drawn;
        drop(self.bell.wait_while(state, waits));
    }
}

/// All of it has been drawn, or never will be.
struct Drawn<'a>(&'a Over);

impl Drop for Drawn<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).drawn = true;
        self.0.bell.notify_all();
    }
}

fn draw(bar: Bar, progress: &Progress, over: &Over, began: Instant, manner: Manner) {
    let mut pace = Pace::default();
    while !over.wait(REDRAW) {
        let (counts, speed) = at(progress, &mut pace, began);
        let others = progress.others();
        bar.set(&Frame::under_way(counts, progress.unit, speed, &others));
    }
    match manner.discreet {
        true => bar.clear(),
        false => bar.end(&Frame::at_the_end(
            progress.counts(),
            progress.unit,
            began.elapsed(),
        )),
    }
}

fn lines(progress: &Progress, label: &str, over: &Over, began: Instant, manner: Manner) {
    let tell = |text| say::line(format_args!("grange: {label}: {text}"));
    let mut pace = Pace::default();
    let mut told = false;
    // None at all would be a loop without a rest.
    let every = manner.every.max(Duration::from_millis(1));
    let mut next = every;
    loop {
        let wait = next.saturating_sub(began.elapsed());
        if over.wait(wait.min(SAMPLE)) {
            break;
        }
        let (counts, speed) = at(progress, &mut pace, began);
        if began.elapsed() >= next {
            let others = progress.others();
            tell(line::under_way(counts, progress.unit, speed, &others));
            told = true;
            next = began.elapsed() + every;
        }
    }
    if told || !manner.discreet {
        tell(line::at_the_end(
            progress.counts(),
            progress.unit,
            began.elapsed(),
        ));
    }
}

/// How far it is, and how fast.
fn at(progress: &Progress, pace: &mut Pace, began: Instant) -> (Counts, Option<Speed>) {
    let counts = progress.counts();
    let speed = pace.at(began.elapsed(), counts, progress.grain);
    (counts, speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_does_not_wait_for_the_next_line() {
        let progress = Progress::new("items");
        let began = Instant::now();
        let guard = progress.draw(
            "a test".into(),
            Manner {
                every: Duration::from_secs(3600),
                discreet: false,
            },
        );
        progress.add(4);
        progress.set_total(8);
        drop(guard);
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!((progress.counts().done, progress.counts().total), (4, 8));
    }
}
