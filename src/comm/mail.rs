//! Messages with bodies of any size over a [`Transport`] of small datagrams.
//!
//! A message whose header and body fit one datagram goes as one. A larger one is announced, and its
//! body follows in pieces of at most [`PIECE`] bytes as the receiver grants credits: so a thousand ranks
//! that each have 100 MB for rank 0 do not bury it. The order of small messages between two ranks is
//! kept; a large one counts from when it has wholly arrived.
//!
//! The first datagram between two ranks is a [`greeting`]. Every other ends with what it is, the
//! session, and the sum of all that ([`seal`]); at its end, so that pieces are not moved for it. What was damaged on its way, or is not what was announced, is an error that names the sender.

use super::Transport;
use super::greeting;
use super::harm::Harm;
use crate::error::Error;
use crate::wire::frame::{Damaged, Get, Put};
use crate::wire::message::Msg;
use crate::wire::rope::{PIECE, Rope};
use crate::wire::seal;
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
/// The most bytes of a datagram: a piece, or a header, which has texts and runs of grains.
pub const LARGEST: usize = 64 << 20;
/// The longest body that can be meant: more than any rank has memory for.
const LONGEST: u64 = 1 << 46;
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
    /// This rank's, for the greeting.
    host: String,
    session: u64,
    /// Who was greeted.
    greeted: BTreeSet<u32>,
    /// The hosts of those who have greeted.
    hosts: BTreeMap<u32, String>,
    harm: Harm,
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
    /// A mailer of a rank on `host` whose messages carry `session`; others are dropped.
    pub fn new(transport: T, host: &str, session: u64) -> Self {
        Mailer {
            harm: Harm::of(transport.rank()),
            transport,
            host: greeting::presentable(host),
            session,
            greeted: BTreeSet::new(),
            hosts: BTreeMap::new(),
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

    /// The transport below, when nothing more is sent or received.
    pub fn into_transport(self) -> T {
        self.transport
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
        let mut put = Put::default();
        if body.len() <= INLINE {
            msg.encode(&mut put);
            while let Some(piece) = body.pop() {
                put.0.extend(piece);
            }
            return self.post(to, WHOLE, put);
        }
        let stream = self.next_stream;
        self.next_stream += 1;
        put.u64(stream).u64(body.len());
        msg.encode(&mut put);
        self.outgoing.insert(stream, Outgoing { to, body });
        self.post(to, OPEN, put)
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
        let letter = match self.hosts.get(&from) {
            None => {
                self.hosts.insert(from, greeting::read(from, &bytes)?);
                None
            }
            Some(host) => {
                let who = greeting::name(from, Some(host));
                self.digest(from, bytes).map_err(|damaged| {
                    Error::Damaged(format!("a message from {who} is damaged: {damaged}"))
                })?
            }
        };
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

    /// Sends a datagram that is ready but for its end.
    fn post(&mut self, to: u32, kind: u8, mut put: Put) -> Result<(), Error> {
        if self.greeted.insert(to) {
            let greeting = greeting::write(self.harm.version(), &self.host);
            self.transport.send(to, greeting)?;
        }
        put.u8(kind).u64(self.session);
        let mut bytes = put.0;
        seal::close(&mut bytes);
        if bytes.len() > LARGEST {
            let who = greeting::name(to, self.hosts.get(&to).map(String::as_str));
            return Err(Error::Damaged(format!(
                "a message for {who} has {} bytes; no more than {LARGEST} can be sent",
                bytes.len()
            )));
        }
        self.harm.send(&mut bytes);
        self.transport.send(to, bytes)
    }

    fn digest(&mut self, from: u32, bytes: Vec<u8>) -> Result<Option<Letter>, Damaged> {
        let short = Damaged("it is too short");
        let (rest, end) = seal::open(&bytes)?.split_last_chunk::<9>().ok_or(short)?;
        let mut end = Get(end);
        let (kind, session) = (end.u8()?, end.u64()?);
        let mut get = Get(rest);
        if session != self.session {
            return Ok(None);
        }
        if kind != WHOLE && self.forgotten.contains(&from) {
            return Ok(None);
        }
        match kind {
            WHOLE => {
                let msg = Msg::decode(&mut get)?;
                if get.0.len() as u64 > INLINE {
                    return Err(Damaged("it has more than fits into one"));
                }
                return Ok(Some(Letter {
                    from,
                    msg,
                    body: Rope::from(get.0.to_vec()),
                }));
            }
            OPEN => {
                let (stream, expected) = (get.u64()?, get.u64()?);
                let msg = Msg::decode(&mut get)?;
                if !(INLINE + 1..=LONGEST).contains(&expected) {
                    return Err(Damaged("it announces a body of a size that none has"));
                }
                if !get.0.is_empty() {
                    return Err(Damaged("there is more to it than it says"));
                }
                if self.incoming.contains_key(&(from, stream)) {
                    return Err(Damaged("it announces a body twice"));
                }
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
                // More may be granted than there are pieces, but only by who gets them.
                if self.outgoing.get(&stream).is_some_and(|o| o.to != from)
                    || stream >= self.next_stream
                {
                    return Err(Damaged("it asks for a body that is not its own"));
                }
                self.owed
                    .extend(std::iter::repeat_n(stream, pieces.min(WINDOW) as usize));
            }
            DATA => {
                let (piece, end) = rest.split_last_chunk::<16>().ok_or(short)?;
                let (length, mut end) = (piece.len(), Get(end));
                let (stream, left) = (end.u64()?, end.u64()?);
                return self.piece(from, stream, left, bytes, length);
            }
            _ => return Err(Damaged("it is of no kind that is known")),
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
            let left = outgoing.body.len();
            if left == 0 {
                self.outgoing.remove(&stream);
            }
            if let Some(piece) = piece {
                let mut put = Put(piece);
                put.u64(stream).u64(left);
                // A failure shows with the next message to that rank.
                let _ = self.post(to, DATA, put);
            }
        }
    }

    fn piece(
        &mut self,
        from: u32,
        stream: StreamId,
        left: u64,
        mut bytes: Vec<u8>,
        length: usize,
    ) -> Result<Option<Letter>, Damaged> {
        let key = (from, stream);
        let incoming = self
            .incoming
            .get_mut(&key)
            .ok_or(Damaged("it is a piece of nothing that was announced"))?;
        if !(1..=PIECE).contains(&length) {
            return Err(Damaged("it is a piece of a size that none has"));
        }
        bytes.truncate(length);
        incoming.body.push(bytes);
        // Else what is missing would be waited for for ever.
        if incoming.body.len().checked_add(left) != Some(incoming.expected) {
            return Err(Damaged("its pieces are not as long as was announced"));
        }
        if left > 0 {
            self.granted.insert(key, Instant::now());
            let mut put = Put::default();
            put.u64(stream).u32(1);
            let _ = self.post(from, CREDIT, put);
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
            let mut put = Put::default();
            put.u64(stream).u32(WINDOW);
            self.post(from, CREDIT, put)?;
        }
        Ok(())
    }
}

const _: () = assert!(INLINE as usize <= PIECE);
