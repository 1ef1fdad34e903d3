//! The thread that draws.

use super::bar::Bar;
use super::{Progress, line};
use crate::exec::{lock, panics};
use crate::say;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

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

#[derive(Debug, Default)]
struct Over {
    is: Mutex<bool>,
    bell: Condvar,
}

impl Guard {
    pub(super) fn new(progress: Progress, label: String, every: Duration) -> Self {
        let over = Arc::new(Over::default());
        let known = over.clone();
        if HIDDEN.load(Ordering::Relaxed) {
            return Guard { over, thread: None };
        }
        let thread = thread::Builder::new()
            .name(format!("{}progress", panics::THREAD_NAME))
            .spawn(move || {
                let label = label.replace('\n', "\\n");
                let bar = std::io::stderr().is_terminal().then(|| Bar::new(&label));
                match bar.flatten() {
                    Some(bar) => draw(bar, &progress, &known),
                    None => lines(&progress, &label, every, &known),
                }
            });
        // Without a thread to draw it the work is done all the same.
        let thread = thread.ok();
        Guard { over, thread }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        *lock(&self.over.is) = true;
        self.over.bell.notify_one();
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
            .wait_timeout_while(lock(&self.is), time, |over| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn draw(bar: Bar, progress: &Progress, over: &Over) {
    let began = Instant::now();
    while !over.wait(REDRAW) {
        bar.set(progress.counts(), progress.unit, began.elapsed());
    }
    bar.end(progress.counts(), progress.unit, began.elapsed());
}

fn lines(progress: &Progress, label: &str, every: Duration, over: &Over) {
    let began = Instant::now();
    let tell = |text| say::line(format_args!("grange: {label}: {text}"));
    // None at all would be a loop without a rest.
    while !over.wait(every.max(Duration::from_millis(1))) {
        tell(line::under_way(
            progress.counts(),
            progress.unit,
            began.elapsed(),
        ));
    }
    tell(line::at_the_end(
        progress.counts(),
        progress.unit,
        began.elapsed(),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_does_not_wait_for_the_next_line() {
        let progress = Progress::new("items");
        let began = Instant::now();
        let guard = progress.draw("a test".into(), Duration::from_secs(3600));
        progress.add(4);
        progress.set_total(8);
        drop(guard);
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!((progress.counts().done, progress.counts().total), (4, 8));
    }
}
