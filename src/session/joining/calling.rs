//! One call of a run to a standing server, from the connection to the end of the visit.

use super::call::{Call, Reply};
use super::knock::LONGEST;
use super::line::broken;
use crate::exec::lock;
use crate::link::{Failure, Link, Secret, Settings as Bounds, connect};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the answer to a call has come.
const ANSWER: Duration = Duration::from_secs(10);

/// What a run's calls have in common.
pub struct Calling {
    /// What is said; but for where the run listens, which is not the same for all.
    call: Call,
    secret: Secret,
    /// Where the run listens.
    doors: SocketAddr,
    /// The run is over.
    over: Mutex<bool>,
    /// It is, or something came from a server.
    news: Condvar,
}

/// What came of a call.
pub enum Outcome {
    /// It could not be reached.
    Away(String),
    /// It takes part in another run, say.
    Busy,
    /// It does not take part, and says why.
    Refused(String),
    /// It did take part.
    Visited {
        /// The visit ended as it should.
        well: bool,
        /// How it ended.
        how: String,
    },
    /// The run is over.
    Over,
}

/// What comes from a server.
enum Next {
    Said(Vec<u8>),
    /// The link is no more, and why.
    Ended(String),
    /// Nothing in time.
    Silent,
    /// The run is over.
    Over,
}

impl Calling {
    /// Of a run that listens there.
    pub fn new(call: Call, secret: Secret, doors: SocketAddr) -> Self {
        Calling {
            call,
            secret,
            doors,
            over: Mutex::new(false),
            news: Condvar::new(),
        }
    }

    /// The run is over: waits until that holds for all that has begun, for so long at most.
    pub fn end(&self, time: Duration, is_done: impl Fn() -> bool) {
        *lock(&self.over) = true;
        self.news.notify_all();
        let until = Instant::now() + time;
        let mut over = lock(&self.over);
        while !is_done() && Instant::now() < until {
            let waited = self.news.wait_timeout(over, time / 10);
            over = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Something came, or it is over. Whoever looks does so with the lock.
    fn wake(&self) {
        drop(lock(&self.over));
        self.news.notify_all();
    }

    /// Waits so long, or until the run is over; whether it is.
    pub fn rest(&self, time: Duration) -> bool {
        let over = lock(&self.over);
        let waited = self
            .news
            .wait_timeout_while(over, time, |over: &mut bool| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Calls a server, and stays with it until its visit is over.
    pub fn call(self: &Arc<Self>, addresses: &[SocketAddr]) -> Outcome {
        let shared = self.clone();
        let bounds = Bounds {
            first: LONGEST as u64,
            wake: Some(Arc::new(move || shared.wake())),
            ..Bounds::default()
        };
        let link = match connect(addresses, &self.secret, CONNECT, &bounds) {
            Ok(link) => link,
            Err(failure @ (Failure::Unreachable(_) | Failure::System(_))) => {
                return Outcome::Away(failure.to_string());
            }
            Err(Failure::Busy) => return Outcome::Busy,
            Err(failure) => return Outcome::Refused(failure.to_string()),
        };
        let outcome = self.talk(&link);
        link.close(match outcome {
            Outcome::Over => "the run is over",
            _ => "",
        });
        outcome
    }

    fn talk(&self, link: &Link) -> Outcome {
        let Some(at) = self.reached_by(link) else {
            return Outcome::Refused(
                "it is on another host, and this run listens for its own only: --listen 0.0.0.0"
                    .into(),
            );
        };
        let call = Call {
            at: at.to_string(),
            ..self.call.clone()
        };
        // That it fails shows in the state of the link.
        let _ = link.try_send(call.encode());
        let mut until = Some(Instant::now() + ANSWER);
        loop {
            let comes = until.is_none();
            let lost = |how: String| match comes {
                true => Outcome::Visited { well: false, how },
                false => Outcome::Away(how),
            };
            let bytes = match self.next(link, until) {
                Next::Said(bytes) => bytes,
                Next::Ended(why) => return lost(why),
                Next::Silent => return lost(format!("no answer within {} s", ANSWER.as_secs())),
                Next::Over => return Outcome::Over,
            };
            match Reply::decode(&bytes) {
                Ok(Reply::Comes) => until = None,
                Ok(Reply::Busy(_)) => return Outcome::Busy,
                Ok(Reply::Refused(why)) => return Outcome::Refused(why),
                Ok(Reply::Over { well, how }) => return Outcome::Visited { well, how },
                Err(damaged) => {
                    return Outcome::Refused(format!("its answer is damaged: {damaged}"));
                }
            }
        }
    }

    /// Where one that the other side starts reaches this run, if it can.
    fn reached_by(&self, link: &Link) -> Option<SocketAddr> {
        let local = link.local().ok()?.ip().to_canonical();
        let is_here = local == link.peer().ip().to_canonical();
        match self.doors.ip() {
            ip if ip.is_unspecified() => Some(SocketAddr::new(local, self.doors.port())),
            ip if ip.is_loopback() && !is_here => None,
            _ => Some(self.doors),
        }
    }

    /// What comes next from a server.
    fn next(&self, link: &Link, until: Option<Instant>) -> Next {
        let mut over = lock(&self.over);
        loop {
            if *over {
                return Next::Over;
            }
            if let Some(bytes) = link.try_recv() {
                return Next::Said(bytes);
            }
            if let Some(why) = broken(link) {
                return Next::Ended(why);
            }
            over = match until {
                None => self.news.wait(over).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Next::Silent;
                    }
                    let waited = self.news.wait_timeout(over, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}
