//! From the user's threads to the comm thread.

use super::jobs::Submissions;
use super::spec::Spec;
use crate::comm::backoff::Waker;
use crate::error::Error;
use crate::exec::leased::Leased;
use crate::exec::lock;
use crate::exec::mailbox::Deliver;
use crate::wire::message::Seq;
use crate::wire::rope::Rope;
use std::collections::{BTreeSet, VecDeque};
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
    },
    /// The process was sent a signal.
    Signal(u32),
    /// The process is leaving by `exit`.
    #[cfg(feature = "mpi")]
    Left,
}

/// The comm thread's letter box.
#[derive(Default)]
pub struct Hub {
    queue: Mutex<VecDeque<Local>>,
    /// On rank 0: ranks that were given up.
    lost: Mutex<BTreeSet<u32>>,
    /// Wakes the comm thread.
    pub waker: Arc<Waker>,
}

impl Hub {
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

    /// For the comm thread: what came since.
    pub fn take(&self) -> VecDeque<Local> {
        std::mem::take(&mut *lock(&self.queue))
    }
}
