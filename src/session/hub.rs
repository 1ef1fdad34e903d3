//! From the user's threads to the comm thread.

use super::jobs::Submissions;
use super::spec::Spec;
use crate::comm::backoff::Waker;
use crate::error::Error;
use crate::exec::leased::Leased;
use crate::exec::lock;
use crate::exec::mailbox::Deliver;
use crate::measure::clock::Clock;
use crate::measure::epoch::Epoch;
use crate::wire::message::Seq;
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Something that happened on this rank, outside of the comm thread.
pub enum Local {
    /// Main reached a call.
    Begin {
        /// Which.
        spec: Arc<Spec>,
        /// Where leases go.
        state: Arc<dyn Leased>,
        /// Where values and the end go.
        inbox: Arc<dyn Deliver>,
        /// What rank 0's main submits, if these are jobs.
        submissions: Option<Arc<Submissions>>,
    },
    /// Rank 0's main has the result.
    Result(Seq, Rope),
    /// Rank 0's main could not make one, or another rank's could not send what it held.
    Failed(Error),
    /// Results were consumed: grains up to there may be leased.
    Ceiling(Seq, u64),
    /// Nobody wants that job any more.
    Cancel(Seq, u64),
    /// Held values for another rank.
    Held {
        /// Of which call.
        seq: Seq,
        /// To whom.
        to: u32,
        /// The values.
        body: Rope,
    },
    /// Main is out of the call, and so are the workers.
    Done(Seq),
    /// Main has returned.
    Bye {
        /// Calls made.
        calls: Seq,
        /// Exit code.
        code: u8,
        /// Error text, empty if none.
        text: String,
        /// Where this rank's time went.
        record: Rope,
    },
    /// The process was sent a signal.
    Signal(u32),
    /// Somebody wants to know what ranks are at.
    Look,
    /// The process is leaving by `exit`.
    #[cfg(feature = "mpi")]
    Left,
}

/// The comm thread's letter box.
pub struct Hub {
    /// The run began then, for the clock of this rank.
    pub epoch: Epoch,
    /// Messages and clocks are to be known.
    pub traced: bool,
    queue: Mutex<VecDeque<Local>>,
    /// On rank 0: ranks that were given up.
    lost: Mutex<BTreeSet<u32>>,
    /// On rank 0: hosts and threads of those who have joined.
    guests: Mutex<Vec<(String, u32)>>,
    /// On rank 0: what ranks told of their time when they left.
    records: Mutex<BTreeMap<u32, Rope>>,
    /// Nanoseconds of CPU time that the comm thread took.
    coordinated: AtomicU64,
    /// On rank 0: what is known of the clocks of all ranks.
    clocks: Mutex<Vec<Clock>>,
    /// Wakes the comm thread.
    pub waker: Arc<Waker>,
}

impl Hub {
    /// Of a run that begins now. Where it is `traced`, messages and clocks are to be known.
    pub fn new(traced: bool) -> Self {
        Hub {
            epoch: Epoch::begin(),
            traced,
            queue: Mutex::default(),
            lost: Mutex::default(),
            guests: Mutex::default(),
            records: Mutex::default(),
            coordinated: AtomicU64::new(0),
            clocks: Mutex::default(),
            waker: Arc::default(),
        }
    }

    /// Tells the comm thread.
    pub fn send(&self, event: Local) {
        lock(&self.queue).push_back(event);
        self.waker.wake();
    }

    /// For the comm thread: a rank is given up.
    pub fn lose(&self, rank: u32) {
        lock(&self.lost).insert(rank);
    }

    /// On rank 0: ranks that were given up.
    pub fn lost(&self) -> BTreeSet<u32> {
        lock(&self.lost).clone()
    }

    /// For the comm thread: somebody joins.
    pub fn welcome(&self, host: &str, threads: u32) {
        lock(&self.guests).push((host.to_owned(), threads));
    }

    /// On rank 0: hosts and threads of those who have joined, of the first the number of ranks that the run began
    /// with.
    pub fn guests(&self) -> Vec<(String, u32)> {
        lock(&self.guests).clone()
    }

    /// For the comm thread: a rank has told where its time went.
    pub fn keep_record(&self, rank: u32, record: Rope) {
        lock(&self.records).insert(rank, record);
    }

    /// On rank 0, at the end: what ranks told.
    pub fn take_records(&self) -> BTreeMap<u32, Rope> {
        std::mem::take(&mut *lock(&self.records))
    }

    /// For the comm thread, at its end: the CPU time that it took.
    pub fn set_coordinated(&self, nanoseconds: u64) {
        self.coordinated.store(nanoseconds, Ordering::Relaxed);
    }

    /// The CPU time of the comm thread, once it has ended.
    pub fn coordinated(&self) -> u64 {
        self.coordinated.load(Ordering::Relaxed)
    }

    /// For the comm thread, at its end: what it knows of clocks.
    pub fn set_clocks(&self, clocks: Vec<Clock>) {
        *lock(&self.clocks) = clocks;
    }

    /// On rank 0, once the comm thread has ended: what is known of the clocks of all ranks.
    pub fn take_clocks(&self) -> Vec<Clock> {
        std::mem::take(&mut *lock(&self.clocks))
    }

    /// For the comm thread: what came since.
    pub fn take(&self) -> VecDeque<Local> {
        std::mem::take(&mut *lock(&self.queue))
    }
}
