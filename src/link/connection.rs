//! A connection whose other side is known to have the secret.

use super::failure::Failure;
use super::noise::{Opener, Sealer};
use super::outgoing::{Payload, Unsent};
use super::settings::Settings;
use super::shared::Shared;
use super::{reader, writer};
use std::fmt;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, PoisonError};
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, Instant};

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This one.
    Here,
    /// The other one.
    There,
}

/// How a link is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Open,
    /// Closed, with a reason.
    Closed {
        /// By whom.
        by: Side,
        /// Why.
        reason: String,
    },
    /// Broken.
    Lost(Failure),
}

/// A connection whose other side is known to have the secret. Messages come whole, in order and once, or the link
/// ends. It has two threads of its own; signs of life need nothing of its user. Dropped without [`Link::close`] it
/// ends at once, and the other side is not told why.
pub struct Link {
    shared: Arc<Shared>,
    peer: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

impl Link {
    /// That of a connection after its handshake.
    pub(super) fn start(
        stream: TcpStream,
        keys: (Sealer, Opener),
        settings: Settings,
    ) -> Result<Self, Failure> {
        let peer = stream.peer_addr()?;
        stream.set_nodelay(true)?;
        let shared = Arc::new(Shared::new(stream, settings));
        let (sealer, opener) = keys;
        let mut link = Link {
            shared: shared.clone(),
            peer,
            threads: Vec::new(),
        };
        let (read, write) = (shared.clone(), shared);
        link.spawn("link-read", move || reader::read(&read, opener))?;
        link.spawn("link-write", move || writer::write(&write, sealer))?;
        Ok(link)
    }

    fn spawn(&mut self, name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
        self.shared.lock().threads += 1;
        match Builder::new().name(name.to_owned()).spawn(body) {
            Ok(thread) => {
                self.threads.push(thread);
                Ok(())
            }
            Err(e) => {
                self.shared.lock().threads -= 1;
                Err(e.into())
            }
        }
    }

    /// The address of the other side.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The address of this side: one by which the other can reach this host.
    ///
    /// # Errors
    /// When the system does not know it any longer.
    pub fn local(&self) -> Result<SocketAddr, Failure> {
        Ok(self.shared.stream.local_addr()?)
    }

    /// Takes a message to send, and does not wait.
    ///
    /// # Errors
    /// Gives it back when too much waits already, or the link is not open.
    pub fn try_send(&self, message: impl Into<Payload>) -> Result<(), Unsent> {
        self.shared.push(message.into())
    }

    /// As [`Link::try_send`], but waits for room up to `timeout`.
    ///
    /// # Errors
    /// As [`Link::try_send`].
    pub fn send_timeout(
        &self,
        message: impl Into<Payload>,
        timeout: Duration,
    ) -> Result<(), Unsent> {
        let until = Instant::now() + timeout;
        let mut message = message.into();
        loop {
            message = match self.shared.push(message) {
                Err(Unsent::Full(message)) if Instant::now() < until => message,
                other => return other,
            };
            let room = |inner: &super::shared::Inner| {
                !inner.refused || inner.state != State::Open || inner.closing.is_some()
            };
            self.wait_until(until, room);
        }
    }

    /// The next message, if one has come. Those that came before the link ended are still there then.
    pub fn try_recv(&self) -> Option<Vec<u8>> {
        self.shared.pop(&mut self.shared.lock())
    }

    /// As [`Link::try_recv`], but waits for one up to `timeout`, or until the link ends.
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Vec<u8>> {
        self.wait_until(Instant::now() + timeout, |inner| {
            !inner.inbox.is_empty() || inner.state != State::Open
        });
        self.try_recv()
    }

    fn wait_until(&self, until: Instant, done: impl Fn(&super::shared::Inner) -> bool) -> bool {
        let mut inner = self.shared.lock();
        loop {
            if done(&inner) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.news.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How the link is. Once it is no longer open it stays as it is.
    pub fn state(&self) -> State {
        self.shared.lock().state.clone()
    }

    /// How the link ended, once all that came before has been taken. Whoever found no message and then asks
    /// [`Link::state`] may miss what came in between.
    pub fn ended(&self) -> Option<State> {
        let inner = self.shared.lock();
        (inner.state != State::Open && inner.inbox.is_empty()).then(|| inner.state.clone())
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.shared.lock().state == State::Open
    }

    /// Bytes of messages that wait to be sent, each counted with some more for itself.
    pub fn pending(&self) -> u64 {
        self.shared.lock().outgoing
    }

    /// Has what was taken to be sent go out, for at most [`Settings::flush`], and tells the other side why this one
    /// leaves (at most [`LONGEST_REASON`](super::LONGEST_REASON) bytes of it). Does not wait: dropping the link does,
    /// and [`Link::wait_closed`].
    pub fn close(&self, reason: &str) {
        let mut inner = self.shared.lock();
        if inner.closing.is_none() {
            let until = Instant::now() + self.shared.settings.flush;
            inner.closing = Some((reason.to_owned(), until));
        }
        drop(inner);
        self.shared.work.notify_all();
        self.shared.news.notify_all();
    }

    /// Waits until the link is over, for both sides; whether it is.
    pub fn wait_closed(&self, timeout: Duration) -> bool {
        self.wait_until(Instant::now() + timeout, |inner| inner.threads == 0)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let closing = self.shared.lock().closing.clone();
        if let Some((_, until)) = closing {
            // A little more, for the other side to close too.
            let patience = until + self.shared.settings.flush / 2;
            self.wait_until(patience, |inner| inner.threads == 0);
        }
        self.shared.end(State::Closed {
            by: Side::Here,
            reason: String::new(),
        });
        let _ = self.shared.stream.shutdown(Shutdown::Both);
        let me = thread::current().id();
        for thread in self.threads.drain(..) {
            if thread.thread().id() != me {
                // It has told its panic itself, if there was one.
                let _ = thread.join();
            }
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("peer", &self.peer)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
