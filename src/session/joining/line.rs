//! A link as a transport between rank 0 and one that has joined.

use crate::comm::Transport;
use crate::error::Error;
use crate::link::{Link, Payload, State, Unsent};
use std::collections::VecDeque;
use std::thread::{self, JoinHandle};

/// One end of it.
pub struct Line {
    link: Link,
    me: u32,
    other: u32,
    /// What the link has no room for yet.
    backlog: VecDeque<Vec<u8>>,
}

impl Line {
    /// From `me` to `other`.
    pub fn new(link: Link, me: u32, other: u32) -> Self {
        Line {
            link,
            me,
            other,
            backlog: VecDeque::new(),
        }
    }

    /// Why nothing more comes, if so: what came before has been taken.
    pub fn broken(&self) -> Option<String> {
        broken(&self.link)
    }

    /// The link below.
    pub fn into_link(self) -> Link {
        self.link
    }

    /// Ends it in order; the other side is told why.
    pub fn close(self, why: &str) -> Closing {
        Closing::begin(self.link, why)
    }

    fn pour(&mut self) {
        while let Some(bytes) = self.backlog.pop_front() {
            match self.link.try_send(bytes) {
                Ok(()) => {}
                Err(Unsent::Full(Payload::Owned(bytes))) => return self.backlog.push_front(bytes),
                Err(Unsent::Full(Payload::Shared(bytes))) => {
                    return self.backlog.push_front(bytes.to_vec());
                }
                // It shows in its state.
                Err(Unsent::Ended(..)) => return self.backlog.clear(),
            }
        }
    }
}

/// Why nothing more comes by a link, if so: what came before has been taken.
pub fn broken(link: &Link) -> Option<String> {
    match link.ended()? {
        State::Open => None,
        State::Closed { reason, .. } => Some(reason),
        State::Lost(failure) => Some(failure.to_string()),
    }
}

/// A link on which a last word is on its way. Nothing waits for it but a thread of its own, for a few seconds.
pub struct Closing(Option<JoinHandle<()>>);

impl Closing {
    /// Tells the other side why.
    pub fn begin(link: Link, why: &str) -> Self {
        link.close(why);
        let thread = thread::Builder::new().name("grange-closing".into());
        Closing(thread.spawn(move || drop(link)).ok())
    }

    /// Whether that is over.
    pub fn is_over(&self) -> bool {
        self.0.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Transport for Line {
    fn rank(&self) -> u32 {
        self.me
    }

    fn size(&self) -> u32 {
        self.me.max(self.other) + 1
    }

    fn send(&mut self, _to: u32, bytes: Vec<u8>) -> Result<(), Error> {
        if self.link.is_open() {
            self.backlog.push_back(bytes);
            self.pour();
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        self.pour();
        Ok(self.link.try_recv().map(|bytes| (self.other, bytes)))
    }

    fn unsent(&mut self) -> usize {
        if !self.link.is_open() {
            return 0;
        }
        self.pour();
        self.backlog.len() + usize::from(self.link.pending() > 0)
    }

    fn abort(&mut self, code: u8) -> ! {
        std::process::exit(i32::from(code))
    }

    fn failed(&mut self) -> Vec<u32> {
        self.broken().map(|_| self.other).into_iter().collect()
    }

    fn why_failed(&self) -> Option<String> {
        self.broken()
    }

    fn polled(&self) -> bool {
        false
    }
}
