//! Messages between the ranks of a launcher, without a run.

use crate::comm::Transport;
use crate::comm::mpi::MpiTransport;
use crate::error::Error;

/// Moves messages of at most 2 GiB between any two ranks, in order. No call waits, but for the first and for
/// dropping it, which initialize MPI and finalize it on all ranks together. It stays on its thread.
pub struct Link(MpiTransport);

impl Link {
    /// Initializes MPI. The world may have fewer ranks than the launcher started processes: where the launcher
    /// is that of another MPI library, each process is a world of its own.
    ///
    /// # Errors
    /// When the library gives less than `MPI_THREAD_FUNNELED`, or was initialized before.
    pub fn start() -> Result<Self, Error> {
        MpiTransport::begin().map(Link)
    }

    /// This process's rank.
    pub fn rank(&self) -> u32 {
        self.0.rank()
    }

    /// How many ranks there are.
    pub fn size(&self) -> u32 {
        self.0.size()
    }

    /// The lowest rank on the same node.
    pub fn node(&self) -> u32 {
        self.0.node()
    }

    /// How threads may use the library, in the standard's words.
    pub fn thread_level(&self) -> &'static str {
        match mpi::environment::threading_support() {
            mpi::Threading::Single => "MPI_THREAD_SINGLE",
            mpi::Threading::Funneled => "MPI_THREAD_FUNNELED",
            mpi::Threading::Serialized => "MPI_THREAD_SERIALIZED",
            mpi::Threading::Multiple => "MPI_THREAD_MULTIPLE",
        }
    }

    /// Sends `bytes` to rank `to`, at some time: every [`Link::receive`] helps it on.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn send(&mut self, to: u32, bytes: Vec<u8>) -> Result<(), Error> {
        self.0.send(to, bytes)
    }

    /// The next message that has wholly arrived, with its sender.
    ///
    /// # Errors
    /// When the library fails.
    pub fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        self.0.receive()
    }

    /// Whether the library has taken over all that was sent.
    pub fn is_sent(&mut self) -> bool {
        self.0.unsent() == 0
    }
}
