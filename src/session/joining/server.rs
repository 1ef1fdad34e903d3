//! A standing server: a process that computes nothing, and starts this program anew for each run that calls.
//!
//! Who calls has shown that it knows the secret before a byte of what it says is looked at, and runs the same build.
//! What it may say are arguments of this program, nothing else: see [`Server::stand`].

use super::build;
use super::call::{Call, Reply};
use super::doors::{is_loopback, reachable, tell};
use super::knock::LONGEST;
use super::line::Closing;
use super::lobby::Lobby;
use super::place::{id, name_of, number, resolve};
use super::visit::Visit;
use crate::comm::greeting::presentable;
use crate::error::Error;
use crate::link::{
    Entry, Kind, Limits, Link, Listener, Notice, Rendezvous, Secret, Settings as Bounds,
};
use crate::say;
use crate::session::signals::{TWICE, is_ignored};
use crate::session::start;
use crate::session::stopping;
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How often what has its time is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// So many may be about to speak.
const WAITING: usize = 64;
/// Of a program and its arguments, for people.
const LONGEST_SHOWN: usize = 200;

/// How one waits.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where runs find it.
    pub dir: Option<PathBuf>,
    /// Listens there instead of on the loopback interface.
    pub listen: Option<String>,
    /// The file with the secret, if not in the directory.
    pub secret: Option<PathBuf>,
    /// Of what it starts.
    pub threads: Option<u32>,
    /// What has begun may take so long when it leaves.
    pub grace: Duration,
    /// Only errors are told.
    pub quiet: bool,
}

/// A run that a standing server is to take part in: see [`Builder::serve`](crate::Builder::serve).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Visitor {
    /// What the run has for [`Builder::arguments`](crate::Builder::arguments).
    pub arguments: Vec<String>,
    /// The run, for [`Builder::join`](crate::Builder::join).
    pub join: String,
    /// The file with its secret, for [`Builder::secret`](crate::Builder::secret).
    pub secret: PathBuf,
    /// What the server has for [`Builder::threads`](crate::Builder::threads).
    pub threads: Option<usize>,
    /// What it has for [`Builder::grace`](crate::Builder::grace).
    pub grace: Duration,
    /// What it has for [`Builder::quiet`](crate::Builder::quiet).
    pub quiet: bool,
}

enum Event {
    Signal(i32),
    /// Something came.
    News,
}

impl Server {
    /// Waits for runs until a signal ends it. `arguments` makes the command line of what takes part in a run, or says
    /// why this server does not.
    ///
    /// # Errors
    /// When the directory, the secret or the address are no good.
    pub fn stand(
        &self,
        arguments: &dyn Fn(&Visitor) -> Result<Vec<OsString>, String>,
    ) -> Result<(), Error> {
        let (sender, events) = mpsc::channel();
        watch(sender.clone())?;
        Standing::begin(self, arguments, sender)?.stand(&events)
    }
}

/// Why a server does not take part in a run.
enum No {
    /// It may do so later.
    Busy(String),
    Never(String),
}

impl From<String> for No {
    fn from(why: String) -> Self {
        No::Never(why)
    }
}

/// A server at work.
struct Standing<'a> {
    server: &'a Server,
    arguments: &'a dyn Fn(&Visitor) -> Result<Vec<OsString>, String>,
    build: String,
    secret: PathBuf,
    listener: Listener,
    notice: Option<Notice>,
    lobby: Lobby,
    visit: Option<Visit>,
    /// Since when it has to end.
    stopping: Option<Instant>,
}

impl<'a> Standing<'a> {
    fn begin(
        server: &'a Server,
        arguments: &'a dyn Fn(&Visitor) -> Result<Vec<OsString>, String>,
        events: Sender<Event>,
    ) -> Result<Self, Error> {
        let place = server.dir.as_deref().map(Rendezvous::open).transpose()?;
        let file = match (&server.secret, &place) {
            (Some(file), _) => file.clone(),
            (None, Some(place)) => place.secret_file(),
            (None, None) => {
                return Err(Error::Usage(
                    "--serve takes a directory where runs find it, or --secret FILE".into(),
                ));
            }
        };
        let secret = Secret::read_or_make(&file)?;
        let build = build()?;
        let bounds = Bounds {
            first: LONGEST as u64,
            wake: Some(Arc::new(move || drop(events.send(Event::News)))),
            ..Bounds::default()
        };
        let quiet = server.quiet;
        let refused = Box::new(move |refusal| {
            if !quiet {
                tell(&refusal);
            }
        });
        let at = resolve(server.listen.as_deref().unwrap_or("127.0.0.1"))?;
        let listener = Listener::bind(at, secret, bounds, Limits::default(), Some(refused))?;
        let addresses = reachable(listener.address());
        let entry = Entry {
            kind: Kind::Server,
            id: id(&build, number()?),
            program: name(),
            host: start::host(),
            pid: std::process::id(),
            addresses: addresses.clone(),
        };
        let notice = place.map(|place| place.announce(&entry)).transpose()?;
        if !quiet {
            server.tell(&addresses);
        }
        Ok(Standing {
            server,
            arguments,
            build,
            secret: std::path::absolute(file)?,
            listener,
            notice,
            lobby: Lobby::new(WAITING),
            visit: None,
            stopping: None,
        })
    }

    fn stand(mut self, events: &Receiver<Event>) -> Result<(), Error> {
        loop {
            let timed = !self.lobby.is_empty() || self.visit.as_ref().is_some_and(Visit::is_timed);
            // Either way it is looked at all there is.
            let event = match timed {
                true => events.recv_timeout(LOOK).ok(),
                false => events.recv().ok(),
            };
            match event {
                Some(Event::Signal(number)) if number != SIGCHLD => self.stop(number),
                _ => {}
            }
            self.see_visit()?;
            if self.stopping.is_some() && self.visit.is_none() {
                return Ok(());
            }
            self.hear_all();
        }
    }

    fn stop(&mut self, number: i32) {
        if let Some(since) = self.stopping {
            if since.elapsed() > TWICE {
                self.visit.iter().for_each(Visit::kill);
            }
            return;
        }
        self.stopping = Some(Instant::now());
        self.notice = None;
        if !self.server.quiet {
            say::line(format_args!(
                "grange: {}: this server ends",
                stopping::name(number.cast_unsigned())
            ));
        }
        if let Some(visit) = &mut self.visit {
            visit.leave();
        }
    }

    fn see_visit(&mut self) -> Result<(), Error> {
        let Some(visit) = &mut self.visit else {
            return Ok(());
        };
        if let Some(status) = visit.ended()?
            && let Some(visit) = self.visit.take()
        {
            visit.over(status, self.server.quiet);
        }
        Ok(())
    }

    fn hear_all(&mut self) {
        for (link, bytes) in self.lobby.speakers(&self.listener) {
            self.hear(link, &bytes);
        }
    }

    fn hear(&mut self, link: Link, bytes: &[u8]) {
        let who = link.peer().to_string();
        let (call, arguments) = match self.check(bytes) {
            Ok(checked) => checked,
            Err(No::Busy(why)) => return answer(link, &Reply::Busy(why.clone()), &why),
            Err(No::Never(why)) => {
                if !self.server.quiet {
                    say::warning(format_args!("{who} called, and is refused: {why}"));
                }
                return answer(link, &Reply::Refused(why.clone()), &why);
            }
        };
        if !self.server.quiet {
            say::line(format_args!(
                "grange: visit: run on {}: {}",
                call.host, call.program
            ));
        }
        match Visit::start(&call, link, &arguments, self.server.grace) {
            Ok(visit) => self.visit = Some(visit),
            Err((link, error)) => {
                let why = format!("this program cannot be started: {error}");
                say::error(&why);
                answer(link, &Reply::Refused(why.clone()), &why);
            }
        }
    }

    /// A call, and the command line of what takes part in that run.
    fn check(&self, bytes: &[u8]) -> Result<(Call, Vec<OsString>), No> {
        let mut call = Call::decode(bytes).map_err(|damaged| damaged.to_string())?;
        call.host = presentable(&call.host);
        call.program = shown(&call.program);
        if call.build != self.build {
            return Err(No::Never(format!(
                "the run has {}, and this server {}: start the same program everywhere",
                call.build, self.build
            )));
        }
        // Before all that takes time: who is told so asks again soon.
        if self.stopping.is_some() {
            return Err(No::Busy("it is about to end".into()));
        }
        if let Some(visit) = &self.visit {
            return Err(No::Busy(format!(
                "it takes part in a run on {}",
                visit.host
            )));
        }
        // What is started is what lies there now.
        let now = build().map_err(|error| error.to_string())?;
        if now != self.build {
            return Err(No::Never(
                "the file of this server's program was replaced since it began: start it again"
                    .into(),
            ));
        }
        let address: SocketAddr = call
            .at
            .parse()
            .map_err(|_| "it does not say where the run listens".to_owned())?;
        let arguments = (self.arguments)(&Visitor {
            arguments: call.arguments.clone(),
            join: address.to_string(),
            secret: self.secret.clone(),
            threads: self.server.threads.map(|n| n as usize),
            grace: self.server.grace,
            quiet: self.server.quiet,
        })?;
        Ok((call, arguments))
    }
}

impl Server {
    fn tell(&self, addresses: &[SocketAddr]) {
        let shown: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
        let place = self.dir.as_deref().map(Path::display);
        let place = place.map(|place| format!(", found in {place}"));
        let threads = match start::threads(self.threads) {
            1 => "1 thread".to_owned(),
            n => format!("{n} threads"),
        };
        say::line(format_args!(
            "grange: serving: {threads} at {}{}",
            shown.join(", "),
            place.unwrap_or_default()
        ));
        if addresses.iter().any(|a| !is_loopback(a.ip())) {
            say::warning(format_args!(
                "this server listens on a network; who has the secret can start this program here, with any arguments"
            ));
        }
    }
}

/// Tells the other side, and is done with it.
fn answer(link: Link, reply: &Reply, why: &str) {
    let _ = link.try_send(reply.encode());
    drop(Closing::begin(link, why));
}

/// The name of this program.
fn name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name_of(&name).to_owned()
}

/// For people: on one line, and not too long.
fn shown(program: &str) -> String {
    let text = program.replace(|c: char| c.is_control(), "?");
    let end = text.floor_char_boundary(LONGEST_SHOWN);
    match end < text.len() {
        true => format!("{}...", &text[..end]),
        false => text,
    }
}

/// Has signals come as events, from a thread of its own.
fn watch(events: Sender<Event>) -> Result<(), Error> {
    let wanted = [SIGINT, SIGTERM, SIGUSR1, SIGCHLD];
    let wanted = wanted
        .into_iter()
        .filter(|&signal| signal == SIGCHLD || !is_ignored(signal));
    let mut signals = Signals::new(wanted)?;
    let forward = move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("grange-signals".into())
        .spawn(forward)?;
    Ok(())
}
