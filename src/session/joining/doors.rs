//! Rank 0's side of joining: who knocks is heard, and let in or told why not.

use super::Joining;
use super::knock::{Admission, Answer, Knock, LONGEST, Settings};
use super::line::{Closing, Line};
use super::lobby::Lobby;
use super::place::{id, name_of, number};
use super::servers::{self, Servers};
use crate::comm::backoff::Waker;
use crate::comm::mail::Mailer;
use crate::error::Error;
use crate::link::{
    Answerer, Entry, Kind, Limits, Link, Listener, Notice, Refusal, Rendezvous, Secret,
    Settings as Bounds, interfaces,
};
use crate::say;
use crate::session::start::World;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// So many may be about to knock.
const WAITING: usize = 256;

/// Where others come in.
pub struct Doors {
    listener: Listener,
    /// Tells others where this is, as long as it lives.
    _notice: Option<Notice>,
    /// Has servers come.
    _servers: Servers,
    _answerer: Option<Answerer>,
    program: String,
    build: String,
    session: u64,
    threads: Vec<u32>,
    hosts: Vec<String>,
    settings: Settings,
    quiet: bool,
    lobby: Lobby,
}

/// Somebody who may come in.
pub struct Caller {
    link: Link,
    knock: Knock,
}

impl Doors {
    /// Opens them.
    ///
    /// # Errors
    /// When the directory, the secret or the address are no good.
    pub fn open(
        joining: &Joining,
        world: &World,
        build: &str,
        quiet: bool,
        waker: Arc<Waker>,
    ) -> Result<Self, Error> {
        let place = joining.elastic.as_deref().map(Rendezvous::open);
        let place = place.transpose()?;
        let secret = match (&joining.secret, &place) {
            (Some(file), _) => Secret::read_or_make(file)?,
            (None, Some(place)) => place.secret()?,
            (None, None) => {
                return Err(Error::Usage(
                    "--servers takes --secret FILE, the servers' secret, or --elastic DIR that has it".into(),
                ));
            }
        };
        let at = servers::listening(joining)?;
        let bounds = Bounds {
            first: LONGEST as u64,
            wake: Some(Arc::new(move || waker.wake())),
            ..Bounds::default()
        };
        let refused = Box::new(move |refusal| {
            if !quiet {
                tell(&refusal);
            }
        });
        if joining.discover.is_some() && joining.listen.is_none() {
            return Err(Error::Usage(
                "--discover takes --listen, such as --listen 0.0.0.0: by default only this host reaches the run".into(),
            ));
        }
        let listener =
            Listener::bind(at, secret.clone(), bounds, Limits::default(), Some(refused))?;
        let addresses = reachable(listener.address());
        let session = number()?;
        let entry = Entry {
            kind: Kind::Run,
            id: id(&joining.program, session),
            program: name_of(&joining.program).to_owned(),
            host: world.hosts[0].clone(),
            pid: std::process::id(),
            addresses: addresses.clone(),
        };
        let notice = place.as_ref().map(|place| place.announce(&entry));
        let notice = notice.transpose()?;
        let answerer = match joining.discover {
            Some(port) => Some(Answerer::start(&secret, port, &entry)?),
            None => None,
        };
        if !quiet {
            let shown: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
            let where_to = match &joining.elastic {
                Some(dir) => dir.display().to_string(),
                None => shown[0].clone(),
            };
            say::line(format_args!(
                "grange: others may join with --join {where_to} (at {})",
                shown.join(", ")
            ));
            if addresses.iter().any(|a| !is_loopback(a.ip())) {
                say::warning(format_args!(
                    "this run listens on a network; who has the secret can take part in it"
                ));
            }
        }
        let names = (build, world.hosts[0].as_str());
        let servers = Servers::start(joining, place, secret, listener.address(), names, quiet)?;
        Ok(Doors {
            listener,
            _servers: servers,
            _notice: notice,
            _answerer: answerer,
            program: joining.program.clone(),
            build: build.to_owned(),
            session,
            threads: world.threads.to_vec(),
            hosts: world.hosts.to_vec(),
            settings: joining.settings,
            quiet,
            lobby: Lobby::new(WAITING),
        })
    }

    /// Those who have knocked and may come in, as far as is known here.
    pub fn callers(&mut self) -> Vec<Caller> {
        let speakers = self.lobby.speakers(&self.listener).into_iter();
        speakers
            .filter_map(|(link, bytes)| self.hear(link, &bytes))
            .collect()
    }

    fn hear(&self, link: Link, bytes: &[u8]) -> Option<Caller> {
        let knock =
            Knock::decode(bytes).map_err(|damaged| format!("what it says is damaged: {damaged}"));
        let why = match knock {
            Ok(knock) if knock.build != self.build => format!(
                "it runs {}, and the run {}: start the same program everywhere",
                knock.build, self.build
            ),
            Ok(knock) if knock.program != self.program => format!(
                "it was started as '{}', and the run as '{}'",
                knock.program, self.program
            ),
            Ok(knock) => return Some(Caller { link, knock }),
            Err(why) => why,
        };
        let who = link.peer().to_string();
        self.refuse(link, &who, &why);
        None
    }

    fn refuse(&self, link: Link, who: &str, why: &str) {
        if !self.quiet {
            say::warning(format_args!("{who} would join, and cannot: {why}"));
        }
        let _ = link.try_send(Answer::Refused(why.to_owned()).encode());
        drop(Closing::begin(link, why));
    }

    /// Lets a caller in as the rank that `admit` gives it, or tells it why not.
    pub fn let_in(
        &self,
        caller: Caller,
        admit: impl FnOnce(&Knock) -> Result<u32, String>,
    ) -> Option<(u32, Mailer<Line>)> {
        match admit(&caller.knock) {
            Ok(rank) => {
                let welcome = Answer::Welcome(Admission {
                    rank,
                    session: self.session,
                    threads: self.threads.clone(),
                    hosts: self.hosts.clone(),
                    settings: self.settings,
                });
                let _ = caller.link.try_send(welcome.encode());
                let line = Line::new(caller.link, 0, rank);
                Some((rank, Mailer::new(line, &self.hosts[0], self.session)))
            }
            Err(why) => {
                let host = caller.knock.host.clone();
                self.refuse(caller.link, &host, &why);
                None
            }
        }
    }
}

/// Where a listener at that address is reached, from other hosts first.
pub(super) fn reachable(at: SocketAddr) -> Vec<SocketAddr> {
    if !at.ip().is_unspecified() {
        return vec![at];
    }
    let own = interfaces().own.into_iter().map(IpAddr::from);
    let here = IpAddr::from(Ipv4Addr::LOCALHOST);
    own.chain([here])
        .map(|ip| SocketAddr::new(ip, at.port()))
        .collect()
}

/// Why somebody got no further than the door.
pub(super) fn tell(refusal: &Refusal) {
    let who = refusal.from.map(|from| from.to_string());
    let who = who.unwrap_or_else(|| "somebody".into());
    let more = match refusal.untold {
        0 => String::new(),
        n => format!(" ({n} more before)"),
    };
    say::warning(format_args!("{who} was not let in: {}{more}", refusal.why));
}

pub(super) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}
