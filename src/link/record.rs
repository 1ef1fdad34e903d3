//! What is in a record.

use super::failure::Failure;
use super::noise::PLAIN;

const BEAT: u8 = 0;
const BEGIN: u8 = 1;
const MORE: u8 = 2;
const GRANT: u8 = 3;
const CLOSE: u8 = 4;

/// The most bytes of a message's beginning.
pub const BEGINNING: usize = PLAIN - 9;
/// Of each later part.
pub const PART: usize = PLAIN - 1;
/// The most bytes of a reason to close; what is longer is cut.
pub const LONGEST_REASON: usize = 4096;

/// What is in a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// A sign of life.
    Beat,
    /// A message of that many bytes in all, and the first of them.
    Begin(u64, &'a [u8]),
    /// More of it.
    More(&'a [u8]),
    /// So many bytes more will be taken.
    Grant(u64),
    /// It leaves, and why.
    Close(&'a str),
}

impl<'a> Record<'a> {
    /// Appends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Record::Beat => out.push(BEAT),
            Record::Begin(total, data) => {
                out.push(BEGIN);
                out.extend(total.to_be_bytes());
                out.extend_from_slice(data);
            }
            Record::More(data) => {
                out.push(MORE);
                out.extend_from_slice(data);
            }
            Record::Grant(bytes) => {
                out.push(GRANT);
                out.extend(bytes.to_be_bytes());
            }
            Record::Close(reason) => {
                out.push(CLOSE);
                out.extend_from_slice(shortened(reason).as_bytes());
            }
        }
    }

    /// What these bytes say.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Failure> {
        let Some((kind, rest)) = bytes.split_first() else {
            return Err(Failure::Nonsense("an empty one"));
        };
        match *kind {
            BEAT if rest.is_empty() => Ok(Record::Beat),
            BEGIN => {
                let (total, data) = number(rest)?;
                match data.len() as u64 <= total && (total == 0 || !data.is_empty()) {
                    true => Ok(Record::Begin(total, data)),
                    false => Err(Failure::Nonsense("a message longer than it is")),
                }
            }
            MORE if !rest.is_empty() => Ok(Record::More(rest)),
            GRANT => match number(rest)? {
                (bytes, []) => Ok(Record::Grant(bytes)),
                _ => Err(Failure::Nonsense("a grant")),
            },
            CLOSE if rest.len() <= LONGEST_REASON => match std::str::from_utf8(rest) {
                Ok(reason) => Ok(Record::Close(reason)),
                Err(_) => Err(Failure::Nonsense("a reason that is no text")),
            },
            _ => Err(Failure::Nonsense("its kind or length")),
        }
    }
}

fn number(bytes: &[u8]) -> Result<(u64, &[u8]), Failure> {
    let (number, rest) = bytes
        .split_first_chunk()
        .ok_or(Failure::Nonsense("half a number"))?;
    Ok((u64::from_be_bytes(*number), rest))
}

/// As much of it as may be sent.
fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(LONGEST_REASON)]
}
