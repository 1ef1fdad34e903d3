//! What there is to write, and what became of it: between the thread that writes and the others.

use super::state::Image;
use crate::error::Error;
use crate::exec::lock as guard;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// So many writes are told.
pub const WRITES: usize = 10_000;

/// What the writer and the others share.
#[derive(Debug)]
pub struct Shared {
    /// What there is to write, and what became of it.
    pub state: Mutex<State>,
    bell: Condvar,
}

/// See [`Shared`].
#[derive(Debug)]
pub struct State {
    /// All that is known.
    pub image: Image,
    /// What the writer is to do.
    pub order: Order,
    /// Whether it is to write.
    pub wanted: bool,
    /// Whether it does.
    pub busy: bool,
    /// When it last began to.
    pub began: Instant,
    /// When it last had.
    pub written: Option<Instant>,
    /// All its writes, from and to; the first [`WRITES`].
    pub writes: Vec<(Instant, Instant)>,
    /// Why it never will again.
    pub refusal: Option<Error>,
    /// Whether that was told.
    pub told: bool,
}

/// What the writer is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Wait for what comes.
    Wait,
    /// Write for the last time.
    Finish,
    /// End.
    Stop,
}

impl Shared {
    /// Before anything is written.
    pub fn new(image: Image) -> Arc<Self> {
        Arc::new(Shared {
            state: Mutex::new(State {
                image,
                order: Order::Wait,
                wanted: false,
                busy: false,
                began: Instant::now(),
                written: None,
                writes: Vec::new(),
                refusal: None,
                told: false,
            }),
            bell: Condvar::new(),
        })
    }

    /// The writer waits until it has something to do, but not longer than `beat`. Says whether to write.
    pub fn wait(&self, beat: Instant) -> (bool, Order) {
        let mut state = guard(&self.state);
        loop {
            let left = beat.saturating_duration_since(Instant::now());
            if state.wanted || state.order != Order::Wait || left.is_zero() {
                state.busy = state.wanted;
                return (std::mem::take(&mut state.wanted), state.order);
            }
            let woken = self.bell.wait_timeout(state, left);
            state = woken.map_or_else(|e| e.into_inner().0, |r| r.0);
        }
    }

    /// Gives the writer something to do.
    pub fn order(&self, change: impl FnOnce(&mut State)) {
        change(&mut guard(&self.state));
        self.bell.notify_all();
    }
}

impl State {
    /// Whether nothing is being written or about to be, and something could be.
    pub fn is_idle(&self) -> bool {
        !self.busy && !self.wanted && self.refusal.is_none() && self.order == Order::Wait
    }
}
