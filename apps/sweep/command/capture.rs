//! What a program writes, as much of it as is kept.

use super::watch::{in_thread, read_all};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Of each output.
const MOST: usize = 1 << 20;

/// The first bytes of an output, while it is read and then.
pub struct Captured(Arc<Mutex<Start>>);

#[derive(Default)]
struct Start {
    bytes: Vec<u8>,
    cut: bool,
}

/// Reads all of it, so that nobody waits to write, and keeps the first of it; then calls `closed`.
pub fn capture(
    from: Option<impl Read + Send + 'static>,
    closed: impl FnOnce() + Send + 'static,
) -> io::Result<Captured> {
    let captured = Captured(Arc::default());
    let into = captured.0.clone();
    in_thread(move || {
        read_all(from, |bytes| {
            let mut into = into.lock().unwrap_or_else(PoisonError::into_inner);
            let room = bytes.len().min(MOST - into.bytes.len());
            into.bytes.extend_from_slice(&bytes[..room]);
            into.cut |= room < bytes.len();
        });
        closed();
    })?;
    Ok(captured)
}

impl Captured {
    pub fn text(&self) -> String {
        let start = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from_utf8_lossy(&start.bytes).into_owned();
        if start.cut {
            text += &format!("\n[cut after {MOST} bytes]\n");
        }
        text
    }
}
