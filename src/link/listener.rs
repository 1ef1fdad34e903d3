//! Taking connections.

use super::connection::Link;
use super::failure::Failure;
use super::gate::{Counts, Gate, Refusal};
use super::handshake::{self, Timed};
use super::secret::Secret;
use super::settings::Settings;
use crate::error::Error;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::fmt;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// The pause after the system could not take a connection: it has no more files, say.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What is called for refused connections, at most ten at once and then one a second. From a thread of the listener,
/// with nothing locked.
pub type OnRefusal = Box<dyn Fn(Refusal) + Send + Sync>;

/// How many connections there may be that are not let in yet.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Handshakes at once. 64.
    pub pending: usize,
    /// Of these from one address. 16.
    pub pending_each: usize,
    /// Links that wait for [`Listener::try_accept`]. 64.
    pub waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            pending: 64,
            pending_each: 16,
            waiting: 64,
        }
    }
}

/// Takes connections, in a thread of its own, and lets those in who know the secret.
///
/// ```
/// use grange::link::{Limits, Listener, Secret, Settings, connect};
/// use std::time::Duration;
///
/// let (secret, settings) = (Secret::random()?, Settings::default());
/// let here = "127.0.0.1:0".parse().unwrap();
/// let listener = Listener::bind(here, secret.clone(), settings.clone(), Limits::default(), None)?;
/// let patience = Duration::from_secs(5);
/// let joined = connect(&[listener.address()], &secret, patience, &settings).unwrap();
/// let host = listener.accept_timeout(patience).unwrap();
/// joined.try_send(b"hello".to_vec()).unwrap();
/// assert_eq!(host.recv_timeout(patience).unwrap(), b"hello");
/// # Ok::<(), grange::Error>(())
/// ```
pub struct Listener {
    door: Arc<Door>,
    address: SocketAddr,
    /// What is written there ends the thread.
    stop: UnixStream,
    thread: Option<JoinHandle<()>>,
}

struct Door {
    secret: Secret,
    settings: Settings,
    limits: Limits,
    on_refusal: Option<OnRefusal>,
    inner: Mutex<Inner>,
    news: Condvar,
}

#[derive(Default)]
struct Inner {
    gate: Gate,
    waiting: VecDeque<Link>,
    ended: bool,
}

impl Listener {
    /// Listens at that address; port 0 for any that is free.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot.
    pub fn bind(
        address: SocketAddr,
        secret: Secret,
        settings: Settings,
        limits: Limits,
        on_refusal: Option<OnRefusal>,
    ) -> Result<Self, Error> {
        let cannot = |e: std::io::Error| Error::Usage(format!("cannot listen at {address}: {e}"));
        let listener = TcpListener::bind(address).map_err(cannot)?;
        listener.set_nonblocking(true).map_err(cannot)?;
        let bound = listener.local_addr().map_err(cannot)?;
        let (stop, stopped) = UnixStream::pair().map_err(cannot)?;
        let door = Arc::new(Door {
            secret,
            settings,
            limits,
            on_refusal,
            inner: Mutex::default(),
            news: Condvar::new(),
        });
        let thread = {
            let door = door.clone();
            let body = move || door.take(&listener, &stopped);
            Builder::new().name("link-accept".to_owned()).spawn(body)
        };
        Ok(Listener {
            door,
            address: bound,
            stop,
            thread: Some(thread.map_err(cannot)?),
        })
    }

    /// Where it listens, with the port that was free.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Somebody who was let in. [`Settings::wake`] is called when there is one.
    pub fn try_accept(&self) -> Option<Link> {
        self.door.lock().waiting.pop_front()
    }

    /// As [`Listener::try_accept`], but waits up to `timeout`.
    pub fn accept_timeout(&self, timeout: Duration) -> Option<Link> {
        let until = Instant::now() + timeout;
        let mut inner = self.door.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !inner.waiting.is_empty() || left.is_zero() {
                return inner.waiting.pop_front();
            }
            let waited = self.door.news.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many connections there were.
    pub fn counts(&self) -> Counts {
        self.door.lock().gate.counts
    }

    /// How many are at their handshake.
    pub fn pending(&self) -> usize {
        self.door.lock().gate.pending()
    }
}

impl Door {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, listener: &TcpListener, stopped: &UnixStream) {
        let mut pause = PAUSE;
        loop {
            if !wait(Some(listener), stopped, None) {
                return;
            }
            match listener.accept() {
                Ok((stream, from)) => {
                    pause = PAUSE;
                    self.begin(stream, from);
                }
                Err(e) => match e.kind() {
                    ErrorKind::WouldBlock
                    | ErrorKind::Interrupted
                    | ErrorKind::ConnectionAborted => {}
                    _ => {
                        self.refuse(None, e.into());
                        if !wait(None, stopped, Some(pause)) {
                            return;
                        }
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                },
            }
        }
    }

    /// Begins a handshake, in a thread of its own.
    fn begin(self: &Arc<Self>, stream: TcpStream, from: SocketAddr) {
        let entered = || {
            // What is accepted may have the listener's mode.
            stream.set_nonblocking(false)?;
            let copy = stream.try_clone()?;
            let Limits {
                pending,
                pending_each,
                ..
            } = self.limits;
            self.lock()
                .gate
                .enter(from.ip(), copy, pending, pending_each)
        };
        let number = match entered() {
            Ok(number) => number,
            Err(why) => return self.refuse(Some(from), why),
        };
        let door = self.clone();
        let body = move || door.greet(stream, from, number);
        if let Err(e) = Builder::new().name("link-greet".to_owned()).spawn(body) {
            self.lock().gate.leave(number);
            self.refuse(Some(from), e.into());
        }
    }

    fn greet(&self, stream: TcpStream, from: SocketAddr, number: u64) {
        let keys = handshake::answer(
            &mut Timed::new(&stream, self.settings.handshake),
            &self.secret,
        );
        self.lock().gate.leave(number);
        let link = keys.and_then(|keys| Link::start(stream, keys, self.settings.clone()));
        match link {
            Ok(link) => self.let_in(link, from),
            Err(why) => self.refuse(Some(from), why),
        }
        self.news.notify_all();
    }

    fn let_in(&self, link: Link, from: SocketAddr) {
        let mut inner = self.lock();
        if inner.ended {
            return;
        }
        if inner.waiting.len() >= self.limits.waiting {
            drop(inner);
            link.close("too many wait to be let in");
            return self.refuse(Some(from), Failure::Crowd);
        }
        inner.gate.counts.welcome += 1;
        inner.waiting.push_back(link);
        drop(inner);
        self.news.notify_all();
        self.settings.wake();
    }

    fn refuse(&self, from: Option<SocketAddr>, why: Failure) {
        let told = self.lock().gate.refuse(from, why);
        if let (Some(refusal), Some(tell)) = (told, &self.on_refusal) {
            tell(refusal);
        }
    }
}

/// Waits for a connection, or for so long; whether to go on.
fn wait(listener: Option<&TcpListener>, stopped: &UnixStream, pause: Option<Duration>) -> bool {
    let flags = PollFlags::IN;
    let timeout = pause.map(|pause| Timespec {
        tv_sec: pause.as_secs() as i64,
        tv_nsec: i64::from(pause.subsec_nanos()),
    });
    let mut watched = vec![PollFd::new(stopped, flags)];
    watched.extend(listener.map(|listener| PollFd::new(listener, flags)));
    // An interruption is as good as a connection: there may be none.
    let _ = poll(&mut watched, timeout.as_ref());
    watched[0].revents().is_empty()
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.stop.shutdown(std::net::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let mut inner = self.door.lock();
        inner.ended = true;
        inner.gate.clear();
        let until = Instant::now() + Duration::from_secs(1);
        // Their connections are shut down, so that they end at once.
        while inner.gate.pending() > 0 && Instant::now() < until {
            let waited = self
                .door
                .news
                .wait_timeout(inner, Duration::from_millis(100));
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        drop(waiting);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
