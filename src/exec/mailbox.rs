//! Values on their way to the thread that folds them: rank 0's main thread.
//!
//! Decoding and combining are the user's code, so the comm thread only hands bytes over. The main thread
//! waits here while a call runs, which makes it free to fold.

use super::lock;
use crate::checkpoint::Failure;
use crate::engine::span::SpanSet;
use crate::error::Error;
use crate::wire::rope::Rope;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Something for the main thread.
#[derive(Debug)]
pub enum Mail<P> {
    /// Values from this rank's own workers.
    Parts(Vec<P>),
    /// Values from another rank.
    Bytes(Rope),
    /// All values have been handed over.
    Complete,
    /// Deferred: merge what so many ranks send, then send all to that rank.
    Gather {
        /// How many ranks send to this one.
        sources: u32,
        /// To whom.
        to: u32,
    },
    /// Grains are done, all of whose values were put in before.
    Covered(SpanSet),
    /// A grain failed and is set aside.
    Aside(Failure),
    /// The run is to be stopped: nothing more will come of this call.
    Halt(String),
    /// The call is over; on ranks other than 0 with its result.
    End(Result<Rope, Error>),
}

/// A queue with a door bell.
#[derive(Debug)]
pub struct Mailbox<P> {
    mail: Mutex<VecDeque<Mail<P>>>,
    bell: Condvar,
    /// When all grains of the call were done, wherever.
    done: Mutex<Option<Instant>>,
}

impl<P> Default for Mailbox<P> {
    fn default() -> Self {
        Mailbox {
            mail: Mutex::new(VecDeque::new()),
            bell: Condvar::new(),
            done: Mutex::new(None),
        }
    }
}

impl<P> Mailbox<P> {
    /// When all grains of the call were done, as far as is known here.
    pub fn done(&self) -> Option<Instant> {
        *lock(&self.done)
    }

    /// Puts something in.
    pub fn put(&self, mail: Mail<P>) {
        lock(&self.mail).push_back(mail);
        self.bell.notify_one();
    }

    /// Drops what is in it.
    pub fn clear(&self) {
        let dropped = std::mem::take(&mut *lock(&self.mail));
        drop(dropped);
    }

    /// Waits for the next.
    pub fn next(&self) -> Mail<P> {
        loop {
            if let Some(mail) = self.next_until(None) {
                return mail;
            }
        }
    }

    /// Waits for the next, until `end` at most.
    pub fn next_until(&self, end: Option<Instant>) -> Option<Mail<P>> {
        let mut queue = lock(&self.mail);
        loop {
            if let Some(mail) = queue.pop_front() {
                return Some(mail);
            }
            queue = match end.map(|end| end.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return None,
                Some(left) => {
                    let woken = self.bell.wait_timeout(queue, left);
                    woken.map_or_else(|e| e.into_inner().0, |r| r.0)
                }
                None => self
                    .bell
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// The next, if there is one.
    pub fn try_next(&self) -> Option<Mail<P>> {
        lock(&self.mail).pop_front()
    }
}

/// The comm thread's view of a mailbox, whatever the type of the values.
pub trait Deliver: Send + Sync {
    /// Values from another rank.
    fn bytes(&self, body: Rope);
    /// All values have been handed over.
    fn complete(&self);
    /// See [`Mail::Gather`].
    fn gather(&self, sources: u32, to: u32);
    /// See [`Mail::Covered`].
    fn covered(&self, grains: SpanSet);
    /// See [`Mail::Aside`].
    fn aside(&self, failure: Failure);
    /// See [`Mail::Halt`].
    fn halt(&self, why: String);
    /// All grains were done then.
    fn done_at(&self, moment: Instant);
    /// The call is over.
    fn end(&self, result: Result<Rope, Error>);
}

impl<P: Send> Deliver for Mailbox<P> {
    fn bytes(&self, body: Rope) {
        self.put(Mail::Bytes(body));
    }

    fn complete(&self) {
        self.put(Mail::Complete);
    }

    fn gather(&self, sources: u32, to: u32) {
        self.put(Mail::Gather { sources, to });
    }

    fn covered(&self, grains: SpanSet) {
        self.put(Mail::Covered(grains));
    }

    fn aside(&self, failure: Failure) {
        self.put(Mail::Aside(failure));
    }

    fn halt(&self, why: String) {
        self.put(Mail::Halt(why));
    }

    fn done_at(&self, moment: Instant) {
        lock(&self.done).get_or_insert(moment);
    }

    fn end(&self, result: Result<Rope, Error>) {
        self.put(Mail::End(result));
    }
}
