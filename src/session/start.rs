//! How a run begins: alone or under a launcher, on which cores, with how many threads.

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
    if let Some(place) = manner.joining.place() {
        visit::end_with_server();
        let several = launcher.filter(|l| l.size.is_some_and(|size| size > 1));
        if let Some(launcher) = several {
            let text = format!(
                "{} started several processes, and a run is joined by one at a time: start what joins without it, \
                 once a node",
                launcher.name
            );
            let _ = reply.begun.send(Err(Error::Usage(text)));
            return 2;
        }
        return serve_guest(&place, hello, &manner, hub, reply);
    }
    match launcher {
        None => serve_solo(hello, manner, hub, reply),
        #[cfg(feature = "mpi")]
        Some(launcher) => with_mpi::serve(&launcher, hello, manner, hub, reply),
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
    let joined = build().and_then(|build| {
        let knock = Knock {
            build,
            program: manner.joining.program.clone(),
            host: greeting::presentable(&hello.host),
            threads: threads[0],
        };
        guest::join(&manner.joining, place, &knock, &hub.waker)
    });
    let (world, mailer) = match joined {
        Ok(joined) => joined,
        Err(error) => {
            let code = error.code();
            let _ = reply.begun.send(Err(error));
            return code;
        }
    };
    let hosts = world.hosts.clone();
    let _ = reply.begun.send(Ok(world));
    let mut service = Service::new(Peers::new(mailer), hosts, hub, None);
    // The end of a Slurm job counts as well: a joiner has nothing of its own to lose.
    let limits = [manner.stopping.limit, manner.stopping.allotted];
    let limit = limits.into_iter().flatten().min();
    service.visits(manner.stopping.grace, limit);
    let (code, main_is_out) = service.run();
    if !main_is_out {
        std::process::exit(i32::from(code));
    }
    let _ = reply.over.send(code);
    code
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

#[cfg(feature = "mpi")]
mod with_mpi {
    use super::*;
    use crate::comm::Transport;
    use crate::comm::backoff::{Backoff, Waker};
    use crate::comm::mail::Arrival;
    use crate::comm::mpi::{MpiTransport, leaving};
    use crate::say;
    use crate::session::hub::Local;
    use crate::wire::message::{Msg, Welcome};
    use crate::wire::rope::Rope;
    use std::sync::Mutex;
    use std::sync::mpsc::RecvTimeoutError;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    /// `MPI_Init` has synchronized the ranks already; what is left takes milliseconds.
    const ASSEMBLY: Duration = Duration::from_secs(60);
    /// `MPI_Finalize` may hang where a rank died.
    const FINALIZE: Duration = Duration::from_secs(10);

    pub fn serve(
        launcher: &Launcher,
        mut hello: Hello,
        manner: Manner,
        hub: Arc<Hub>,
        reply: &Reply,
    ) -> u8 {
        let transport = match MpiTransport::start(launcher) {
            Ok(transport) => transport,
            Err(error) => {
                let _ = reply.begun.send(Err(error));
                return 2;
            }
        };
        hello.node = transport.node();
        let mut mailer = Mailer::new(transport, &hello.host, 0);
        let (world, processes) = match assemble(&mut mailer, hello, &hub.waker) {
            Ok(assembled) => assembled,
            Err(error) => {
                say::error(&format_args!("rank {}: {error}", mailer.rank()));
                mailer.transport().abort(error.code());
            }
        };
        // The handler waits on the other end: it is dropped when all is over.
        let (over, is_over) = mpsc::channel::<()>();
        arm(&hub, is_over);
        let doors = match doors(&manner, &world, &hub) {
            Ok(doors) => doors,
            Err(error) => {
                say::error(&error);
                mailer.transport().abort(error.code());
            }
        };
        let presence = Presence::new(processes);
        let (quiet, stopping) = (manner.quiet, manner.stopping);
        let lead = (world.rank == 0).then(|| Lead::new(&world, presence, quiet, stopping));
        let hosts = world.hosts.clone();
        let _ = reply.begun.send(Ok(world));
        let mut service = Service::new(Peers::new(mailer), hosts, hub, lead);
        doors.into_iter().for_each(|doors| service.open(doors));
        let (code, main_is_out) = service.run();
        if main_is_out {
            let _ = reply.over.send(code);
        }
        let finalized = watch(code);
        drop(service);
        if !main_is_out {
            leaving::now(code);
        }
        drop(finalized);
        drop(over);
        leaving::disarm();
        code
    }

    /// Everybody says hello; rank 0 divides the cores and answers. It also has the processes of the ranks
    /// on its machine.
    fn assemble(
        mailer: &mut Mailer<MpiTransport>,
        hello: Hello,
        waker: &Arc<Waker>,
    ) -> Result<(World, Vec<Option<Process>>), Error> {
        let (rank, size) = (mailer.rank(), mailer.size());
        let mut backoff = Backoff::new(true);
        let since = Instant::now();
        let mut wait = |what: &str| {
            if since.elapsed() > ASSEMBLY {
                return Err(Error::Launch(format!(
                    "{what} did not come up within {} s",
                    ASSEMBLY.as_secs()
                )));
            }
            backoff.wait(false);
            Ok(())
        };
        if rank > 0 {
            mailer.send(0, &Msg::Hello(hello), Rope::new())?;
            loop {
                match mailer.receive()? {
                    Some(Arrival::Letter(letter)) => {
                        if let Msg::Welcome(w) = letter.msg {
                            if w.threads.len() != size as usize {
                                return Err(Error::Damaged(format!(
                                    "rank 0 takes the run for one of {} ranks, and it has {size}",
                                    w.threads.len()
                                )));
                            }
                            mailer.set_session(w.session);
                            let transport = mailer.transport();
                            transport.install_doorbell(w.session, &w.hosts, waker.clone());
                            let world = world(rank, w.threads, w.hosts, Vec::new());
                            return Ok((world, Vec::new()));
                        }
                    }
                    Some(Arrival::Part(_)) => {}
                    None => wait("rank 0")?,
                }
            }
        }
        let mut hellos: Vec<Option<Hello>> = vec![None; size as usize];
        hellos[0] = Some(hello);
        while let Some(missing) = hellos.iter().position(Option::is_none) {
            match mailer.receive()? {
                Some(Arrival::Letter(letter)) => {
                    if let Msg::Hello(hello) = letter.msg {
                        hellos[letter.from as usize] = Some(hello);
                    }
                }
                Some(Arrival::Part(_)) => {}
                None => wait(&format!("rank {missing}"))?,
            }
        }
        let hellos: Vec<Hello> = hellos.into_iter().flatten().collect();
        if let Some(other) = hellos.iter().position(|h| h.build != hellos[0].build) {
            let (a, b) = (&hellos[0].build, &hellos[other].build);
            return Err(Error::Launch(format!(
                "rank 0 runs {a}, rank {other} runs {b}: start the same program everywhere"
            )));
        }
        let Layout { threads, hints } = layout::divide(&hellos);
        let processes = hellos.iter().map(|h| h.process.here()).collect();
        let hosts: Vec<String> = hellos.into_iter().map(|h| h.host).collect();
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos() as u64;
        let session = time ^ u64::from(std::process::id()).rotate_left(48);
        // Before anybody can ring it.
        mailer
            .transport()
            .install_doorbell(session, &hosts, waker.clone());
        for to in 1..size {
            let welcome = Welcome {
                session,
                threads: threads.clone(),
                hosts: hosts.clone(),
            };
            mailer.send(to, &Msg::Welcome(welcome), Rope::new())?;
        }
        mailer.set_session(session);
        Ok((world(rank, threads, hosts, hints), processes))
    }

    fn world(rank: u32, threads: Vec<u32>, hosts: Vec<String>, hints: Vec<String>) -> World {
        World {
            rank,
            ranks: threads.len(),
            threads: Arc::new(threads),
            hosts: Arc::new(hosts),
            hints,
            settings: None,
        }
    }

    /// When the user's code leaves by `exit`, the others are told before the process goes.
    fn arm(hub: &Arc<Hub>, is_over: mpsc::Receiver<()>) {
        let hub = hub.clone();
        let is_over = Mutex::new(is_over);
        leaving::arm(move || {
            hub.send(Local::Left);
            // The comm thread leaves the process when the run is over; this only bounds the wait.
            let ended = crate::exec::lock(&is_over).recv_timeout(FINALIZE);
            if !matches!(ended, Err(RecvTimeoutError::Disconnected)) {
                leaving::now(4);
            }
        });
    }

    /// Leaves with `code` if finalizing takes too long, unless what this returns is dropped first.
    fn watch(code: u8) -> Sender<()> {
        let (finalized, is_finalized) = mpsc::channel();
        let _ = thread::Builder::new()
            .name("grange-watchdog".into())
            .spawn(move || {
                if is_finalized.recv_timeout(FINALIZE) == Err(RecvTimeoutError::Timeout) {
                    leaving::now(code);
                }
            });
        finalized
    }
}
