//! Lines for people, on standard error.

use crate::progress;
use std::fmt;
use std::io::Write;

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
    progress::beside(|| {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    });
}
