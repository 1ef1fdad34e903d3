//! From a bare connection to one whose other side is known to have the secret.
//!
//! Who connects sends a greeting of 8 bytes, `grange` and a version, and gets one back; if they are of one version
//! both send their Noise message, of 48 bytes after a length of two. A length of 0 says «another secret»: anybody
//! could say that, and anybody could cut the connection. At last who connects sends an empty record. Its own message
//! could be a recording; the record cannot.

use super::VERSION;
use super::failure::Failure;
use super::noise::{Handshake, MESSAGE, Opener, Sealer, TAG};
use super::record::Record;
use super::secret::Secret;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const MAGIC: [u8; 6] = *b"grange";
/// Bytes of a greeting.
const GREETING: usize = 8;
/// The empty record, sealed.
const PROOF: usize = TAG + 1;

/// Bytes there and back, within bounds that are its own.
pub trait Pipe {
    /// Fills the buffer. [`Failure::Busy`] when not one byte came.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Failure>;
    /// Sends.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

/// A connection, for a bounded time in all.
pub struct Timed<'a> {
    stream: &'a TcpStream,
    until: Instant,
    allowed: Duration,
}

impl<'a> Timed<'a> {
    /// From now on.
    pub fn new(stream: &'a TcpStream, allowed: Duration) -> Self {
        Timed {
            stream,
            until: Instant::now() + allowed,
            allowed,
        }
    }

    fn left(&self) -> Result<Option<Duration>, Failure> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::Slow(self.allowed));
        }
        Ok(Some(left))
    }

    fn failure(&self, error: std::io::Error) -> Failure {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Failure::Slow(self.allowed),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Failure::Half,
            _ => error.into(),
        }
    }
}

impl Pipe for Timed<'_> {
    fn fill(&mut self, mut buffer: &mut [u8]) -> Result<(), Failure> {
        let mut ended = Failure::Busy;
        while !buffer.is_empty() {
            self.stream.set_read_timeout(self.left()?)?;
            match self.stream.read(buffer) {
                Ok(0) => return Err(ended),
                Ok(n) => {
                    buffer = &mut buffer[n..];
                    ended = Failure::Half;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    return Err(match self.failure(e) {
                        Failure::Half => ended,
                        other => other,
                    });
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(self.left()?)?;
            match self.stream.write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(self.failure(e)),
            }
        }
        Ok(())
    }
}

fn greeting() -> [u8; GREETING] {
    let mut bytes = [0; GREETING];
    bytes[..6].copy_from_slice(&MAGIC);
    bytes[6..].copy_from_slice(&VERSION.to_be_bytes());
    bytes
}

/// The version of a greeting.
fn version(bytes: [u8; GREETING]) -> Result<u16, Failure> {
    let [magic @ .., high, low] = bytes;
    match magic == MAGIC {
        true => Ok(u16::from_be_bytes([high, low])),
        false => Err(Failure::Rubbish),
    }
}

fn same(theirs: u16) -> Result<(), Failure> {
    match theirs == VERSION {
        true => Ok(()),
        false => Err(Failure::Version {
            theirs,
            ours: VERSION,
        }),
    }
}

/// In the middle of a handshake an end is one in the middle, between two messages too.
fn midway(failure: Failure) -> Failure {
    match failure {
        Failure::Busy => Failure::Half,
        other => other,
    }
}

fn put_message(pipe: &mut impl Pipe, message: &[u8; MESSAGE]) -> Result<(), Failure> {
    let mut bytes = (MESSAGE as u16).to_be_bytes().to_vec();
    bytes.extend(message);
    pipe.put(&bytes)
}

/// `refused` is what a length of 0 means.
fn get_message(pipe: &mut impl Pipe, refused: Failure) -> Result<[u8; MESSAGE], Failure> {
    let mut length = [0; 2];
    pipe.fill(&mut length).map_err(midway)?;
    match usize::from(u16::from_be_bytes(length)) {
        MESSAGE => {}
        0 => return Err(refused),
        _ => return Err(Failure::Rubbish),
    }
    let mut message = [0; MESSAGE];
    pipe.fill(&mut message).map_err(midway)?;
    Ok(message)
}

/// That of who connects.
pub fn ask(pipe: &mut impl Pipe, secret: &Secret) -> Result<(Sealer, Opener), Failure> {
    pipe.put(&greeting()).map_err(|failure| match failure {
        Failure::Half => Failure::Busy,
        other => other,
    })?;
    let mut theirs = [0; GREETING];
    pipe.fill(&mut theirs)?;
    same(version(theirs)?)?;
    let mut handshake = Handshake::new(secret, false)?;
    put_message(pipe, &handshake.write()?)?;
    let message = get_message(pipe, Failure::Secret)?;
    handshake.read(&message)?;
    let (mut sealer, opener) = handshake.finish()?;
    let (mut plain, mut proof) = (Vec::new(), Vec::new());
    Record::Beat.encode(&mut plain);
    sealer.seal(&plain, &mut proof)?;
    pipe.put(&proof)?;
    Ok((sealer, opener))
}

/// That of who listens.
pub fn answer(pipe: &mut impl Pipe, secret: &Secret) -> Result<(Sealer, Opener), Failure> {
    let mut theirs = [0; GREETING];
    pipe.fill(&mut theirs).map_err(|failure| match failure {
        Failure::Busy => Failure::Gone,
        other => other,
    })?;
    let theirs = version(theirs)?;
    pipe.put(&greeting())?;
    same(theirs)?;
    let message = get_message(pipe, Failure::Rubbish)?;
    let mut handshake = Handshake::new(secret, true)?;
    if let Err(failure) = handshake.read(&message) {
        // That it is not told is not more than that.
        let _ = pipe.put(&[0, 0]);
        return Err(failure);
    }
    put_message(pipe, &handshake.write()?)?;
    let (sealer, mut opener) = handshake.finish()?;
    let mut proof = [0; 2 + PROOF];
    pipe.fill(&mut proof).map_err(midway)?;
    let [high, low, sealed @ ..] = proof;
    if usize::from(u16::from_be_bytes([high, low])) != PROOF {
        return Err(Failure::Damaged);
    }
    let mut plain = [0; PROOF];
    match Record::decode(opener.open(&sealed, &mut plain)?)? {
        Record::Beat => Ok((sealer, opener)),
        _ => Err(Failure::Nonsense("its proof")),
    }
}
