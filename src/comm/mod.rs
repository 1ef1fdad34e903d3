//! How messages get from rank to rank.
//!
//! A [`Transport`] moves datagrams of at most [`mail::LARGEST`] bytes, most of them no longer than
//! [`crate::wire::rope::PIECE`] and a little, in order between any two ranks: [`solo`] for one process, `mpi`
//! for many. Two ranks begin with a [`greeting`]. A
//! [`mail::Mailer`] on top of it moves messages with bodies of any size, in pieces with credits. The
//! [`launcher`] is read from the environment, so that one binary knows which of the two it needs;
//! [`backoff`] is how a thread waits without burning a core, and ranks of one machine wake one another
//! by a doorbell (`mpi::doorbell`).

pub mod backoff;
pub mod greeting;
pub mod harm;
pub mod launcher;
pub mod mail;
#[cfg(feature = "mpi")]
pub mod mpi;
pub mod process;
pub mod solo;
#[cfg(test)]
mod tests;

use crate::error::Error;

/// Moves datagrams between ranks. Never blocks.
pub trait Transport {
    /// This process's rank.
    fn rank(&self) -> u32;

    /// How many ranks there are.
    fn size(&self) -> u32;

    /// Sends `bytes` to rank `to`, at some time.
    ///
    /// # Errors
    /// When the library refuses.
    fn send(&mut self, to: u32, bytes: Vec<u8>) -> Result<(), Error>;

    /// The next datagram that has wholly arrived, with its sender.
    ///
    /// # Errors
    /// When the library fails.
    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error>;

    /// How many sends the library has not completed yet.
    fn unsent(&mut self) -> usize;

    /// Ends the whole run at once, the other ranks too.
    fn abort(&mut self, code: u8) -> !;

    /// Nothing goes to that rank any more, and what has begun to come from it never ends.
    fn forget(&mut self, _rank: u32) {}

    /// Ranks that the library knows to be dead.
    fn failed(&mut self) -> Vec<u32> {
        Vec::new()
    }

    /// Why, where that is known.
    fn why_failed(&self) -> Option<String> {
        None
    }

    /// Whether new datagrams come only from being polled for.
    fn polled(&self) -> bool;

    /// Whether whoever sends wakes this rank, and nothing is half-way in or out.
    fn is_rung(&self) -> bool {
        false
    }

    /// Wakes those who were sent to since the last time.
    fn ring(&mut self) {}
}
