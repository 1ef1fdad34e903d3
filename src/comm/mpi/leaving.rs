//! Noticing that the user's code leaves the process by `exit`, and leaving it at once ourselves.
//!
//! `std::process::exit` in one rank would leave the others waiting, or the launcher killing them without
//! a word. A handler that the C library runs on exit tells the run first.

use crate::exec::lock;
use rustix::fs::FileType;
use std::os::raw::c_int;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};
use std::{io, thread};

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

/// Waits until somebody has read what this process wrote on standard error, where that is a pipe, but not for long. A
/// launcher that is told to end all may throw away what it has not read.
pub fn once_read() {
    const LONGEST: Duration = Duration::from_secs(1);
    let stderr = io::stderr();
    let is_pipe = rustix::fs::fstat(&stderr)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    // Of a pipe that is how much is in it, at either end; of other files it is something else.
    let is_unread = || rustix::io::ioctl_fionread(&stderr).is_ok_and(|unread| unread > 0);
    let since = Instant::now();
    while is_pipe && is_unread() && since.elapsed() < LONGEST {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Leaves the process at once, without running exit handlers: other threads may still be inside the
/// user's code, and handlers would pull libraries from under them.
pub fn now(code: u8) -> ! {
    // SAFETY: takes a number and does not return.
    unsafe { _exit(c_int::from(code)) }
}
