//! The thread that reads.

use super::assembler::{Assembler, OVERHEAD};
use super::connection::{Side, State};
use super::failure::Failure;
use super::noise::{Opener, PLAIN, SEALED};
use super::record::Record;
use super::shared::{Shared, cost};
use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

/// Room for a record that has partly come, and for another.
const BUFFER: usize = 2 * (SEALED + 2);

/// Reads until the end of the link.
pub fn read(shared: &Shared, opener: Opener) {
    let settings = &shared.settings;
    let mut reader = Reader {
        shared,
        opener,
        assembler: Assembler::new(settings.first, settings.largest),
        plain: vec![0; PLAIN],
        heard: Instant::now(),
    };
    let end = match reader.run() {
        Ok(reason) => State::Closed {
            by: Side::There,
            reason,
        },
        Err(failure) => State::Lost(failure),
    };
    shared.end(end);
    shared.done();
}

struct Reader<'a> {
    shared: &'a Shared,
    opener: Opener,
    assembler: Assembler,
    plain: Vec<u8>,
    heard: Instant,
}

impl Reader<'_> {
    /// Until the other side says why it leaves.
    fn run(&mut self) -> Result<String, Failure> {
        let silence = self.shared.settings.silence;
        let look = (silence / 8).max(Duration::from_millis(1));
        let mut stream = &self.shared.stream;
        stream.set_read_timeout(Some(look))?;
        let mut buffer = vec![0; BUFFER];
        let (mut from, mut to) = (0, 0);
        loop {
            match stream.read(&mut buffer[to..]) {
                Ok(0) if to > from || self.assembler.midway() => return Err(Failure::Half),
                Ok(0) => return Err(Failure::Gone),
                Ok(n) => to += n,
                Err(e) => match e.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                        if self.heard.elapsed() >= silence {
                            return Err(Failure::Silent(silence));
                        }
                    }
                    ErrorKind::ConnectionReset => return Err(Failure::Gone),
                    _ => return Err(e.into()),
                },
            }
            let mut news = false;
            while let Some((length, rest)) = buffer[from..to].split_first_chunk::<2>() {
                let length = usize::from(u16::from_be_bytes(*length));
                let Some(sealed) = rest.get(..length) else {
                    break;
                };
                let plain = self.opener.open(sealed, &mut self.plain)?;
                self.heard = Instant::now();
                from += 2 + length;
                let record = Record::decode(plain)?;
                if let Record::Close(reason) = record {
                    return Ok(reason.to_owned());
                }
                news |= take(self.shared, &mut self.assembler, &record)?;
            }
            // Never so late that there would be no room for a record.
            if from == to || BUFFER - to < SEALED + 2 {
                buffer.copy_within(from..to, 0);
                (from, to) = (0, to - from);
            }
            if news {
                self.shared.news.notify_all();
                self.shared.settings.wake();
            }
        }
    }
}

/// Whether there is something for the user now.
fn take(shared: &Shared, assembler: &mut Assembler, record: &Record) -> Result<bool, Failure> {
    let (spent, data) = match record {
        Record::Begin(_, data) => (OVERHEAD + data.len() as u64, *data),
        Record::More(data) => (data.len() as u64, *data),
        Record::Grant(bytes) => {
            let mut inner = shared.lock();
            inner.credit = inner.credit.saturating_add(*bytes);
            drop(inner);
            shared.work.notify_one();
            return Ok(false);
        }
        Record::Beat | Record::Close(_) => return Ok(false),
    };
    let whole = match record {
        Record::Begin(total, _) => assembler.begin(*total, data)?,
        _ => assembler.more(data)?,
    };
    let mut inner = shared.lock();
    inner.allowed = inner.allowed.checked_sub(spent).ok_or(Failure::Flood)?;
    let news = whole.is_some();
    if let Some(message) = whole {
        inner.kept = inner.kept.saturating_add(cost(message.len() as u64));
        inner.inbox.push_back(message);
    }
    let grant = inner.grant(shared.settings.window()).is_some();
    drop(inner);
    if grant {
        shared.work.notify_one();
    }
    Ok(news)
}
