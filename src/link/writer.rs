//! The thread that writes.

use super::assembler::OVERHEAD;
use super::connection::{Side, State};
use super::failure::Failure;
use super::noise::Sealer;
use super::outgoing::Payload;
use super::record::{BEGINNING, PART, Record};
use super::shared::{Shared, cost};
use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::time::Instant;

/// What goes out at once, about: several records a call of the system.
const BATCH: usize = 256 << 10;

/// Writes until the end of the link.
pub fn write(shared: &Shared, sealer: Sealer) {
    let mut writer = Writer {
        shared,
        sealer,
        ready: VecDeque::new(),
        ready_bytes: 0,
        sent: 0,
        credit: 0,
        plain: Vec::new(),
        out: Vec::new(),
        last: Instant::now(),
    };
    if let Err(failure) = writer.run() {
        match failure {
            // What the other side said last, if it did, may still be read; then the reader ends too.
            Failure::Gone => {
                let _ = shared.stream.shutdown(Shutdown::Both);
            }
            failure => shared.end(State::Lost(failure)),
        }
    }
    shared.done();
}

struct Writer<'a> {
    shared: &'a Shared,
    sealer: Sealer,
    /// Taken from the outbox.
    ready: VecDeque<Payload>,
    ready_bytes: usize,
    /// Bytes of the first of these that are sent; its beginning counts as one more.
    sent: usize,
    /// Bytes that the other side takes.
    credit: u64,
    plain: Vec<u8>,
    out: Vec<u8>,
    /// When something was written last.
    last: Instant,
}

/// What is to be written next.
struct Next {
    grant: Option<u64>,
    beat: bool,
    close: Option<String>,
}

impl Writer<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let stream = &self.shared.stream;
        stream.set_write_timeout(Some(self.shared.settings.silence))?;
        while let Some(next) = self.wait() {
            self.out.clear();
            if let Some(bytes) = next.grant {
                self.put(&Record::Grant(bytes))?;
            }
            let done = self.parts()?;
            if next.beat && self.out.is_empty() {
                self.put(&Record::Beat)?;
            }
            if let Some(reason) = &next.close {
                self.put(&Record::Close(reason))?;
            }
            self.send()?;
            self.last = Instant::now();
            if done > 0 {
                self.make_room(done);
            }
            if let Some(reason) = next.close {
                return self.closed(reason);
            }
        }
        Ok(())
    }

    /// Waits for something to write; `None` at the end of the link.
    fn wait(&mut self) -> Option<Next> {
        let settings = &self.shared.settings;
        let window = settings.window();
        let mut inner = self.shared.lock();
        loop {
            if inner.state != State::Open {
                return None;
            }
            self.credit = self
                .credit
                .saturating_add(std::mem::take(&mut inner.credit));
            while self.ready_bytes < BATCH
                && let Some(payload) = inner.outbox.pop_front()
            {
                self.ready_bytes = self.ready_bytes.saturating_add(payload.len());
                self.ready.push_back(payload);
            }
            let now = Instant::now();
            let grant = inner.grant(window);
            if let Some(bytes) = grant {
                inner.allowed = inner.allowed.saturating_add(bytes);
            }
            let close = match &inner.closing {
                Some((reason, until)) if self.ready.is_empty() || now >= *until => {
                    Some(reason.clone())
                }
                _ => None,
            };
            let beat = now.saturating_duration_since(self.last) >= settings.beat;
            if grant.is_some() || beat || close.is_some() || self.may_send() {
                return Some(Next { grant, beat, close });
            }
            let mut until = self.last + settings.beat;
            if let Some((_, end)) = &inner.closing {
                until = until.min(*end);
            }
            let waited = self
                .shared
                .work
                .wait_timeout(inner, until.saturating_duration_since(now));
            inner = match waited {
                Ok((inner, _)) => inner,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    fn may_send(&self) -> bool {
        match self.ready.front() {
            Some(_) if self.sent > 0 => self.credit > 0,
            // Its beginning, with at least a byte if it has one.
            Some(payload) => self.credit >= OVERHEAD + u64::from(!payload.is_empty()),
            None => false,
        }
    }

    /// Seals as much as may be sent; what the messages count for that are then done.
    fn parts(&mut self) -> Result<u64, Failure> {
        let mut done = 0;
        while self.out.len() < BATCH && self.may_send() {
            let Some(payload) = self.ready.front() else {
                break;
            };
            let record_of = |from: usize, most: usize, credit: u64| {
                let credit = usize::try_from(credit).unwrap_or(usize::MAX);
                &payload[from..payload.len().min(from.saturating_add(most.min(credit)))]
            };
            let begins = self.sent == 0;
            let data = match begins {
                true => record_of(0, BEGINNING, self.credit - OVERHEAD),
                false => record_of(self.sent - 1, PART, self.credit),
            };
            let record = match begins {
                true => Record::Begin(payload.len() as u64, data),
                false => Record::More(data),
            };
            let spent = data.len() as u64 + if begins { OVERHEAD } else { 0 };
            let at = self.sent.max(1) + data.len();
            let whole = at > payload.len();
            self.plain.clear();
            record.encode(&mut self.plain);
            self.credit -= spent;
            self.sent = at;
            if whole {
                let length = payload.len();
                self.ready.pop_front();
                self.ready_bytes -= length;
                self.sent = 0;
                done += cost(length as u64);
            }
            self.sealer.seal(&self.plain, &mut self.out)?;
        }
        Ok(done)
    }

    fn put(&mut self, record: &Record) -> Result<(), Failure> {
        self.plain.clear();
        record.encode(&mut self.plain);
        self.sealer.seal(&self.plain, &mut self.out)
    }

    fn send(&mut self) -> Result<(), Failure> {
        let mut stream = &self.shared.stream;
        let mut left = &self.out[..];
        while !left.is_empty() {
            match stream.write(left) {
                Ok(n) => left = &left[n..],
                Err(e) => match e.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                        return Err(Failure::Stuck(self.shared.settings.silence));
                    }
                    _ => return Err(Failure::Gone),
                },
            }
        }
        Ok(())
    }

    fn make_room(&self, done: u64) {
        let mut inner = self.shared.lock();
        inner.outgoing = inner.outgoing.saturating_sub(done);
        let tell = inner.refused && inner.outgoing <= self.shared.settings.outgoing / 2;
        inner.refused &= !tell;
        drop(inner);
        if tell {
            self.shared.news.notify_all();
            self.shared.settings.wake();
        }
    }

    /// The reader goes on until the other side has closed too: else what it still sends would make the system take
    /// the reason back.
    fn closed(&self, reason: String) -> Result<(), Failure> {
        let by = Side::Here;
        self.shared.lock().state = State::Closed { by, reason };
        self.shared.stream.shutdown(Shutdown::Write)?;
        self.shared.news.notify_all();
        self.shared.settings.wake();
        Ok(())
    }
}
