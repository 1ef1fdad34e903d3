//! Catching the user's panics, with their text and place, without a trace on stderr.

use super::lock;
use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

/// Threads of ours that run user code have names that begin so.
pub const THREAD_NAME: &str = "grange-";

/// The last panics caught by the hook, newest last: text with place.
static CAUGHT: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// From now on panics in guarded code are remembered instead of printed; others go on as before.
pub fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = thread::current()
                .name()
                .is_some_and(|n| n.starts_with(THREAD_NAME));
            if !ours && GUARDED.get() == 0 {
                return before(info);
            }
            let place = info.location().map_or(String::new(), |l| {
                format!(", at {}:{}:{}", l.file(), l.line(), l.column())
            });
            let text = format!("panicked: {}{place}", text_of(info.payload()));
            let mut caught = lock(&CAUGHT);
            // A panic that nobody asks about, caught by the user's own code, must not pile up.
            if caught.len() >= 64 {
                caught.remove(0);
            }
            caught.push((thread::current().id(), text));
        }));
    });
}

/// Runs `f`; a panic becomes its text and place.
pub fn catch<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    GUARDED.set(GUARDED.get() + 1);
    let outcome = panic::catch_unwind(AssertUnwindSafe(f));
    GUARDED.set(GUARDED.get() - 1);
    outcome.map_err(told)
}

/// The text and place of a panic. No part of [`catch`], of which every program has hundreds.
fn told(payload: Box<dyn Any + Send>) -> String {
    let text = text_of(payload.as_ref());
    let mut caught = lock(&CAUGHT);
    // Its own thread's, or, when rayon brought it here from another, the newest with that text.
    let me = thread::current().id();
    let found = caught
        .iter()
        .rposition(|(id, _)| *id == me)
        .or_else(|| caught.iter().rposition(|(_, t)| t.contains(&text)));
    found.map_or_else(|| format!("panicked: {text}"), |i| caught.remove(i).1)
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(no text)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_place_come_along() {
        install_hook();
        let caught = catch(|| panic!("seven {}", 7)).unwrap_err();
        assert!(
            caught.starts_with("panicked: seven 7, at src/exec/panics.rs:"),
            "{caught}"
        );
        assert_eq!(catch(|| 5), Ok(5));
    }
}
