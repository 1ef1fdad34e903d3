//! What threads notice of a program while it runs, and how long to wait for that.

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// Unlike `thread::spawn` it may fail.
///
/// # Errors
/// When there is no thread to be had.
pub fn in_thread(f: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().spawn(f).map(drop)
}

/// Calls `over` when a child is over. It is not reaped by this: until all is done, nobody else can have its id.
///
/// # Errors
/// When there is no thread to be had.
pub fn when_over(id: Pid, over: impl FnOnce() + Send + 'static) -> io::Result<()> {
    in_thread(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(id), options), Err(Errno::INTR)) {}
        over();
    })
}

/// Reads all of an output, so that nobody waits to write, and hands on what comes.
pub fn read_all(from: Option<impl Read>, mut came: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    let mut from = from;
    while let Some(from) = &mut from {
        match from.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A pipe that breaks ends there.
            Ok(0) | Err(_) => break,
            Ok(n) => came(&buffer[..n]),
        }
    }
}

/// The next event, if it is there before the deadline.
///
/// # Errors
/// When it is not, or none will ever be.
pub fn next<E>(events: &Receiver<E>, deadline: Option<Instant>) -> Result<E, RecvTimeoutError> {
    match deadline {
        Some(at) => events.recv_timeout(at.saturating_duration_since(Instant::now())),
        None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}
