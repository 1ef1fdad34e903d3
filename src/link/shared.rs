//! What the threads of a link and its user share.

use super::assembler::OVERHEAD;
use super::connection::{Side, State};
use super::outgoing::{Payload, Unsent};
use super::settings::Settings;
use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A link, to its threads.
pub struct Shared {
    pub stream: TcpStream,
    pub settings: Settings,
    inner: Mutex<Inner>,
    /// For the writer: there is something to send, or an end.
    pub work: Condvar,
    /// For the user: something came, or an end.
    pub news: Condvar,
}

/// Its state.
pub struct Inner {
    pub state: State,
    /// To be sent.
    pub outbox: VecDeque<Payload>,
    /// Its bytes, and of what is being sent.
    pub outgoing: u64,
    /// Whether a message was refused for want of room.
    pub refused: bool,
    /// Bytes that the other side takes.
    pub credit: u64,
    /// Received.
    pub inbox: VecDeque<Vec<u8>>,
    /// What it takes.
    pub kept: u64,
    /// Bytes that the other side may still send.
    pub allowed: u64,
    /// This side is about to close: why, and how long what is left may take.
    pub closing: Option<(String, Instant)>,
    /// Threads that have not ended.
    pub threads: u8,
}

/// What a message is counted as.
pub fn cost(length: u64) -> u64 {
    length.saturating_add(OVERHEAD)
}

impl Inner {
    /// Bytes that the other side should be told that it may send: not often, as each costs a record.
    pub fn grant(&self, window: u64) -> Option<u64> {
        let more = window.saturating_sub(self.kept.saturating_add(self.allowed));
        (more >= window / 2).then_some(more)
    }
}

impl Shared {
    pub fn new(stream: TcpStream, settings: Settings) -> Self {
        let inner = Inner {
            state: State::Open,
            outbox: VecDeque::new(),
            outgoing: 0,
            refused: false,
            credit: 0,
            inbox: VecDeque::new(),
            kept: 0,
            allowed: 0,
            closing: None,
            threads: 0,
        };
        Shared {
            stream,
            settings,
            inner: Mutex::new(inner),
            work: Condvar::new(),
            news: Condvar::new(),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing is left half done by a panic of the user's function, which is called without the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message to send.
    pub fn push(&self, payload: Payload) -> Result<(), Unsent> {
        let mut inner = self.lock();
        if let Some((reason, _)) = &inner.closing {
            let (by, reason) = (Side::Here, reason.clone());
            return Err(Unsent::Ended(payload, State::Closed { by, reason }));
        }
        if inner.state != State::Open {
            let state = inner.state.clone();
            return Err(Unsent::Ended(payload, state));
        }
        let after = inner.outgoing.saturating_add(cost(payload.len() as u64));
        if inner.outgoing > 0 && after > self.settings.outgoing {
            inner.refused = true;
            return Err(Unsent::Full(payload));
        }
        inner.outgoing = after;
        inner.outbox.push_back(payload);
        drop(inner);
        self.work.notify_one();
        Ok(())
    }

    /// A message that came.
    pub fn pop(&self, inner: &mut Inner) -> Option<Vec<u8>> {
        let message = inner.inbox.pop_front()?;
        inner.kept = inner.kept.saturating_sub(cost(message.len() as u64));
        if inner.state == State::Open && inner.grant(self.settings.window()).is_some() {
            self.work.notify_one();
        }
        Some(message)
    }

    /// The link is over, unless it was before. Nothing more goes either way.
    pub fn end(&self, state: State) {
        let mut inner = self.lock();
        let first = inner.state == State::Open;
        if first {
            inner.state = state;
        }
        inner.outbox.clear();
        drop(inner);
        // That it is shut down already does not matter.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.work.notify_all();
        self.news.notify_all();
        if first {
            self.settings.wake();
        }
    }

    /// Called by each thread when it ends.
    pub fn done(&self) {
        self.lock().threads -= 1;
        self.news.notify_all();
    }
}
