//! Messages with bodies of any size over a [`Transport`] of small datagrams.
//!
//! A message whose header and body fit one datagram goes as one. A larger one is announced, and its
//! body follows in pieces of at most [`PIECE`] bytes as the receiver grants credits: so a thousand ranks
//! that each have 100 MB for rank 0 do not bury it. The order of small messages between two ranks is
//! kept; a large one counts from when it has wholly arrived.

use super::Transport;
use crate::error::Error;
use crate::wire::frame::{Damaged, Get, Put};
use crate::wire::message::Msg;
use crate::wire::rope::{PIECE, Rope};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

const WHOLE: u8 = 1;
const OPEN: u8 = 2;
const CREDIT: u8 = 3;
const DATA: u8 = 4;

/// Bodies up to this go along with the header: an eager message for any MPI library would be smaller,
/// but the round trip of a credit costs more than a rendezvous.
const INLINE: u64 = 64 << 10;
/// Pieces that one sender may have on the way.
const WINDOW: u32 = 4;
/// Bodies that are received at the same time; others wait for their credits.
const STREAMS: usize = 8;
/// Of these, from one sender.
const STREAMS_OF_ONE: usize = 2;
/// A body of which nothing has come for this long does not keep others waiting: its sender may be stopped.
const STALLED: Duration = Duration::from_secs(1);
/// Sends that the library has not completed, before pieces of bodies have to wait.
const SENDING: usize = 32;

type StreamId = u64;

/// A message and who sent it.
#[derive(Debug)]
pub struct Letter {
    /// The sender's rank.
    pub from: u32,
    /// What it says.
    pub msg: Msg,
    /// Values, if any.
    pub body: Rope,
}

/// Something arrived.
#[derive(Debug)]
pub enum Arrival {
    /// A whole message.
    Letter(Letter),
    /// Part of one, or what keeps it flowing, from that rank.
    Part(u32),
}

/// Sends and receives [`Letter`]s.
#[derive(Debug)]
pub struct Mailer<T> {
    transport: T,
    session: u64,
    next_stream: StreamId,
    outgoing: BTreeMap<StreamId, Outgoing>,
    /// Pieces of outgoing bodies that were granted and wait for earlier sends.
    owed: VecDeque<StreamId>,
    incoming: BTreeMap<(u32, StreamId), Incoming>,
    /// Announced, not granted yet.
    waiting: VecDeque<(u32, StreamId)>,
    /// Granted, with when the last piece came.
    granted: BTreeMap<(u32, StreamId), Instant>,
    /// Ranks that were given up: of them only what fits one datagram is taken.
    forgotten: BTreeSet<u32>,
}

#[derive(Debug)]
struct Outgoing {
    to: u32,
    body: Rope,
}

#[derive(Debug)]
struct Incoming {
    msg: Msg,
    body: Rope,
    expected: u64,
}

impl<T: Transport> Mailer<T> {
    /// A mailer whose messages carry `session`; others are dropped.
    pub fn new(transport: T, session: u64) -> Self {
        Mailer {
            transport,
            session,
            next_stream: 0,
            outgoing: BTreeMap::new(),
            owed: VecDeque::new(),
            incoming: BTreeMap::new(),
            waiting: VecDeque::new(),
            granted: BTreeMap::new(),
            forgotten: BTreeSet::new(),
        }
    }

    #[cfg(feature = "mpi")]
    /// From now on messages carry `session`.
    pub fn set_session(&mut self, session: u64) {
        self.session = session;
    }

    /// The transport below.
    pub fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// This process's rank.
    pub fn rank(&self) -> u32 {
        self.transport.rank()
    }

    /// How many ranks there are.
    pub fn size(&self) -> u32 {
        self.transport.size()
    }

    /// Sends a message, at some time.
    ///
    /// # Errors
    /// When the transport refuses.
    pub fn send(&mut self, to: u32, msg: &Msg, mut body: Rope) -> Result<(), Error> {
        let mut put = self.head(WHOLE);
        if body.len() <= INLINE {
            msg.encode(&mut put);
            while let Some(piece) = body.pop() {
                put.0.extend(piece);
            }
            return self.transport.send(to, put.0);
        }
        let stream = self.next_stream;
        self.next_stream += 1;
        put.0[0] = OPEN;
        put.u64(stream).u64(body.len());
        msg.encode(&mut put);
        self.outgoing.insert(stream, Outgoing { to, body });
        self.transport.send(to, put.0)
    }

    /// The next thing that has arrived.
    ///
    /// # Errors
    /// When the transport fails or a message is damaged.
    pub fn receive(&mut self) -> Result<Option<Arrival>, Error> {
        self.pour();
        self.grant()?;
        let Some((from, bytes)) = self.transport.receive()? else {
            return Ok(None);
        };
        let letter = self
            .digest(from, bytes)
            .map_err(|e| Error::Launch(e.to_string()))?;
        Ok(Some(letter.map_or(Arrival::Part(from), Arrival::Letter)))
    }

    /// Messages that have not left yet.
    pub fn unsent(&mut self) -> usize {
        self.transport.unsent() + self.outgoing.len()
    }

    /// Bytes of bodies that have not left yet, for all receivers together.
    pub fn unsent_bytes(&self) -> u64 {
        self.outgoing.values().map(|o| o.body.len()).sum()
    }

    /// Gives up all bodies that have not left: nobody wants them any more.
    pub fn abandon(&mut self) {
        self.outgoing.clear();
        self.owed.clear();
    }

    /// Gives up all that is under way to or from a rank that is given up.
    pub fn forget(&mut self, rank: u32) {
        self.forgotten.insert(rank);
        self.outgoing.retain(|_, o| o.to != rank);
        self.incoming.retain(|&(from, _), _| from != rank);
        self.waiting.retain(|&(from, _)| from != rank);
        self.granted.retain(|&(from, _), _| from != rank);
        self.transport.forget(rank);
    }

    fn head(&self, kind: u8) -> Put {
        let mut put = Put::default();
        put.u8(kind).u64(self.session);
        put
    }

    fn digest(&mut self, from: u32, bytes: Vec<u8>) -> Result<Option<Letter>, Damaged> {
        let mut get = Get(&bytes);
        let (kind, session) = (get.u8()?, get.u64()?);
        if session != self.session {
            return Ok(None);
        }
        if kind != WHOLE && self.forgotten.contains(&from) {
            return Ok(None);
        }
        match kind {
            WHOLE => {
                let msg = Msg::decode(&mut get)?;
                return Ok(Some(Letter {
                    from,
                    msg,
                    body: Rope::from(get.0.to_vec()),
                }));
            }
            OPEN => {
                let (stream, expected) = (get.u64()?, get.u64()?);
                let msg = Msg::decode(&mut get)?;
                let incoming = Incoming {
                    msg,
                    body: Rope::new(),
                    expected,
                };
                self.incoming.insert((from, stream), incoming);
                self.waiting.push_back((from, stream));
            }
            CREDIT => {
                let (stream, pieces) = (get.u64()?, get.u32()?);
                self.owed
                    .extend(std::iter::repeat_n(stream, pieces.min(WINDOW) as usize));
            }
            DATA => {
                let stream = get.u64()?;
                let read = bytes.len() - get.0.len();
                return self.piece(from, stream, bytes, read);
            }
            _ => return Err(Damaged("unknown kind of datagram")),
        }
        Ok(None)
    }

    /// Sends pieces of bodies that were granted, as long as earlier sends are not too many.
    fn pour(&mut self) {
        while !self.owed.is_empty() && self.transport.unsent() < SENDING {
            let Some(stream) = self.owed.pop_front() else {
                return;
            };
            // More may be granted than there are pieces.
            let Some(outgoing) = self.outgoing.get_mut(&stream) else {
                continue;
            };
            let to = outgoing.to;
            let piece = outgoing.body.pop();
            if outgoing.body.is_empty() {
                self.outgoing.remove(&stream);
            }
            if let Some(piece) = piece {
                let mut put = self.head(DATA);
                put.u64(stream).0.extend(piece);
                // A failure shows with the next message to that rank.
                let _ = self.transport.send(to, put.0);
            }
        }
    }

    fn piece(
        &mut self,
        from: u32,
        stream: StreamId,
        mut bytes: Vec<u8>,
        read: usize,
    ) -> Result<Option<Letter>, Damaged> {
        let key = (from, stream);
        let incoming = self
            .incoming
            .get_mut(&key)
            .ok_or(Damaged("a piece of nothing"))?;
        bytes.drain(..read);
        incoming.body.push(bytes);
        if incoming.body.len() < incoming.expected {
            self.granted.insert(key, Instant::now());
            let mut put = self.head(CREDIT);
            put.u64(stream).u32(1);
            let _ = self.transport.send(from, put.0);
            return Ok(None);
        }
        self.granted.remove(&key);
        Ok(self.incoming.remove(&key).map(|done| Letter {
            from,
            msg: done.msg,
            body: done.body,
        }))
    }

    /// Grants credits to announced bodies while there is room.
    fn grant(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let flowing = self.granted.values().filter(|at| at.elapsed() < STALLED);
        let mut room = STREAMS.saturating_sub(flowing.count());
        let mut i = 0;
        while room > 0
            && let Some(&(from, stream)) = self.waiting.get(i)
        {
            let of_one = self
                .granted
                .range((from, 0)..=(from, StreamId::MAX))
                .count();
            if of_one >= STREAMS_OF_ONE {
                i += 1;
                continue;
            }
            self.waiting.remove(i);
            self.granted.insert((from, stream), Instant::now());
            room -= 1;
            let mut put = self.head(CREDIT);
            put.u64(stream).u32(WINDOW);
            self.transport.send(from, put.0)?;
        }
        Ok(())
    }
}

const _: () = assert!(INLINE as usize <= PIECE);

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    type Wires = Rc<RefCell<Vec<VecDeque<(u32, Vec<u8>)>>>>;

    struct Wire(u32, Wires);

    impl Transport for Wire {
        fn rank(&self) -> u32 {
            self.0
        }
        fn size(&self) -> u32 {
            self.1.borrow().len() as u32
        }
        fn send(&mut self, to: u32, bytes: Vec<u8>) -> Result<(), Error> {
            assert!(bytes.len() <= PIECE + 64);
            self.1.borrow_mut()[to as usize].push_back((self.0, bytes));
            Ok(())
        }
        fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
            Ok(self.1.borrow_mut()[self.0 as usize].pop_front())
        }
        fn unsent(&mut self) -> usize {
            0
        }
        fn abort(&mut self, code: u8) -> ! {
            std::process::exit(i32::from(code))
        }
        fn polled(&self) -> bool {
            true
        }
    }

    #[test]
    fn bodies_of_any_size_arrive_from_many_at_once() {
        let senders = 12;
        let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); senders + 1]));
        let mut mailers: Vec<_> = (0..=senders as u32)
            .map(|r| Mailer::new(Wire(r, wires.clone()), 7))
            .collect();
        let body = |r: u32| -> Vec<u8> {
            (0..r as usize * 700_001)
                .map(|i| (i as u32 * r) as u8)
                .collect()
        };
        for r in 1..=senders as u32 {
            mailers[r as usize]
                .send(0, &Msg::Held(u64::from(r)), Rope::from(body(r)))
                .unwrap();
        }
        let mut got = Vec::new();
        while got.len() < senders {
            for mailer in &mut mailers {
                while let Some(arrival) = mailer.receive().unwrap() {
                    let Arrival::Letter(mut letter) = arrival else {
                        continue;
                    };
                    let mut bytes = Vec::new();
                    while let Some(piece) = letter.body.pop() {
                        bytes.extend(piece);
                    }
                    assert_eq!(letter.msg, Msg::Held(u64::from(letter.from)));
                    assert!(bytes == body(letter.from));
                    got.push(letter.from);
                }
            }
        }
        assert!(mailers.iter_mut().all(|m| m.unsent() == 0));
    }

    #[test]
    fn another_sessions_messages_are_dropped() {
        let wires: Wires = Rc::new(RefCell::new(vec![VecDeque::new(); 2]));
        Mailer::new(Wire(1, wires.clone()), 7)
            .send(0, &Msg::Ping, Rope::new())
            .unwrap();
        let arrival = Mailer::new(Wire(0, wires), 8).receive().unwrap();
        assert!(matches!(arrival, Some(Arrival::Part(1))));
    }
}
