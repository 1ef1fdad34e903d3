//! A deterministic simulator: the engine in virtual time, with faults.
//!
//! A [`Scenario`] says everything about a run, its seed included; [`Scenario::run`] plays it with
//! the same coordinators that run under MPI. Ranks of different speeds compute blocks of grains,
//! messages take random times, ranks die, fall silent or never return a grain, results arrive
//! twice. On the way and at the end the promises are checked:
//!
//! - every grain counts exactly once;
//! - the result's bits are those of the serial run;
//! - the run ends within a bound that follows from the best possible time and the time that
//!   noticing and making good each fault may take;
//! - the ledger's memory grows with the gaps.
//!
//! The same scenario always gives the same run.
//!
//! ```
//! use grange::simulate::Scenario;
//! let report = Scenario::random(7).run()?;
//! assert!(report.time <= report.bound);
//! # Ok::<(), grange::simulate::Broken>(())
//! ```
//!
//! | file | concept |
//! | --- | --- |
//! | `scenario` | a run as data |
//! | `faults` | what goes wrong, as data |
//! | `load` | what grains cost and what they give |
//! | `block` | a lease at a rank and what threads have taken of it |
//! | `rank` | threads and the agent of one rank |
//! | `site` | coordinators and who is below whom |
//! | `world` | the event loop |
//! | `ledger` | what rank 0 keeps, and the checks |
//! | `bound` | how long a run may take |
//! | `mutation` | deliberate mistakes, to show that the checks find them |

mod block;
mod bound;
mod faults;
mod ledger;
mod load;
mod message;
mod mutation;
mod queue;
mod random;
mod rank;
mod scenario;
mod site;
mod world;

pub use faults::Faults;
pub use ledger::Broken;
pub use load::{Costs, Load};
pub use mutation::Mutation;
pub use random::Random;
pub use scenario::{Scenario, Task};

use crate::engine::Time;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All work was done.
    Finished,
    /// The deadline passed.
    Expired,
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
        world::World::new(self).greedy()
    }

    /// Plays the run.
    ///
    /// # Errors
    /// The first promise that the run broke.
    pub fn run(&self) -> Result<Report, Broken> {
        world::World::new(self).run()
    }
}
