//! What may happen to a run.

use crate::dice::Dice;
use crate::support::left::signal;
use crate::support::ranks;
use crate::support::run::Running;
use std::thread;
use std::time::{Duration, Instant};

/// A launcher has nothing to wait for once its last process has been gone for so long.
const FORSAKEN: Duration = Duration::from_secs(10);
/// How often that is looked for.
const LOOK: Duration = Duration::from_millis(20);

const INT: i32 = 2;
const KILL: i32 = 9;
const USR1: i32 = 10;
const TERM: i32 = 15;
const CONT: i32 = 18;
const STOP: i32 = 19;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Harm {
    /// `kill -9` of a rank that is not rank 0.
    KillWorker,
    /// `kill -9` of rank 0.
    KillLead,
    /// `kill -9` of the launcher.
    KillLauncher,
    /// `kill -9` of everything.
    KillAll,
    /// The launcher gets it.
    Signal(i32),
    /// A rank gets it.
    SignalRank(i32),
    /// A rank stands still for some time.
    Stop,
    /// A rank stands still, and then everything is killed.
    StopAndKill,
}

pub const ALL: [Harm; 11] = [
    Harm::KillWorker,
    Harm::KillLead,
    Harm::KillLauncher,
    Harm::KillAll,
    Harm::Signal(TERM),
    Harm::Signal(INT),
    Harm::Signal(USR1),
    Harm::SignalRank(TERM),
    Harm::SignalRank(USR1),
    Harm::Stop,
    Harm::StopAndKill,
];

impl Harm {
    /// Whether the run is to end with a code of ours: the launcher's is its own.
    pub fn is_gentle(self, launched: bool) -> bool {
        match self {
            Harm::Signal(USR1) | Harm::SignalRank(_) | Harm::Stop => true,
            Harm::Signal(_) => !launched,
            _ => false,
        }
    }

    /// Does it to a run that may be over already.
    pub fn happen(self, run: &Running, dice: &mut Dice) {
        let ranks = ranks::of(run, "work");
        let Some(&(_, any)) = ranks.get(dice.below(ranks.len().max(1) as u64) as usize) else {
            return;
        };
        let lead = ranks.iter().find(|(rank, _)| *rank == 0).map(|r| r.1);
        let worker = ranks.iter().find(|(rank, _)| *rank > 0).map(|r| r.1);
        let kill_all = || run.processes().iter().for_each(|&(id, _)| signal(id, KILL));
        match self {
            Harm::KillWorker => signal(worker.unwrap_or(any), KILL),
            Harm::KillLead => signal(lead.unwrap_or(any), KILL),
            Harm::KillLauncher => signal(run.id() as i32, KILL),
            Harm::KillAll => kill_all(),
            Harm::Signal(number) => signal(run.id() as i32, number),
            Harm::SignalRank(number) => signal(any, number),
            Harm::Stop => {
                signal(any, STOP);
                thread::sleep(Duration::from_millis(dice.below(400)));
                signal(any, CONT);
            }
            Harm::StopAndKill => {
                signal(any, STOP);
                thread::sleep(Duration::from_millis(dice.below(200)));
                kill_all();
            }
        }
    }
}

/// Waits until a run that was harmed is over, `until` then at most. Open MPI 4.1's launcher at times waits for ever
/// for a rank that was killed while it connected: a launcher that is left alone is killed, as `scripts/run` does it.
pub fn outlast(run: &Running, until: Instant) {
    let mut alone = None;
    while Instant::now() < until {
        match &run.processes()[..] {
            [] => return,
            [(id, _)] if *id == run.id() as i32 => {
                let since: &mut Instant = alone.get_or_insert_with(Instant::now);
                if since.elapsed() > FORSAKEN {
                    println!("the launcher waits for ranks that are gone: killed");
                    return signal(*id, KILL);
                }
            }
            _ => alone = None,
        }
        thread::sleep(LOOK);
    }
}
