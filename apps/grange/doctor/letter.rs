//! What ranks say to one another. Each letter has the sender's version, so that another one is told.
//!
//! Between letters, messages of [`PING`] bytes and of [`BLOCK`] bytes are timed; no letter is as short as the
//! one or as long as the other.

use super::probe::Probe;
use super::survey::Survey;
use serde::{Deserialize, Serialize};

/// Bytes of a ping, and of the answer to a ping or a block: the clock of who answers.
pub const PING: usize = 8;

/// Bytes of a block, by which the bandwidth is measured.
pub const BLOCK: usize = 1 << 20;

/// A letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Letter {
    /// To rank 0: this is what I am.
    Survey(Box<Survey>),
    /// From rank 0: compute, all of you.
    Compute,
    /// To rank 0: so fast I was.
    Computed(Probe),
    /// From rank 0: pings come.
    Attend,
    /// To rank 0: let them come.
    Attending,
    /// From rank 0: no more pings.
    Rest,
    /// From rank 0: it is over, with this exit code.
    Leave(u8),
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    grange_doctor: String,
    letter: Letter,
}

#[derive(Deserialize)]
struct Postmark {
    grange_doctor: String,
}

/// What a message that is none of ours tells of its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// It is another version of this program.
    Version(String),
    /// It is another program.
    Program,
}

/// The bytes of a letter.
pub fn write(letter: Letter) -> Vec<u8> {
    let envelope = Envelope {
        grange_doctor: env!("CARGO_PKG_VERSION").into(),
        letter,
    };
    // Nothing in a letter cannot be written; an empty one would be told as a stranger's.
    serde_json::to_vec(&envelope).unwrap_or_default()
}

/// The letter that the bytes are.
///
/// # Errors
/// Whose they are, where they are none.
pub fn read(bytes: &[u8]) -> Result<Letter, Stranger> {
    if let Ok(envelope) = serde_json::from_slice::<Envelope>(bytes) {
        return Ok(envelope.letter);
    }
    Err(match serde_json::from_slice::<Postmark>(bytes) {
        Ok(mark) => Stranger::Version(mark.grange_doctor),
        Err(_) => Stranger::Program,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_told() {
        let bytes = write(Letter::Leave(7));
        assert!(bytes.len() > PING && bytes.len() < BLOCK);
        assert!(matches!(read(&bytes), Ok(Letter::Leave(7))));
        let later = br#"{"grange_doctor":"9.1.0","letter":{"Sing":"loudly"}}"#;
        assert_eq!(read(later).err(), Some(Stranger::Version("9.1.0".into())));
        assert_eq!(read(b"grange\r\n\x01").err(), Some(Stranger::Program));
    }
}
