//! A run's side of standing servers: it calls those that it was told of, and those that it finds in its directory.
//!
//! Each has a thread of its own, since one that does not answer must not keep others from being asked. What a server
//! starts comes in by the [`doors`](super::doors), as anybody who joins; nothing here is needed for that.

use super::Joining;
use super::call::Call;
use super::calling::{Calling, Outcome};
use super::place::{address, name_of, resolve};
use crate::error::Error;
use crate::link::{Kind, Rendezvous, Secret};
use crate::say;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

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
    calling: Arc<Calling>,
    /// The name of the program.
    program: String,
    quiet: bool,
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
        let fits = call.fits();
        if !fits && !joining.servers.is_empty() {
            return Err(Error::Usage(
                "the arguments are too long for servers (--servers)".into(),
            ));
        }
        let mut servers = Servers {
            shared: Arc::new(Shared {
                program: name_of(&call.program).to_owned(),
                calling: Arc::new(Calling::new(call, secret, doors)),
                quiet,
            }),
            threads: Vec::new(),
        };
        for name in &joining.servers {
            let server = Server {
                addresses: vec![named(name)?],
                name: name.clone(),
                found: false,
            };
            servers.threads.push(servers.shared.attend(server)?);
        }
        if let Some(place) = place.filter(|_| fits) {
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
        let is_done = || self.threads.iter().all(JoinHandle::is_finished);
        // One that is about to connect may take longer than anybody should wait for it.
        self.shared.calling.end(PAUSE, is_done);
    }
}

impl Shared {
    /// Calls a server again and again, in a thread of its own.
    fn attend(self: &Arc<Self>, server: Server) -> Result<JoinHandle<()>, Error> {
        let shared = self.clone();
        let thread = Builder::new().name("grange-server".into());
        Ok(thread.spawn(move || shared.call_again(&server))?)
    }

    /// Looks for servers that appear in the directory.
    fn look(self: &Arc<Self>, place: &Rendezvous) {
        let mut known: BTreeMap<String, JoinHandle<()>> = BTreeMap::new();
        while !self
            .calling
            .rest(if known.is_empty() { PAUSE } else { LOOK })
        {
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
                    && entry.program == self.program
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

    fn call_again(&self, server: &Server) {
        let (mut pause, mut tries) = (PAUSE, 0);
        let mut told = String::new();
        loop {
            let (longest, why) = match self.calling.call(&server.addresses) {
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
            if self.calling.rest(pause) {
                return;
            }
            pause *= 2;
        }
    }
}
