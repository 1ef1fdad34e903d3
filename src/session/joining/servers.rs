//! A run's side of standing servers: it calls those that it was told of, and those that it finds in its directory.
//!
//! Each has a thread of its own, since one that does not answer must not keep others from being asked. What a server
//! starts comes in by the [`doors`](super::doors), as anybody who joins; nothing here is needed for that.

use super::Joining;
use super::call::{Call, Reply};
use super::knock::LONGEST;
use super::line::broken;
use super::place::{address, name_of, resolve};
use crate::error::Error;
use crate::exec::lock;
use crate::link::{Failure, Kind, Link, Rendezvous, Secret, Settings as Bounds, connect};
use crate::say;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the answer to a call has come.
const ANSWER: Duration = Duration::from_secs(10);
/// How often it is looked for servers that have appeared.
const LOOK: Duration = Duration::from_secs(1);
/// Before one that is busy, away or through with a visit is asked again; twice as long each time, up to what follows.
const PAUSE: Duration = Duration::from_millis(500);
/// One that is away or busy.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// One whose visits do not end well.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// One that has refused.
const REFUSED: Duration = Duration::from_secs(30);
/// A server of the directory that cannot be reached so often is let go, until it is found there again.
const TRIES: u32 = 3;

/// Those who call servers, until this is dropped.
pub struct Servers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    call: Call,
    secret: Secret,
    /// Where the run listens.
    doors: SocketAddr,
    quiet: bool,
    /// The run is over.
    over: Mutex<bool>,
    /// It is, or something came from a server.
    news: Condvar,
}

/// A server.
#[derive(Clone)]
struct Server {
    addresses: Vec<SocketAddr>,
    /// For people.
    name: String,
    /// It was found in the directory, rather than named by the user.
    found: bool,
}

/// What came of a call.
enum Outcome {
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

/// Where a run listens: as the user says, or where the servers that it was told of reach it. By default that is the
/// loopback interface.
///
/// # Errors
/// When an address is none.
pub fn listening(joining: &Joining) -> Result<SocketAddr, Error> {
    if let Some(listen) = &joining.listen {
        return resolve(listen);
    }
    let mut own = Vec::new();
    for server in &joining.servers {
        // Of this host, as that server sees it. Nothing is sent.
        let route = || {
            let at = named(server).ok()?;
            let any: IpAddr = match at.is_ipv4() {
                true => Ipv4Addr::UNSPECIFIED.into(),
                false => std::net::Ipv6Addr::UNSPECIFIED.into(),
            };
            let socket = UdpSocket::bind((any, 0)).ok()?;
            socket.connect(at).ok()?;
            socket.local_addr().ok().map(|local| local.ip())
        };
        own.extend(route().filter(|ip| !ip.is_loopback()));
    }
    own.sort();
    own.dedup();
    let ip = match own[..] {
        [] => Ipv4Addr::LOCALHOST.into(),
        [one] => one,
        _ => Ipv4Addr::UNSPECIFIED.into(),
    };
    Ok(SocketAddr::new(ip, 0))
}

/// The address of a server that the user has named.
fn named(server: &str) -> Result<SocketAddr, Error> {
    address(server).unwrap_or_else(|| {
        Err(Error::Usage(format!(
            "--servers takes HOST:PORT,HOST:PORT,..., and '{server}' is no such address"
        )))
    })
}

impl Servers {
    /// Calls the servers that the user has named and, where there is a directory, all that are or will be there.
    ///
    /// # Errors
    /// When a name is no address, or the arguments are too long.
    pub fn start(
        joining: &Joining,
        place: Option<Rendezvous>,
        secret: Secret,
        doors: SocketAddr,
        (build, host): (&str, &str),
        quiet: bool,
    ) -> Result<Self, Error> {
        let call = Call {
            build: build.to_owned(),
            program: joining.program.clone(),
            arguments: joining.arguments.clone(),
            host: host.to_owned(),
            at: String::new(),
        };
        let mut servers = Servers {
            shared: Arc::new(Shared {
                call,
                secret,
                doors,
                quiet,
                over: Mutex::new(false),
                news: Condvar::new(),
            }),
            threads: Vec::new(),
        };
        if !joining.servers.is_empty() && !servers.shared.call.fits() {
            return Err(Error::Usage(
                "the arguments are too long for servers (--servers)".into(),
            ));
        }
        for name in &joining.servers {
            let server = Server {
                addresses: vec![named(name)?],
                name: name.clone(),
                found: false,
            };
            servers.threads.push(servers.shared.attend(server)?);
        }
        if let Some(place) = place
            && servers.shared.call.fits()
        {
            let shared = servers.shared.clone();
            let look = move || shared.look(&place);
            let thread = Builder::new().name("grange-servers".into());
            servers.threads.push(thread.spawn(look)?);
        }
        Ok(servers)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        *lock(&self.shared.over) = true;
        self.shared.news.notify_all();
        // One that is about to connect may take longer than anybody should wait for it.
        let until = Instant::now() + PAUSE;
        let mut over = lock(&self.shared.over);
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < until {
            let waited = self.shared.news.wait_timeout(over, PAUSE / 10);
            over = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    /// Calls a server again and again, in a thread of its own.
    fn attend(self: &Arc<Self>, server: Server) -> Result<JoinHandle<()>, Error> {
        let shared = self.clone();
        let thread = Builder::new().name("grange-server".into());
        Ok(thread.spawn(move || shared.call_again(&server))?)
    }

    /// Something came, or it is over. Whoever looks does so with the lock.
    fn wake(&self) {
        drop(lock(&self.over));
        self.news.notify_all();
    }

    /// Waits so long, or until the run is over; whether it is.
    fn rest(&self, time: Duration) -> bool {
        let over = lock(&self.over);
        let waited = self
            .news
            .wait_timeout_while(over, time, |over: &mut bool| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Looks for servers that appear in the directory.
    fn look(self: &Arc<Self>, place: &Rendezvous) {
        let mut known: BTreeMap<String, JoinHandle<()>> = BTreeMap::new();
        while !self.rest(if known.is_empty() { PAUSE } else { LOOK }) {
            known.retain(|_, thread| !thread.is_finished());
            // What cannot be read now may be later.
            let named = place.names(Kind::Server).unwrap_or_default();
            if named.iter().all(|id| known.contains_key(id)) {
                continue;
            }
            for found in place.list().unwrap_or_default() {
                let entry = found.entry;
                let wanted = found.live
                    && entry.kind == Kind::Server
                    && entry.program == name_of(&self.call.program)
                    && !known.contains_key(&entry.id);
                if !wanted {
                    continue;
                }
                let server = Server {
                    name: format!("{} at {}", entry.host, entry.addresses[0]),
                    addresses: entry.addresses,
                    found: true,
                };
                if let Ok(thread) = self.attend(server) {
                    known.insert(entry.id, thread);
                }
            }
        }
    }

    fn call_again(self: &Arc<Self>, server: &Server) {
        let (mut pause, mut tries) = (PAUSE, 0);
        let mut told = String::new();
        loop {
            let (longest, why) = match self.call(server) {
                Outcome::Over => return,
                Outcome::Away(why) => {
                    tries += 1;
                    // One that the user has named should be there; another may just be ending.
                    if server.found && tries == TRIES {
                        return;
                    }
                    (LONGEST_PAUSE, Some(why).filter(|_| !server.found))
                }
                Outcome::Busy => (LONGEST_PAUSE, None),
                Outcome::Refused(why) => {
                    pause = REFUSED;
                    (REFUSED, Some(why))
                }
                Outcome::Visited { well: true, .. } => {
                    (pause, tries) = (PAUSE, 0);
                    told.clear();
                    (LONGEST_PAUSE, None)
                }
                Outcome::Visited { how, .. } => {
                    tries = 0;
                    (LONGEST_REST, Some(format!("what it started: {how}")))
                }
            };
            if let Some(why) = why.filter(|why| *why != told) {
                if !self.quiet {
                    let name = &server.name;
                    say::warning(format_args!("the server {name} does not take part: {why}"));
                }
                told = why;
            }
            pause = pause.min(longest);
            if self.rest(pause) {
                return;
            }
            pause *= 2;
        }
    }

    fn call(self: &Arc<Self>, server: &Server) -> Outcome {
        let shared = self.clone();
        let bounds = Bounds {
            first: LONGEST as u64,
            wake: Some(Arc::new(move || shared.wake())),
            ..Bounds::default()
        };
        let link = match connect(&server.addresses, &self.secret, CONNECT, &bounds) {
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
