//! Encrypted connections between processes that share a secret, for runs that others join.
//!
//! A layer of its own, over TCP alone: it knows nothing of ranks, MPI or what its messages mean. Both sides prove
//! that they know the [`Secret`] before anything else that they send is looked at (the Noise protocol, pattern
//! `NNpsk0`; T. Perrin, *The Noise Protocol Framework*, revision 34, 2018). What goes over a [`Link`] is
//! encrypted, comes whole and in order, and is bounded in size, in memory and in time, whatever the other side does.
//!
//! - [`Listener`] takes connections, [`connect()`] makes one; both give a [`Link`].
//! - Who listens is found in a directory that both can read ([`Rendezvous`]), or by asking all of a network
//!   ([`seek`], [`Answerer`]).
//! - On the wire each side first sends `grange` and the version of this protocol in clear, so that two versions can
//!   say so; then two Noise messages, and an empty record by which whoever connects proves that it is no recording.
//! - Then records: a length of two bytes and as many encrypted ones. A record's number is its nonce, so that one
//!   which is missing, repeated, moved or changed ends the link.
//! - Messages are cut into records. Each side says how many bytes it is ready to take, so that one which takes none
//!   keeps the other from sending, not from hearing that it is alive: records are always read.

mod assembler;
mod connect;
mod connection;
mod discovery;
mod entry;
mod failure;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod gate;
mod handshake;
mod interfaces;
mod listener;
mod noise;
mod outgoing;
mod reader;
mod record;
mod rendezvous;
mod secret;
mod settings;
mod shared;
#[cfg(test)]
mod tests;
mod writer;

pub use connect::connect;
pub use connection::{Link, Side, State};
pub use discovery::{Answerer, PORT, Seek, seek};
pub use entry::{Entry, Kind};
pub use failure::Failure;
pub use gate::{Counts, Refusal};
pub use interfaces::{Interfaces, interfaces};
pub use listener::{Limits, Listener, OnRefusal};
pub use outgoing::{Payload, Unsent};
pub use record::LONGEST_REASON;
pub use rendezvous::{Found, Notice, Rendezvous};
pub use secret::Secret;
pub use settings::{Settings, Wake};

/// The version of the protocol on the wire. Two versions do not speak with each other.
pub const VERSION: u16 = 1;
