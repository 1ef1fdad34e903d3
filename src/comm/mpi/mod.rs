//! Ranks of an MPI library.
//!
//! rsmpi initializes, duplicates the communicator and splits it by node; point-to-point goes through
//! [`raw`], which checks every return code, since rsmpi's safe calls drop them. All of it stays on the
//! one thread that initialized (`MPI_THREAD_FUNNELED`, MPI 4.0 §11.6).

mod doorbell;
pub mod leaving;
mod meeting;
mod raw;
pub mod symbol;
pub mod ulfm;
mod yields;

use super::Transport;
use super::backoff::Waker;
use super::launcher::Launcher;
use crate::error::Error;
use doorbell::Doorbell;
use meeting::Meeting;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use raw::{Channel, Incoming, Outgoing};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Requests looked at in one go: a rank with thousands of them still gets around to everything else.
const AT_ONCE: usize = 32;

/// The transport of one rank among many.
pub struct MpiTransport {
    // Field order is drop order: the communicator goes before the universe finalizes.
    channel: Channel,
    comm: Option<SimpleCommunicator>,
    universe: Option<Universe>,
    rank: u32,
    size: u32,
    /// The lowest rank on the same node.
    node: u32,
    sending: VecDeque<(u32, Outgoing)>,
    /// Receives under way, in order per sender.
    receiving: BTreeMap<u32, VecDeque<Incoming>>,
    arrived: VecDeque<(u32, Vec<u8>)>,
    /// The sender to look at next.
    next: u32,
    doorbell: Option<Doorbell>,
    to_ring: BTreeSet<u32>,
    /// A rank has died.
    failed: bool,
}

impl MpiTransport {
    /// Initializes MPI on this thread, to which the transport stays bound.
    ///
    /// # Errors
    /// When the library gives less than `MPI_THREAD_FUNNELED`, was initialized before, or sees another
    /// number of ranks than the launcher started. A process that the others leave alone in `MPI_Init` is ended.
    pub fn start(launcher: &Launcher) -> Result<Self, Error> {
        let meeting = Meeting::begin(launcher)?;
        let transport = Self::begin()?;
        drop(meeting);
        launcher.check(transport.size, &library())?;
        Ok(transport)
    }

    /// As [`MpiTransport::start`], whatever the launcher says of the number of ranks, and however long it takes.
    ///
    /// # Errors
    /// When the library gives less than `MPI_THREAD_FUNNELED`, or was initialized before.
    pub fn begin() -> Result<Self, Error> {
        let (universe, provided) = mpi::initialize_with_threading(mpi::Threading::Funneled)
            .ok_or_else(|| Error::Launch("MPI was initialized before grange::run".into()))?;
        if provided < mpi::Threading::Funneled {
            return Err(Error::Launch(format!(
                "the MPI library offers {provided:?}; grange needs MPI_THREAD_FUNNELED"
            )));
        }
        let world = universe.world();
        let (rank, size) = (world.rank() as u32, world.size() as u32);
        // A communicator of our own, so that no message of the user's can meet ours.
        let comm = world.duplicate();
        let node_comm = comm.split_shared(rank as i32);
        let mut node = rank;
        node_comm.process_at_rank(0).broadcast_into(&mut node);
        let channel = Channel::new(&comm)?;
        yields::none();
        Ok(MpiTransport {
            channel,
            comm: Some(comm),
            universe: Some(universe),
            rank,
            size,
            node,
            sending: VecDeque::new(),
            receiving: BTreeMap::new(),
            arrived: VecDeque::new(),
            next: 0,
            doorbell: None,
            to_ring: BTreeSet::new(),
            failed: false,
        })
    }

    /// The lowest rank on the same node.
    pub fn node(&self) -> u32 {
        self.node
    }

    /// From now on ranks of this machine wake one another; `waker` wakes this one.
    pub fn install_doorbell(&mut self, session: u64, hosts: &[String], waker: Arc<Waker>) {
        self.doorbell = Some(Doorbell::new(session, self.rank, hosts, waker));
    }

    /// Frees the buffers of sends that are complete; looks at some of them.
    fn finish_sends(&mut self) -> Result<(), Error> {
        for _ in 0..self.sending.len().min(AT_ONCE) {
            if let Some((to, mut sending)) = self.sending.pop_front()
                && !sending.is_done()?
            {
                self.sending.push_back((to, sending));
            }
        }
        Ok(())
    }

    /// Starts to receive what has been announced.
    fn start_receives(&mut self) -> Result<(), Error> {
        let mut empty = 0;
        for _ in 0..AT_ONCE {
            let Some((from, mut incoming)) = self.channel.start_receive()? else {
                // Open MPI looks first and makes progress then: what has come shows at the second look.
                empty += 1;
                if empty == 2 {
                    break;
                }
                continue;
            };
            let before = self.receiving.get(&from).is_some_and(|q| !q.is_empty());
            if !before && incoming.is_done()? {
                self.arrived.push_back((from, incoming.into_bytes()));
            } else {
                self.receiving.entry(from).or_default().push_back(incoming);
            }
        }
        Ok(())
    }

    /// Looks at the oldest receive of some senders: a large message from one holds up nobody else's.
    fn finish_receives(&mut self) -> Result<(), Error> {
        let turn = self.receiving.range(self.next..);
        let turn = turn.chain(self.receiving.range(..self.next));
        let senders: Vec<u32> = turn.map(|(&from, _)| from).take(AT_ONCE).collect();
        for from in senders {
            self.next = from + 1;
            let Some(queue) = self.receiving.get_mut(&from) else {
                continue;
            };
            while let Some(incoming) = queue.front_mut() {
                if !incoming.is_done()? {
                    break;
                }
                if let Some(incoming) = queue.pop_front() {
                    self.arrived.push_back((from, incoming.into_bytes()));
                }
            }
            if queue.is_empty() {
                self.receiving.remove(&from);
            }
        }
        Ok(())
    }
}

impl Drop for MpiTransport {
    fn drop(&mut self) {
        // Freeing is for all ranks together, and one is not there.
        if self.failed {
            std::mem::forget(self.comm.take());
        }
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
        self.sending.push_back((to, sending));
        self.to_ring.insert(to);
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        if self.arrived.is_empty() {
            self.finish_sends()?;
            self.finish_receives()?;
            self.start_receives()?;
        }
        Ok(self.arrived.pop_front())
    }

    fn unsent(&mut self) -> usize {
        // A failed test is a failed send: it will not complete any more.
        self.sending
            .retain_mut(|(_, s)| matches!(s.is_done(), Ok(false)));
        self.sending.len()
    }

    fn forget(&mut self, rank: u32) {
        // The library keeps what it has of them, and so do the buffers.
        self.sending.retain(|&(to, _)| to != rank);
        self.receiving.remove(&rank);
    }

    fn failed(&mut self) -> Vec<u32> {
        let failed = self.channel.failed();
        self.failed |= !failed.is_empty();
        failed
    }

    fn abort(&mut self, code: u8) -> ! {
        // Some libraries leave by `exit`, whose handler would wait for this very thread.
        leaving::disarm();
        leaving::once_read();
        match &self.universe {
            Some(universe) => universe.world().abort(i32::from(code)),
            None => std::process::exit(i32::from(code)),
        }
    }

    fn polled(&self) -> bool {
        true
    }

    fn is_rung(&self) -> bool {
        let quiet = self.sending.is_empty() && self.receiving.is_empty();
        quiet && self.doorbell.as_ref().is_some_and(Doorbell::is_relied_on)
    }

    fn ring(&mut self) {
        let ranks = std::mem::take(&mut self.to_ring);
        if let Some(doorbell) = &self.doorbell {
            ranks.into_iter().for_each(|rank| doorbell.ring(rank));
        }
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
