//! Under a launcher: from the start of MPI to its end.
//!
//! MPI has a thread of its own, and this one watches it: no call of the library is waited for without a limit.

use super::facts::{Facts, Trouble};
use super::starter::{Starter, openmpi_major};
use super::survey::Survey;
use super::{Args, alone, follower, leader, tell};
use grange::Error;
use grange::machine::{self, Launcher, Link};
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// More than all that rank 0 waits for together.
const TALK: Duration = Duration::from_secs(45);
/// `MPI_Finalize` hangs where a rank is not there.
const END: Duration = Duration::from_secs(5);
/// The last letters take no longer.
const DRAIN: Duration = Duration::from_secs(1);

/// What the MPI thread is through with.
enum Stage {
    /// MPI has started.
    Started,
    /// All is told; this is the exit code.
    Told(u8),
    /// The ranks did not come together.
    Broken(Trouble),
    /// MPI is finalized.
    Over,
}

/// Looks at all ranks; rank 0 tells.
pub fn run(args: Args, facts: &Facts, launcher: &Launcher) -> ExitCode {
    // What is told where MPI cannot be asked who is who.
    let (rank, known) = (launcher.rank.unwrap_or(0), facts.clone());
    let broken = move |trouble| match rank {
        0 => alone(args, known.clone(), Some(trouble)),
        // A launcher ends all at the first that fails, and rank 0 has not told why yet.
        _ => 0,
    };
    if rank == 0 && facts.starter == Starter::Srun {
        warn(facts);
    }
    let (sender, stages) = mpsc::channel();
    let (started, known) = (launcher.size, facts.clone());
    let thread = thread::Builder::new().name("grange-comm".into());
    if let Err(error) = thread.spawn(move || talk(args, started, known, &sender)) {
        return ExitCode::from(broken(Trouble::Failed(error.to_string())));
    }
    let (mut limit, mut at, mut told) = (args.patience, "MPI_Init", None);
    loop {
        let stage = match stages.recv_timeout(limit) {
            Ok(Stage::Over) => return ExitCode::from(told.unwrap_or(3)),
            Ok(stage) => stage,
            Err(why) => machine::leave(told.unwrap_or_else(|| {
                broken(match why {
                    RecvTimeoutError::Timeout => Trouble::Hangs(at),
                    RecvTimeoutError::Disconnected => {
                        Trouble::Failed("its thread ended before its time".into())
                    }
                })
            })),
        };
        match stage {
            Stage::Started => {
                (limit, at) = (TALK, "sending or receiving");
            }
            Stage::Told(code) => (limit, told) = (END, Some(code)),
            Stage::Broken(trouble) => {
                (limit, told) = (END, Some(broken(trouble)));
            }
            Stage::Over => {}
        }
    }
}

/// Open MPI ends the process where srun gives it no PMIx, so this is told first.
fn warn(facts: &Facts) {
    let name = facts.library.as_ref().map_or("", |library| &library.name);
    if openmpi_major(name).is_some() && std::env::var_os("PMIX_RANK").is_none() {
        let text = "grange: hint: srun offers no PMIx here; should MPI_Init fail, add --mpi=pmix";
        // Nobody being there to read it changes nothing.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

fn talk(args: Args, started: Option<u32>, facts: Facts, stages: &Sender<Stage>) {
    // The other end outlives this thread.
    let stage = |stage| drop(stages.send(stage));
    let mut link = match Link::start() {
        Ok(link) => link,
        Err(error) => {
            stage(Stage::Broken(Trouble::Failed(error.to_string())));
            return stage(Stage::Over);
        }
    };
    stage(Stage::Started);
    let world = link.size();
    match started {
        Some(started) if started != world => {
            stage(Stage::Broken(Trouble::Apart { started, world }));
        }
        _ if link.rank() == 0 => {
            let (code, all_here) = lead(args, facts, &mut link);
            stage(Stage::Told(code));
            if !all_here {
                // They would never finalize, and nobody could. A launcher ends all when one leaves like this;
                // told by MPI_Abort to, Open MPI's crashes at times.
                machine::leave(code);
            }
        }
        _ => {
            let code = match follower::follow(&mut link) {
                Ok(code) => code,
                Err(error) => complain(link.rank(), &error),
            };
            drain(&mut link);
            stage(Stage::Told(code));
        }
    }
    drop(link);
    stage(Stage::Over);
}

/// Asks all ranks, tells, and sends them off. Gives the exit code, and whether all ranks were there.
fn lead(args: Args, mut facts: Facts, link: &mut Link) -> (u8, bool) {
    facts.thread_level = Some(link.thread_level().into());
    let own = Survey::look(0, link.node());
    if let Err(error) = leader::lead(link, &mut facts, own) {
        facts.trouble = Some(Trouble::Failed(error.to_string()));
    }
    let code = tell(args, &facts);
    leader::send_off(link, code);
    drain(link);
    let all_here = facts.surveys.iter().all(Option::is_some) && facts.trouble.is_none();
    (code, all_here)
}

/// Only the first of the others says that rank 0 is gone.
fn complain(rank: u32, error: &Error) -> u8 {
    if rank == 1 {
        let _ = writeln!(io::stderr(), "grange: error: rank {rank}: {error}");
    }
    3
}

/// Lets the last letters leave.
fn drain(link: &mut Link) {
    let since = Instant::now();
    while !link.is_sent() && since.elapsed() < DRAIN {
        thread::sleep(Duration::from_micros(200));
    }
}
