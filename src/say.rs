//! Words for people: on standard error, and results on standard output.

use crate::progress;
use std::fmt;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// A warning.
pub fn warning(text: fmt::Arguments<'_>) {
    line(format_args!("grange: warning: {text}"));
}

/// An error as one line, whatever the text has.
pub fn error(text: &impl fmt::Display) {
    let text = text.to_string().trim_end().replace('\n', "\\n");
    line(format_args!("grange: error: {text}"));
}

/// Writes one line, above a progress bar if there is one. Nobody being there to read it is no reason to fail.
pub fn line(text: fmt::Arguments<'_>) {
    // Made before: what shows itself may come here again.
    let text = format!("{text}\n");
    progress::beside(|| {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    });
}

/// Writes on standard output, above a progress bar if there is one. A reader that has gone away (`| head`) is no error.
///
/// # Errors
/// When it cannot be written to.
pub fn out(text: fmt::Arguments<'_>) -> io::Result<()> {
    let text = text.to_string();
    match Stdout.write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Standard output as [`Pool::print`](crate::Pool::print) writes to it: above a progress bar, if there is one. What is
/// written in one go should end with a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdout;

impl Stdout {
    fn beside<T>(f: impl FnOnce(&mut io::StdoutLock<'_>) -> T) -> T {
        let stdout = io::stdout();
        // Elsewhere it is in no bar's way, and who reads a pipe slowly must not keep others from telling people.
        match stdout.is_terminal() {
            true => progress::beside(|| f(&mut stdout.lock())),
            false => f(&mut stdout.lock()),
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Stdout::beside(|stdout| stdout.write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Stdout::beside(|stdout| stdout.write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Stdout::beside(|stdout| stdout.flush())
    }
}
