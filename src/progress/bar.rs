//! A bar on a terminal.

use super::frame::Frame;
use crate::exec::lock;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

/// What the bar on the terminal shows, if there is one. Lines for people go above it: whoever writes one holds the
/// lock, so that no bar is drawn, begins or ends meanwhile.
static SHOWN: Mutex<Option<String>> = Mutex::new(None);

/// Columns of a terminal that does not say.
const COLUMNS: usize = 80;
/// To the beginning of the line, which is emptied.
const EMPTY: &str = "\r\x1b[K";

/// A bar that is redrawn at every [`Bar::set`].
pub struct Bar {
    label: String,
}

impl Bar {
    /// A bar on standard error, at its beginning; `None` if there is one already, or it is no terminal with a cursor
    /// that can be moved.
    pub fn new(label: &str) -> Option<Self> {
        let able = env::var_os("TERM").is_some_and(|name| name != "dumb" && !name.is_empty());
        let mut shown = lock(&SHOWN);
        if !able || !io::stderr().is_terminal() || shown.is_some() {
            return None;
        }
        *shown = Some(String::new());
        let label = label.to_owned();
        Some(Bar { label })
    }

    /// Draws it, in one go.
    pub fn set(&self, frame: &Frame) {
        let text = self.text(frame);
        // It may have been taken away.
        if let Some(shown) = &mut *lock(&SHOWN) {
            write(&format!("{EMPTY}{text}"));
            *shown = text;
        }
    }

    /// Leaves it as it is at the end, as a line like others.
    pub fn end(self, frame: &Frame) {
        let text = self.text(frame);
        let mut shown = lock(&SHOWN);
        if shown.take().is_some() {
            write(&format!("{EMPTY}{text}\n"));
        }
    }

    /// Takes it away.
    pub fn clear(self) {
        clear();
    }

    fn text(&self, frame: &Frame) -> String {
        let size = rustix::termios::tcgetwinsize(io::stderr());
        let columns = size.map_or(0, |size| size.ws_col.into());
        let columns = if columns == 0 { COLUMNS } else { columns };
        frame.in_columns(columns, &self.label)
    }
}

/// Takes the bar away for good, if there is one: also where the process is left and nobody comes to end it.
pub fn clear() {
    if lock(&SHOWN).take().is_some_and(|text| !text.is_empty()) {
        write(EMPTY);
    }
}

/// Runs `f`, which writes to the terminal, with the bar out of its way. It must not come here again.
pub fn beside<T>(f: impl FnOnce() -> T) -> T {
    let shown = lock(&SHOWN);
    let bar = shown.as_deref().filter(|text| !text.is_empty());
    bar.inspect(|_| write(EMPTY));
    let value = f();
    bar.inspect(|text| write(text));
    value
}

/// Nobody being there to see it is no reason to fail.
fn write(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
