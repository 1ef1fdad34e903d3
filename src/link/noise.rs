//! The Noise protocol: a handshake of two messages, then sealed records.

use super::VERSION;
use super::failure::Failure;
use super::secret::Secret;
use snow::{Builder, HandshakeState, StatelessTransportState};
use std::sync::Arc;

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";
/// Bytes of each of the two messages: a public key and a tag.
pub const MESSAGE: usize = 48;
/// Bytes by which a sealed record is longer.
pub const TAG: usize = 16;
/// The most bytes of a sealed record.
pub const SEALED: usize = 65_535;
/// The most bytes within one.
pub const PLAIN: usize = SEALED - TAG;

/// A handshake that has begun.
pub struct Handshake(HandshakeState);

impl Handshake {
    /// For who connects, or who `answers`.
    pub fn new(secret: &Secret, answers: bool) -> Result<Self, Failure> {
        // So that what was recorded of another protocol or version does not do here.
        let mut prologue = b"grange link ".to_vec();
        prologue.extend(VERSION.to_be_bytes());
        let builder = PATTERN
            .parse()
            .map(Builder::new)
            .and_then(|builder| builder.psk(0, secret.bytes())?.prologue(&prologue))
            .map_err(internal)?;
        let state = match answers {
            true => builder.build_responder(),
            false => builder.build_initiator(),
        };
        Ok(Handshake(state.map_err(internal)?))
    }

    /// This side's message.
    pub fn write(&mut self) -> Result<[u8; MESSAGE], Failure> {
        let mut message = [0; MESSAGE];
        self.0.write_message(&[], &mut message).map_err(internal)?;
        Ok(message)
    }

    /// Takes that of the other side.
    pub fn read(&mut self, message: &[u8; MESSAGE]) -> Result<(), Failure> {
        let mut nothing = [0; MESSAGE];
        let read = self.0.read_message(message, &mut nothing);
        read.map(|_| ()).map_err(|_| Failure::Secret)
    }

    /// After both messages.
    pub fn finish(self) -> Result<(Sealer, Opener), Failure> {
        let state = self.0.into_stateless_transport_mode().map_err(internal)?;
        let keys = Arc::new(state);
        let sealer = Sealer {
            keys: keys.clone(),
            number: 0,
        };
        Ok((sealer, Opener { keys, number: 0 }))
    }
}

/// What cannot be the other side's fault.
fn internal(error: snow::Error) -> Failure {
    Failure::System(format!("cannot encrypt: {error}"))
}

/// Encrypts records, one after another.
pub struct Sealer {
    keys: Arc<StatelessTransportState>,
    number: u64,
}

impl Sealer {
    /// Appends the length and the sealed record of at most [`PLAIN`] bytes.
    pub fn seal(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
        let sealed = plain.len() + TAG;
        let length = u16::try_from(sealed).map_err(|_| internal(snow::Error::Input))?;
        out.extend(length.to_be_bytes());
        let from = out.len();
        out.resize(from + sealed, 0);
        let written = self
            .keys
            .write_message(self.number, plain, &mut out[from..]);
        written.map_err(internal)?;
        self.number += 1;
        Ok(())
    }
}

/// Decrypts them, in the same order only.
pub struct Opener {
    keys: Arc<StatelessTransportState>,
    number: u64,
}

impl Opener {
    /// What is in a record, written to `plain`, which has room for [`PLAIN`] bytes.
    pub fn open<'a>(&mut self, sealed: &[u8], plain: &'a mut [u8]) -> Result<&'a [u8], Failure> {
        let opened = self.keys.read_message(self.number, sealed, plain);
        let length = opened.map_err(|_| Failure::Damaged)?;
        self.number += 1;
        Ok(&plain[..length])
    }
}
