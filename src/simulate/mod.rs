//! A deterministic simulator: the engine in virtual time, with faults.
//!
//! A [`Scenario`] says everything about a session, its seed included; [`Scenario::run`] plays it
//! with the same coordinators that run under MPI. Ranks of different speeds compute blocks of
//! grains, messages take random times, ranks die, fall silent or never return a grain, their clocks
//! leap, messages arrive twice. A [`Story`] is up to four sessions of the same work: rank 0 dies
//! between any two events or is told to stop, checkpoints are written, damaged or never written,
//! and the next session goes on from the last good one on other ranks, while messages of the former
//! one still arrive. On the way and at the end the promises are checked:
//!
//! - every grain counts exactly once, and was computed;
//! - the result's bits are those of the serial run, a search gives the leftmost hit;
//! - every session ends within a bound that follows from the best possible time and the time that
//!   noticing and making good each fault may take;
//! - what is done is not leased again, and what was in the checkpoint is not computed again;
//! - a session begins with the last good checkpoint, if no two writes in a row went wrong;
//! - a session that is told to stop keeps what its ranks have done;
//! - the ledger's memory grows with the gaps.
//!
//! The same story always goes the same way.
//!
//! ```
//! use grange::simulate::Story;
//! for session in Story::random(7).run()? {
//!     assert!(session.time <= session.bound);
//! }
//! # Ok::<(), grange::simulate::Broken>(())
//! ```
//!
//! | file | concept |
//! | --- | --- |
//! | `story` | sessions, one after the other, and what outlives them |
//! | `scenario` | a session as data |
//! | `faults` | what goes wrong in it, as data |
//! | `load` | what grains cost and what they give |
//! | `block` | a lease at a rank and what threads have taken of it |
//! | `rank` | threads and the agent of one rank |
//! | `giving` | what it returns and gives back |
//! | `site` | coordinators and who is below whom |
//! | `world` | a session, its event loop and its end |
//! | `opening` | how it begins |
//! | `event`, `queue` | what may happen next, in order of time |
//! | `dispatch` | who handles an event |
//! | `mail` | messages on their way |
//! | `arrival` | what arrives at coordinators |
//! | `orders` | what coordinators decide |
//! | `caller` | rank 0's main thread: results, hits, snapshots |
//! | `stopping` | a signal, and what members report after it |
//! | `ledger` | what rank 0 keeps, and the checks |
//! | `store` | its values, and snapshots of them |
//! | `writer` | checkpoints on their way to the disk |
//! | `disk` | two generations of them |
//! | `bound` | how long a run may take |
//! | `broken` | how a run may break a promise |
//! | `mutation` | deliberate mistakes, to show that the checks find them |
//! | `sabotage` | those of the engine |

mod arrival;
mod block;
mod bound;
mod broken;
mod caller;
mod disk;
mod dispatch;
mod event;
mod faults;
mod giving;
mod ledger;
mod load;
mod mail;
mod message;
mod mutation;
mod opening;
mod orders;
mod queue;
mod random;
mod rank;
mod sabotage;
mod scenario;
mod site;
mod stopping;
mod store;
mod story;
mod world;
mod writer;

pub use broken::Broken;
pub use faults::Faults;
pub use load::{Costs, Load};
pub use mutation::Mutation;
pub use random::Random;
pub use scenario::{Ending, Saves, Scenario, Task};
pub use story::Story;

use crate::engine::Time;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All work was done.
    Finished,
    /// The deadline passed.
    Expired,
    /// Rank 0 died.
    Died,
    /// It was told to stop.
    Stopped,
}

/// What a simulated run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How it ended; nothing while it runs.
    pub end: Option<End>,
    /// Virtual time it took, in nanoseconds.
    pub time: Time,
    /// The best possible time at the ranks' speeds for somebody who knows what every grain costs,
    /// in nanoseconds: everybody busy to the end, or the longest grain.
    pub best: Time,
    /// The time that it was allowed, in nanoseconds.
    pub bound: Time,
    /// What all grains cost at speed 1, in nanoseconds.
    pub work: f64,
    /// Speeds of all threads together; 1 is one usual thread.
    pub speed: f64,
    /// Events simulated.
    pub events: u64,
    /// Messages that arrived at coordinators.
    pub messages: u64,
    /// Leases given, by coordinators of all levels.
    pub leases: u64,
    /// Returns that arrived at rank 0.
    pub returns: u64,
    /// Recalls sent.
    pub recalls: u64,
    /// Spans found overdue.
    pub overdue: u64,
    /// Spans found suspect.
    pub suspects: u64,
    /// The number of the checkpoint that it began with.
    pub loaded: Option<u64>,
    /// That was not the newest one, which is damaged.
    pub fell_back: bool,
    /// Checkpoints written as they should be.
    pub saved: u64,
    /// Checkpoints damaged while they were written.
    pub torn: u64,
    /// Checkpoints that were never written.
    pub lost: u64,
    /// Messages of former sessions that arrived.
    pub old_messages: u64,
    /// Ranks that died.
    pub deaths: u64,
    /// Clocks that leapt.
    pub leaps: u64,
    /// Most leases out at the coordinator at one time.
    pub outstanding: usize,
    /// Most nodes in the ledger at one time.
    pub peak_nodes: usize,
}

impl Report {
    /// Useful work over what all ranks could have done in the time, from 0 to 1.
    pub fn efficiency(&self) -> f64 {
        self.work / (self.speed * self.time.max(1) as f64)
    }

    /// The best possible time over the time taken, from 0 to 1.
    pub fn of_best(&self) -> f64 {
        self.best as f64 / self.time.max(1) as f64
    }
}

impl Scenario {
    /// How long the run would take if every free thread took the next grain at once: without
    /// messages, leases and faults, but also without knowing what grains cost. No schedule that
    /// does not know it can do better, but by luck.
    pub fn greedy(&self) -> Time {
        world::World::new(self, story::Past::default()).greedy()
    }

    /// Plays the run.
    ///
    /// # Errors
    /// The first promise that the run broke.
    pub fn run(&self) -> Result<Report, Broken> {
        let (report, _) = world::World::new(self, story::Past::default()).run()?;
        Ok(report)
    }
}
