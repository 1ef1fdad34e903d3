//! What can go wrong with a connection.

use std::io;
use std::time::Duration;

/// Why a connection did not come about, or broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Nobody answers there.
    #[error("cannot connect to {0}")]
    Unreachable(String),
    /// The other side is of another version.
    #[error("it speaks version {theirs} of the protocol, this is version {ours}")]
    Version {
        /// That of the other side.
        theirs: u16,
        /// That of this one.
        ours: u16,
    },
    /// What it sent is no greeting.
    #[error("it does not speak grange's protocol")]
    Rubbish,
    /// It does not know the secret.
    #[error("it has another secret")]
    Secret,
    /// The handshake was not done in time.
    #[error("it did not complete the handshake within {0:?}")]
    Slow(Duration),
    /// It closed the connection before it answered at all: it may have too many others to look after.
    #[error("it closed the connection at once; it may be busy")]
    Busy,
    /// It closed the connection in the middle of something.
    #[error("it closed the connection in the middle of a message")]
    Half,
    /// It closed the connection without a reason.
    #[error("it closed the connection without saying why")]
    Gone,
    /// Nothing came, not even a sign of life.
    #[error("nothing was heard of it for {0:?}")]
    Silent(Duration),
    /// It took nothing of what was sent.
    #[error("it took nothing for {0:?}")]
    Stuck(Duration),
    /// A record is not what was sent, or not the next one.
    #[error("a record was changed, repeated, moved or left out on its way")]
    Damaged,
    /// A record, though authentic, that makes no sense.
    #[error("it sent a record that makes no sense: {0}")]
    Nonsense(&'static str),
    /// It announced a message above the limit.
    #[error("it has a message of {size} bytes; at most {most} are taken")]
    TooLarge {
        /// As announced.
        size: u64,
        /// The limit.
        most: u64,
    },
    /// It sent more than it was told that there is room for.
    #[error("it sent more than there was room for")]
    Flood,
    /// Too many at once, in all or from its address.
    #[error("too many connections at once")]
    Crowd,
    /// The operating system says so.
    #[error("{0}")]
    System(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::System(error.to_string())
    }
}
