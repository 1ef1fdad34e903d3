//! Messages out of their parts, within limits.

use super::failure::Failure;

/// What a message takes beside its bytes: many empty ones take memory too.
pub const OVERHEAD: u64 = 64;
/// No more than this is set aside for what has not come yet.
const AHEAD: u64 = 1 << 20;

/// A message in parts.
#[derive(Debug)]
pub struct Assembler {
    part: Vec<u8>,
    /// Of the message that has begun.
    total: Option<u64>,
    /// The limit for the next one, and for those after it.
    most: u64,
    later: u64,
}

impl Assembler {
    /// Takes a message of at most `first` bytes, then such of at most `later`.
    pub fn new(first: u64, later: u64) -> Self {
        Assembler {
            part: Vec::new(),
            total: None,
            most: first,
            later,
        }
    }

    /// Whether a message has begun.
    pub fn midway(&self) -> bool {
        self.total.is_some()
    }

    /// The first part; the message if it is the only one.
    pub fn begin(&mut self, total: u64, data: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        if self.midway() {
            return Err(Failure::Nonsense("a message within another"));
        }
        if total > self.most {
            return Err(Failure::TooLarge {
                size: total,
                most: self.most,
            });
        }
        self.total = Some(total);
        self.part = Vec::with_capacity(total.min(AHEAD) as usize);
        self.more(data)
    }

    /// Another part; the message if it is the last one.
    pub fn more(&mut self, data: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let Some(total) = self.total else {
            return Err(Failure::Nonsense("a part of no message"));
        };
        let length = (self.part.len() + data.len()) as u64;
        if length > total {
            return Err(Failure::Nonsense("a message longer than it is"));
        }
        self.part.extend_from_slice(data);
        if length < total {
            return Ok(None);
        }
        self.total = None;
        self.most = self.later;
        Ok(Some(std::mem::take(&mut self.part)))
    }
}
