//! What a program writes: all of it as a digest, and its beginning and end as text.

use super::Event;
use super::watch::{in_thread, read_all};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// Kept of the beginning.
const FIRST: usize = 1 << 18;

/// Kept of the end.
const LAST: usize = 1 << 13;

/// An output while it is read.
pub struct Reading(Arc<Mutex<Captured>>);

/// An output.
#[derive(Default)]
pub struct Captured {
    first: Vec<u8>,
    last: VecDeque<u8>,
    digest: Sha256,
}

/// Reads all of it, so that nobody waits to write, and tells when it is closed.
pub fn capture(
    from: Option<impl Read + Send + 'static>,
    closed: Sender<Event>,
) -> io::Result<Reading> {
    let reading = Reading(Arc::default());
    let into = reading.0.clone();
    in_thread(move || {
        read_all(from, |bytes| {
            into.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(bytes)
        });
        let _ = closed.send(Event::Closed);
    })?;
    Ok(reading)
}

impl Reading {
    /// What was read so far.
    pub fn end(self) -> Captured {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Captured {
    fn add(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        let room = bytes.len().min(FIRST - self.first.len());
        self.first.extend_from_slice(&bytes[..room]);
        self.last.extend(bytes);
        let surplus = self.last.len().saturating_sub(LAST);
        self.last.drain(..surplus);
    }

    /// The beginning.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.first).into_owned()
    }

    /// The last lines that have words, at most so many.
    pub fn last_lines(&self, most: usize) -> Vec<String> {
        let bytes: Vec<u8> = self.last.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(char::is_alphanumeric))
            .collect();
        let skipped = lines.len().saturating_sub(most);
        lines
            .into_iter()
            .skip(skipped)
            .map(|line| line.replace(char::is_control, " "))
            .collect()
    }

    /// SHA-256 of all.
    pub fn digest(&self) -> String {
        hex(&self.digest.clone().finalize())
    }
}

/// Bytes as people compare them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_and_a_digest_of_all() {
        let mut captured = Captured::default();
        captured.add(b"ab");
        captured.add(b"c");
        // FIPS 180-2.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(captured.digest(), known);
        for n in 0..200_000 {
            captured.add(format!("\nline {n}\n").as_bytes());
        }
        assert_eq!(captured.first.len(), FIRST);
        assert!(captured.text().starts_with("abc\nline 0\n"));
        assert_eq!(captured.last_lines(2), ["line 199998", "line 199999"]);
    }
}
