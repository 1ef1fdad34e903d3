//! What travels between ranks, as bytes.
//!
//! Headers are fixed-width and little-endian ([`frame`]); the messages are in [`message`]; bodies of any
//! size are [`rope::Rope`]s; the user's values are CBOR ([`value`]), which is self-describing, keeps the
//! bits of floats, and reads the same on every machine.

pub mod digest;
pub mod frame;
pub mod hash;
pub mod message;
pub mod rope;
pub mod seal;
pub mod value;
