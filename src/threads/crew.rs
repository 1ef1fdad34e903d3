//! Who is at the work of one call: threads that come when they have nothing else to do, and leave when nothing
//! is left to begin.
//!
//! Why nobody waits for ever: a thread that waits at the end of a call waits for grains that others have begun
//! after the call did, and never for threads that have not come. Suppose that some threads all wait for one
//! another, each in the call that it made last. What each waits for lies on another's stack, below that one's
//! own wait, so that this was begun later. Going on from thread to thread the calls are ever later ones, and
//! cannot come back to the first.

use crate::exec::help::{Looks, help};
use crate::exec::lock;
use std::sync::{Condvar, Mutex, PoisonError};

/// The threads at one call, the one that made it aside.
#[derive(Debug, Default)]
pub struct Crew {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Asked to come, and not gone again.
    called: usize,
    /// Those of them that are here.
    inside: usize,
    /// Goes up when there is more to do.
    round: u64,
    /// Who comes now is too late.
    closed: bool,
}

impl Crew {
    /// There is more to do: how many are to be asked to come, so that there are `wanted`.
    pub fn call(&self, wanted: usize) -> usize {
        let mut state = lock(&self.state);
        state.round += 1;
        let more = wanted.saturating_sub(state.called);
        state.called += more;
        more
    }

    /// One comes; whether it is still of use. Gives the round.
    pub fn enter(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        if state.closed {
            state.called -= 1;
            self.bell.notify_all();
            return None;
        }
        state.inside += 1;
        Some(state.round)
    }

    /// One found nothing to do since `round`: it leaves, unless there has been another since, which this gives.
    pub fn leave(&self, round: u64) -> Option<u64> {
        let mut state = lock(&self.state);
        if state.round != round && !state.closed {
            return Some(state.round);
        }
        state.inside -= 1;
        state.called -= 1;
        self.bell.notify_all();
        None
    }

    /// Waits until all that were asked have come and gone.
    pub fn wait(&self) {
        let waited = self
            .bell
            .wait_while(lock(&self.state), |state| state.called > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Lets nobody in any more, and waits until those inside are gone. One of the threads themselves helps
    /// meanwhile with what others here have to do: it may be what they wait for.
    pub fn close(&self, helps: bool) {
        let mut state = lock(&self.state);
        state.closed = true;
        if !helps {
            let rest = self.bell.wait_while(state, |state| state.inside > 0);
            drop(rest.unwrap_or_else(PoisonError::into_inner));
            return;
        }
        let mut looks = Looks::new(1);
        while state.inside > 0 {
            drop(state);
            if help() {
                looks.found();
                state = lock(&self.state);
                continue;
            }
            let waited = self
                .bell
                .wait_timeout_while(lock(&self.state), looks.wait(), |state| state.inside > 0);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
