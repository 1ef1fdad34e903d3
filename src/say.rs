//! Lines for people, on standard error.

use std::fmt;
use std::io::Write;

/// An error as one line, whatever the text has.
pub fn error(text: &impl fmt::Display) {
    let text = text.to_string().trim_end().replace('\n', "\\n");
    line(format_args!("grange: error: {text}"));
}

/// Writes one line. Nobody being there to read it is no reason to fail.
pub fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
