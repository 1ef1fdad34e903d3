//! What is said on standard error, and what is printed.

use grange::Error;
use std::fmt;
use std::io::{self, ErrorKind, Write, stderr};

/// One line. Nobody being there to read it is no reason to fail.
pub fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// An error, on one line whatever it has.
pub fn error(text: &dyn fmt::Display) {
    let text = text.to_string().trim_end().replace('\n', "\\n");
    line(format_args!("grange: error: {text}"));
}

/// Prints a text. Nobody being there to read it is no reason to fail.
///
/// # Errors
/// When it cannot be written.
pub fn out(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Error::user(format!("standard output: {e}")))
        }
        _ => Ok(()),
    }
}
