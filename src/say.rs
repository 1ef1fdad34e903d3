//! Lines for people, on standard error.

use std::fmt;
use std::io::Write;

/// Writes one line. Nobody being there to read it is no reason to fail.
pub fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
