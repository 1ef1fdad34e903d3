//! How a run begins: alone or under a launcher, on which cores, with how many threads.

#[cfg(feature = "mpi")]
mod job;
#[cfg(feature = "mpi")]
mod ranks;

use super::hub::Hub;
use super::joining::doors::Doors;
use super::joining::knock::{Knock, Settings};
use super::joining::peers::Peers;
use super::joining::{Joining, Place, build, guest, visit};
use super::lead::Lead;
use super::presence::Presence;
use super::service::Service;
use super::stopping::Stopping;
use crate::comm::greeting;
use crate::comm::launcher::{self, Launcher};
use crate::comm::mail::Mailer;
use crate::comm::process::Process;
use crate::comm::solo::Solo;
use crate::error::Error;
use crate::exec::cores::{self, Cores};
use crate::exec::layout::{self, Layout};
use crate::progress;
use crate::wire::message::Hello;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What main may know of the run.
#[derive(Clone, Debug)]
pub struct World {
    /// This process's rank.
    pub rank: u32,
    /// How many ranks the run began with: one that has joined has a higher number.
    pub ranks: usize,
    /// Threads of every rank, this one among them.
    pub threads: Arc<Vec<u32>>,
    /// Host of every rank, likewise.
    pub hosts: Arc<Vec<String>>,
    /// One line each, on rank 0 only.
    pub hints: Vec<String>,
    /// Of one that has joined: what the run has it take over.
    pub settings: Option<Settings>,
}

/// A run that has begun.
pub struct Started {
    /// What main may know.
    pub world: World,
    /// How main talks to the comm thread.
    pub hub: Arc<Hub>,
    /// The comm thread.
    pub serving: Serving,
    /// Those that this process may use.
    pub cores: Cores,
}

/// A comm thread at work.
pub struct Serving {
    over: Receiver<u8>,
    thread: JoinHandle<u8>,
}

impl Serving {
    /// Waits until no rank has more to say, and gives the run's exit code. The MPI library may take a while to
    /// finalize after that; not all of it is there where the launcher was told to end.
    pub fn over(&self) -> Option<u8> {
        self.over.recv().ok()
    }

    /// Waits for the end of the thread, which gives the same code.
    pub fn join(self) -> Option<u8> {
        self.thread.join().ok()
    }
}

/// Starts the comm thread, and waits until all ranks are there.
///
/// # Errors
/// When the launcher and the MPI library do not fit, or a rank does not come up.
pub fn start(
    wanted: Option<u32>,
    quiet: bool,
    traced: bool,
    stopping: Stopping,
    joining: Joining,
) -> Result<Started, (Error, bool)> {
    let launcher = launcher::detect();
    let tell = launcher.as_ref().is_none_or(Launcher::is_first);
    let hub = Arc::new(Hub::new(traced));
    let (begun, receiver) = mpsc::channel();
    let (sender, over) = mpsc::channel();
    let reply = Reply {
        begun,
        over: sender,
    };
    let cores = cores::look();
    let hello = hello(wanted, cores.clone());
    let thread = thread::Builder::new().name("grange-comm".into());
    let service = {
        let hub = hub.clone();
        thread.spawn(move || {
            hub.waker.is_me();
            let stopping = stopping.under(launcher.as_ref());
            let manner = Manner {
                quiet,
                stopping,
                joining,
            };
            serve(launcher, hello, manner, hub, &reply)
        })
    };
    let thread = service.map_err(|e| (Error::from(e), tell))?;
    let serving = Serving { over, thread };
    match receiver.recv() {
        Ok(Ok(world)) => Ok(Started {
            world,
            hub,
            serving,
            cores,
        }),
        Ok(Err(error)) => {
            let _ = serving.join();
            Err((error, tell))
        }
        Err(_) => Err((Error::Launch("the comm thread did not start".into()), tell)),
    }
}

/// Threads of a process that computes alone, as far as is known before it begins.
pub fn threads(wanted: Option<u32>) -> u32 {
    let hello = hello(wanted.or_else(layout::wanted), cores::look());
    layout::divide(std::slice::from_ref(&hello)).threads[0]
}

/// The name of this host.
pub fn host() -> String {
    hostname::get().map_or_else(|_| "localhost".into(), |h| h.to_string_lossy().into_owned())
}

fn hello(wanted: Option<u32>, cores: Cores) -> Hello {
    Hello {
        host: host(),
        node: 0,
        cores: cores.mine,
        node_cores: cores.node,
        quota: cores.quota,
        wanted: wanted.unwrap_or(0),
        build: concat!("grange ", env!("CARGO_PKG_VERSION")).to_owned(),
        process: Process::me(),
    }
}

/// What main waits for.
struct Reply {
    begun: Sender<Result<World, Error>>,
    over: Sender<u8>,
}

struct Manner {
    /// Hints are silenced.
    quiet: bool,
    /// How the run may be stopped.
    stopping: Stopping,
    /// Who may join it, or which it joins.
    joining: Joining,
}

fn serve(
    launcher: Option<Launcher>,
    hello: Hello,
    manner: Manner,
    hub: Arc<Hub>,
    reply: &Reply,
) -> u8 {
    if let Some(place) = manner.joining.place()
        && launcher
            .as_ref()
            .is_none_or(|l| l.size.is_none_or(|size| size <= 1))
    {
        return serve_guest(&place, hello, &manner, hub, reply);
    }
    match launcher {
        None => serve_solo(hello, manner, hub, reply),
        #[cfg(feature = "mpi")]
        Some(launcher) => ranks::serve(&launcher, hello, manner, hub, reply),
        #[cfg(not(feature = "mpi"))]
        Some(launcher) => {
            let size = launcher.size.unwrap_or(1);
            if size <= 1 {
                return serve_solo(hello, manner, hub, reply);
            }
            let text = format!(
                "{} started {size} processes, but this program is built without MPI (feature `mpi`): each would be \
                 a run of its own",
                launcher.name
            );
            let _ = reply.begun.send(Err(Error::Launch(text)));
            2
        }
    }
}

/// Where others come in, if they may.
fn doors(manner: &Manner, world: &World, hub: &Hub) -> Result<Option<Doors>, Error> {
    if !manner.joining.is_open() || world.rank != 0 {
        return Ok(None);
    }
    let waker = hub.waker.clone();
    Doors::open(&manner.joining, world, &build()?, manner.quiet, waker).map(Some)
}

/// Joins the run at `place`, as one more of its ranks.
fn serve_guest(place: &Place, hello: Hello, manner: &Manner, hub: Arc<Hub>, reply: &Reply) -> u8 {
    let Layout { threads, .. } = layout::divide(std::slice::from_ref(&hello));
    visit::end_with_server();
    let host = greeting::presentable(&hello.host);
    let joined = knock(manner, &threads, &host)
        .and_then(|knock| guest::join(&manner.joining, place, &knock, &hub.waker));
    let (admission, mailer) = match joined {
        Ok(joined) => joined,
        Err(error) => {
            let code = error.code();
            let _ = reply.begun.send(Err(error));
            return code;
        }
    };
    let world = guest::world(admission, threads[0], &host);
    let hosts = world.hosts.clone();
    let _ = reply.begun.send(Ok(world));
    let mut service = Service::new(Peers::new(mailer), hosts.clone(), hub, None);
    service.visits(&hosts[0], manner.stopping.grace, limit(manner));
    let (code, main_is_out) = service.run();
    if !main_is_out {
        std::process::exit(i32::from(code));
    }
    let _ = reply.over.send(code);
    code
}

/// What a job with ranks of so many threads says of itself.
fn knock(manner: &Manner, threads: &[u32], host: &str) -> Result<Knock, Error> {
    Ok(Knock {
        build: build()?,
        program: manner.joining.program.clone(),
        host: host.to_owned(),
        threads: threads.iter().sum(),
        ranks: threads.len() as u32,
    })
}

/// How long a job that joins may stay. The end of its Slurm job counts as well: it has nothing of its own to lose.
fn limit(manner: &Manner) -> Option<Duration> {
    let limits = [manner.stopping.limit, manner.stopping.allotted];
    limits.into_iter().flatten().min()
}

fn serve_solo(hello: Hello, manner: Manner, hub: Arc<Hub>, reply: &Reply) -> u8 {
    let Layout { threads, hints } = layout::divide(std::slice::from_ref(&hello));
    let world = World {
        rank: 0,
        ranks: 1,
        threads: Arc::new(threads),
        hosts: Arc::new(vec![hello.host]),
        hints,
        settings: None,
    };
    let presence = Presence::new(vec![None]);
    let doors = match doors(&manner, &world, &hub) {
        Ok(doors) => doors,
        Err(error) => {
            let code = error.code();
            let _ = reply.begun.send(Err(error));
            return code;
        }
    };
    let lead = Lead::new(&world, presence, manner.quiet, manner.stopping);
    let hosts = world.hosts.clone();
    let _ = reply.begun.send(Ok(world));
    let mailer = Peers::new(Mailer::new(Solo, "", 0));
    let mut service = Service::new(mailer, hosts, hub, Some(lead));
    doors.into_iter().for_each(|doors| service.open(doors));
    let (code, main_is_out) = service.run();
    if !main_is_out {
        progress::clear();
        std::process::exit(i32::from(code));
    }
    let _ = reply.over.send(code);
    code
}
