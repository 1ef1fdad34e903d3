//! Messages to send.

use super::State;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The bytes of a message: one's own, or shared with other links that send them too.
#[derive(Clone, PartialEq, Eq)]
pub enum Payload {
    /// One's own.
    Owned(Vec<u8>),
    /// Shared.
    Shared(Arc<[u8]>),
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Payload::Owned(bytes) => bytes,
            Payload::Shared(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.len())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Payload::Owned(bytes)
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        Payload::Owned(bytes.to_vec())
    }
}

impl From<Arc<[u8]>> for Payload {
    fn from(bytes: Arc<[u8]>) -> Self {
        Payload::Shared(bytes)
    }
}

/// A message that was not taken to be sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsent {
    /// Too much waits already. `Settings::wake` is called when there is room.
    Full(Payload),
    /// The link is no longer open.
    Ended(Payload, State),
}
