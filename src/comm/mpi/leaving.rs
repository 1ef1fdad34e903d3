//! Noticing that the user's code leaves the process by `exit`, and leaving it at once ourselves.
//!
//! `std::process::exit` in one rank would leave the others waiting, or the launcher killing them without
//! a word. A handler that the C library runs on exit tells the run first.

use crate::exec::lock;
use std::os::raw::c_int;
use std::sync::{Mutex, Once};

type Handler = Box<dyn FnOnce() + Send>;

static HANDLER: Mutex<Option<Handler>> = Mutex::new(None);

unsafe extern "C" {
    fn atexit(handler: extern "C" fn()) -> c_int;
    fn _exit(code: c_int) -> !;
}

extern "C" fn on_exit() {
    let handler = lock(&HANDLER).take();
    if let Some(handler) = handler {
        handler();
    }
}

/// `handler` runs when the process exits, unless [`disarm`] comes first.
pub fn arm(handler: impl FnOnce() + Send + 'static) {
    *lock(&HANDLER) = Some(Box::new(handler));
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler is a plain function that lives as long as the process; it does not unwind,
        // since what it calls only locks, sends and waits.
        unsafe { atexit(on_exit) };
    });
}

/// Leaving is all right from now on.
pub fn disarm() {
    drop(lock(&HANDLER).take());
}

/// Leaves the process at once, without running exit handlers: other threads may still be inside the
/// user's code, and handlers would pull libraries from under them.
pub fn now(code: u8) -> ! {
    // SAFETY: takes a number and does not return.
    unsafe { _exit(c_int::from(code)) }
}
