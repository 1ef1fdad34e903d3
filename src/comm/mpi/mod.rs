//! Ranks of an MPI library.
//!
//! rsmpi initializes, duplicates the communicator and splits it by node; point-to-point goes through
//! [`raw`], which checks every return code, since rsmpi's safe calls drop them. All of it stays on the
//! one thread that initialized (`MPI_THREAD_FUNNELED`, MPI 4.0 §11.6).

pub mod leaving;
mod raw;

use super::Transport;
use super::launcher::Launcher;
use crate::error::Error;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use raw::{Channel, Incoming, Outgoing};
use std::collections::VecDeque;

/// The transport of one rank among many.
pub struct MpiTransport {
    // Field order is drop order: the communicator goes before the universe finalizes.
    channel: Channel,
    _comm: SimpleCommunicator,
    universe: Option<Universe>,
    rank: u32,
    size: u32,
    /// The lowest rank on the same node.
    node: u32,
    sending: VecDeque<Outgoing>,
    receiving: VecDeque<(u32, Incoming)>,
}

impl MpiTransport {
    /// Initializes MPI on this thread, to which the transport stays bound.
    ///
    /// # Errors
    /// When the library gives less than `MPI_THREAD_FUNNELED`, was initialized before, or sees another
    /// number of ranks than the launcher started.
    pub fn start(launcher: &Launcher) -> Result<Self, Error> {
        let (universe, provided) = mpi::initialize_with_threading(mpi::Threading::Funneled)
            .ok_or_else(|| Error::Launch("MPI was initialized before grange::run".into()))?;
        if provided < mpi::Threading::Funneled {
            return Err(Error::Launch(format!(
                "the MPI library offers {provided:?}; grange needs MPI_THREAD_FUNNELED"
            )));
        }
        let world = universe.world();
        let (rank, size) = (world.rank() as u32, world.size() as u32);
        launcher.check(size, &library())?;
        // A communicator of our own, so that no message of the user's can meet ours.
        let comm = world.duplicate();
        let node_comm = comm.split_shared(rank as i32);
        let mut node = rank;
        node_comm.process_at_rank(0).broadcast_into(&mut node);
        let channel = Channel::new(&comm)?;
        Ok(MpiTransport {
            channel,
            _comm: comm,
            universe: Some(universe),
            rank,
            size,
            node,
            sending: VecDeque::new(),
            receiving: VecDeque::new(),
        })
    }

    /// The lowest rank on the same node.
    pub fn node(&self) -> u32 {
        self.node
    }

    fn progress(&mut self) -> Result<(), Error> {
        let mut i = 0;
        while i < self.sending.len() {
            if self.sending[i].is_done()? {
                self.sending.remove(i);
            } else {
                i += 1;
            }
        }
        while let Some((from, incoming)) = self.channel.start_receive()? {
            self.receiving.push_back((from, incoming));
        }
        Ok(())
    }
}

impl Transport for MpiTransport {
    fn rank(&self) -> u32 {
        self.rank
    }

    fn size(&self) -> u32 {
        self.size
    }

    fn send(&mut self, to: u32, bytes: Vec<u8>) -> Result<(), Error> {
        let sending = self.channel.start_send(to, bytes)?;
        self.sending.push_back(sending);
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        self.progress()?;
        // In order per sender; a large one from one rank does not hold up another's.
        let mut passed: Vec<u32> = Vec::new();
        for i in 0..self.receiving.len() {
            let (from, incoming) = &mut self.receiving[i];
            if passed.contains(from) {
                continue;
            }
            if incoming.is_done()? {
                return Ok(self
                    .receiving
                    .remove(i)
                    .map(|(from, incoming)| (from, incoming.into_bytes())));
            }
            passed.push(*from);
        }
        Ok(None)
    }

    fn unsent(&mut self) -> usize {
        // A failed test is a failed send: it will not complete any more.
        self.sending
            .retain_mut(|s| matches!(s.is_done(), Ok(false)));
        self.sending.len()
    }

    fn abort(&mut self, code: u8) -> ! {
        match &self.universe {
            Some(universe) => universe.world().abort(i32::from(code)),
            None => std::process::exit(i32::from(code)),
        }
    }

    fn polled(&self) -> bool {
        true
    }
}

/// Name and version of the MPI library, on one line.
pub fn library() -> String {
    let version = mpi::environment::library_version().unwrap_or_default();
    let line = version.lines().next().unwrap_or("").trim_end_matches('\0');
    line.split(',')
        .next()
        .unwrap_or(line)
        .trim()
        .replace('\t', " ")
}
