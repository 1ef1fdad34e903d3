//! A run of several ranks begins: they find each other, and rank 0 divides the cores.

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
use std::time::{Instant, SystemTime, UNIX_EPOCH};

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
    let part = match manner.joining.place() {
        Some(place) => job::join(&place, mailer, &world, processes, &manner, &hub),
        None => Ok(run(mailer, world, processes, manner, hub)),
    };
    let mut service = match part {
        Ok((service, world)) => {
            let _ = reply.begun.send(Ok(world));
            service
        }
        Err(error) => {
            let code = error.code();
            let _ = reply.begun.send(Err(error));
            drop(over);
            leaving::disarm();
            return code;
        }
    };
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

/// This rank's part in a run of its own.
fn run(
    mut mailer: Mailer<MpiTransport>,
    world: World,
    processes: Vec<Option<Process>>,
    manner: Manner,
    hub: Arc<Hub>,
) -> (Service<MpiTransport>, World) {
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
    let mut service = Service::new(Peers::new(mailer), world.hosts.clone(), hub, lead);
    doors.into_iter().for_each(|doors| service.open(doors));
    (service, world)
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
