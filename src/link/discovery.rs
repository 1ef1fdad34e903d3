//! Finding runs and servers on a network without a shared file system, by UDP broadcast.
//!
//! Who seeks sends a question to all: a greeting of 8 bytes, 16 random ones, and zeros up to as many bytes as the
//! longest answer, so that nobody can have much sent to another by asking in its name. An answer is a greeting, the
//! question's random bytes, so that a recorded one does not do, and an [`Entry`]. Both end with a code of 32 bytes
//! (BLAKE2s with a key, RFC 7693) that takes the secret to make; what has none is not looked at.

use super::entry::{Entry, LONGEST};
use super::interfaces::interfaces;
use super::secret::{Secret, random};
use crate::error::Error;
use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{AddressFamily, SocketType, bind, socket, sockopt};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::unix::net::UnixStream;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// The port that is asked unless told otherwise.
pub const PORT: u16 = 7879;
const QUESTION: [u8; 8] = *b"grange?\x01";
const ANSWER: [u8; 8] = *b"grange!\x01";
const NONCE: usize = 16;
const CODE: usize = 32;
const HEAD: usize = 8 + NONCE;
/// The most bytes of a datagram: it fits one packet of any usual network.
const DATAGRAM: usize = HEAD + LONGEST + CODE;
/// Answers that may be given at once, and how long one more takes.
const BURST: u32 = 50;
const PACE: Duration = Duration::from_millis(20);
/// A question is asked again after so long: datagrams may be lost.
const AGAIN: Duration = Duration::from_millis(250);

/// The key of the codes: not that of the links.
pub(super) struct Key(Blake2sMac256);

impl Key {
    pub fn new(secret: &Secret) -> Self {
        let mut derive = mac(secret.bytes());
        derive.update(b"grange discovery 1");
        Key(mac(&derive.finalize().into_bytes().into()))
    }

    fn sign(&self, datagram: &mut Vec<u8>) {
        let code = self.0.clone().chain_update(&*datagram).finalize();
        datagram.extend_from_slice(&code.into_bytes());
    }

    /// What is before the code, if that is right.
    fn check<'a>(&self, datagram: &'a [u8]) -> Option<&'a [u8]> {
        let (said, code) = datagram.split_last_chunk::<CODE>()?;
        let mac = self.0.clone().chain_update(said);
        mac.verify_slice(code).ok().map(|()| said)
    }

    pub fn question(&self, nonce: [u8; NONCE]) -> Vec<u8> {
        let mut datagram = [QUESTION.as_slice(), &nonce].concat();
        datagram.resize(DATAGRAM - CODE, 0);
        self.sign(&mut datagram);
        datagram
    }

    /// The random bytes of a question.
    pub fn asked(&self, datagram: &[u8]) -> Option<[u8; NONCE]> {
        // Never less than an answer would be.
        if datagram.len() != DATAGRAM {
            return None;
        }
        let rest = self.check(datagram)?.strip_prefix(&QUESTION)?;
        rest.first_chunk().copied()
    }

    pub fn answer(&self, nonce: [u8; NONCE], text: &str) -> Vec<u8> {
        let mut datagram = [ANSWER.as_slice(), &nonce, text.as_bytes()].concat();
        self.sign(&mut datagram);
        datagram
    }

    /// What an answer to that question says.
    pub fn answered(&self, nonce: [u8; NONCE], datagram: &[u8]) -> Option<Entry> {
        let rest = self.check(datagram)?.strip_prefix(&ANSWER)?;
        Entry::parse(rest.strip_prefix(&nonce)?)
    }
}

fn mac(key: &[u8; CODE]) -> Blake2sMac256 {
    <Blake2sMac256 as KeyInit>::new(key.into())
}

/// Answers whoever seeks, in a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Answerer {
    port: u16,
    stop: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Answerer {
    /// Answers at that port of all addresses (0: any that is free) with that entry. Several on one host may answer at
    /// the same port.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot.
    pub fn start(secret: &Secret, port: u16, entry: &Entry) -> Result<Self, Error> {
        let cannot = |e: io::Error| Error::Usage(format!("cannot answer on UDP port {port}: {e}"));
        let text = entry.text()?;
        let udp = shared_port(port).map_err(cannot)?;
        let bound = udp.local_addr().map_err(cannot)?.port();
        let (stop, stopped) = UnixStream::pair().map_err(cannot)?;
        let key = Key::new(secret);
        let body = move || answer(&udp, &stopped, &key, &text);
        let thread = Builder::new().name("link-answer".to_owned()).spawn(body);
        Ok(Answerer {
            port: bound,
            stop,
            thread: Some(thread.map_err(cannot)?),
        })
    }

    /// The port at which it answers.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Answerer {
    fn drop(&mut self) {
        let _ = self.stop.shutdown(std::net::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A socket at a port that others may have too: all get what is sent to all.
fn shared_port(port: u16) -> io::Result<UdpSocket> {
    let made = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    sockopt::set_socket_reuseaddr(&made, port != 0)?;
    bind(&made, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port))?;
    let udp = UdpSocket::from(made);
    udp.set_nonblocking(true)?;
    Ok(udp)
}

fn answer(udp: &UdpSocket, stopped: &UnixStream, key: &Key, text: &str) {
    let mut buffer = [0; DATAGRAM + 1];
    // When all answers that may be given at once may be given again.
    let mut rested = Instant::now();
    loop {
        let mut watched = [
            PollFd::new(stopped, PollFlags::IN),
            PollFd::new(udp, PollFlags::IN),
        ];
        let _ = poll(&mut watched, None);
        if !watched[0].revents().is_empty() {
            return;
        }
        let Ok((length, from)) = udp.recv_from(&mut buffer) else {
            continue;
        };
        let now = Instant::now();
        if rested.saturating_duration_since(now) >= PACE * BURST {
            continue;
        }
        if let Some(nonce) = key.asked(&buffer[..length]) {
            rested = rested.max(now) + PACE;
            // Who did not get it asks again.
            let _ = udp.send_to(&key.answer(nonce, text), from);
        }
    }
}

/// Whom to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seek {
    /// These addresses. If there are none, all on this host's networks, at [`PORT`].
    pub at: Vec<SocketAddr>,
    /// Ends the search once so many have answered; 0: never.
    pub enough: usize,
}

impl Seek {
    /// All on this host's networks and on it, at that port.
    pub fn everywhere(port: u16) -> Self {
        let all = interfaces().broadcast.into_iter();
        let known = [Ipv4Addr::BROADCAST, Ipv4Addr::new(127, 255, 255, 255)];
        let at = |ip| SocketAddr::from((ip, port));
        Seek {
            at: known.into_iter().chain(all).map(at).collect(),
            enough: 0,
        }
    }
}

/// Asks for `patience`; who answers, in the order of their answers. The address from which the answer came is tried
/// first: a host may not know how it is reached.
///
/// # Errors
/// [`Error::Usage`] when nobody can be asked.
pub fn seek(secret: &Secret, whom: &Seek, patience: Duration) -> Result<Vec<Entry>, Error> {
    let cannot = |e: io::Error| Error::Usage(format!("cannot ask on the network: {e}"));
    let udp = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(cannot)?;
    udp.set_broadcast(true).map_err(cannot)?;
    let everywhere = Seek::everywhere(PORT);
    let at = match whom.at.is_empty() {
        true => &everywhere.at,
        false => &whom.at,
    };
    let key = Key::new(secret);
    let nonce = random()?;
    let question = key.question(nonce);
    let until = Instant::now() + patience;
    let mut found: Vec<Entry> = Vec::new();
    let mut buffer = [0; DATAGRAM + 1];
    let mut next = Instant::now();
    loop {
        let now = Instant::now();
        if now >= until || (whom.enough > 0 && found.len() >= whom.enough) {
            return Ok(found);
        }
        if now >= next {
            next = now + AGAIN;
            let sent: Vec<_> = at.iter().map(|to| udp.send_to(&question, to)).collect();
            // A network that cannot be reached does not keep from others.
            if sent.iter().all(Result::is_err)
                && let Some(Err(e)) = sent.into_iter().next()
            {
                return Err(cannot(e));
            }
        }
        let wait = next.min(until).saturating_duration_since(Instant::now());
        let wait = wait.max(Duration::from_millis(1));
        udp.set_read_timeout(Some(wait)).map_err(cannot)?;
        let Ok((length, from)) = udp.recv_from(&mut buffer) else {
            continue;
        };
        let Some(mut entry) = key.answered(nonce, &buffer[..length]) else {
            continue;
        };
        let known = |other: &Entry| (other.kind, &other.id) == (entry.kind, &entry.id);
        if found.iter().any(known) {
            continue;
        }
        if let Some(first) = entry.addresses.first() {
            let reached = SocketAddr::new(from.ip(), first.port());
            entry.addresses.retain(|address| *address != reached);
            entry.addresses.insert(0, reached);
        }
        found.push(entry);
    }
}
