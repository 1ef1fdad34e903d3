//! A run to simulate, as data.

use super::faults::Faults;
use super::load::{Costs, Load};
use super::mutation::Mutation;
use super::random::Random;
use crate::engine::schedule::{Kind, Schedule};
use crate::engine::{MILLISECOND, Time};

/// Which kind of work a run has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// A range reduced to one value.
    Reduce,
    /// Results are consumed in order, at most `window` grains ahead, `each` nanoseconds a grain.
    Stream {
        /// How many grains beyond the last consumed one may be leased.
        window: u64,
        /// How long the consumer takes for one grain's result.
        each: Time,
    },
    /// The run ends with the leftmost hit, which is this grain; there are others right of it.
    Find {
        /// The leftmost grain that is hit; none if it is not below the number of grains.
        hit: u64,
    },
    /// Side effects only.
    Each,
    /// Jobs, submitted in this many portions over this much time, with random priorities.
    Jobs {
        /// Portions.
        portions: u64,
        /// Time from the first to the last portion, in nanoseconds.
        over: Time,
    },
}

/// How a session ends before its work does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// Rank 0 dies, and the others with it, between two events: the first two after this time and
    /// this number of events.
    Death {
        /// Virtual time, in nanoseconds.
        after: Time,
        /// Number of events.
        events: u64,
    },
    /// A signal to rank 0: members give back what they have not begun and report what is done.
    Signal {
        /// When it comes, in nanoseconds.
        at: Time,
        /// Who has not reported after this time is abandoned.
        grace: Time,
    },
}

/// How a session's checkpoints are written, in nanoseconds and probabilities of one write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saves {
    /// Time between snapshots.
    pub every: Time,
    /// What a write takes.
    pub takes: Time,
    /// The new generation is damaged.
    pub torn: f64,
    /// It never happens, and nobody notices.
    pub lost: f64,
    /// It takes 20 times longer.
    pub slow: f64,
}

/// Everything that determines a simulated run, which is one session.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Seed of the work, and with `session` of everything random.
    pub seed: u64,
    /// Which session of the work it is, from 0; messages carry that number.
    pub session: u32,
    /// How it ends early.
    pub ending: Option<Ending>,
    /// How checkpoints are written; none are without.
    pub saves: Option<Saves>,
    /// How many ranks, at least 1; rank 0 coordinates and computes.
    pub ranks: u32,
    /// Threads of a rank are between 1 and this.
    pub threads: u64,
    /// Speeds of ranks differ by this much, around 1.
    pub spread: f64,
    /// Members of a sub-coordinator, by level from the ranks up; empty without sub-coordinators.
    pub groups: Vec<u32>,
    /// The kind of work.
    pub task: Task,
    /// How many grains.
    pub grains: u64,
    /// How costs vary.
    pub load: Load,
    /// Mean cost of a grain at speed 1, in nanoseconds.
    pub mean: Time,
    /// How large leases are.
    pub schedule: Schedule,
    /// Usual time of a message, in nanoseconds.
    pub latency: Time,
    /// Mean of a message's random additional time, in nanoseconds.
    pub jitter: Time,
    /// What a message costs the coordinator that sends or receives it, in nanoseconds.
    pub message_cost: Time,
    /// Into how many blocks a thread's share of a lease is cut, at least.
    pub blocks: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// A grain that no rank ever finishes.
    pub poison: Option<u64>,
    /// When the run must be over, in nanoseconds.
    pub deadline: Option<Time>,
    /// Whether values are computed and checked.
    pub values: bool,
    /// A mistake to be found.
    pub mutation: Option<Mutation>,
}

impl Scenario {
    /// A run without faults: uniform grains of 1 ms, one thread a rank, no groups, 20 µs messages.
    pub fn plain(ranks: u32, grains: u64) -> Self {
        Scenario {
            seed: 0,
            session: 0,
            ending: None,
            saves: None,
            ranks,
            threads: 1,
            spread: 0.0,
            groups: Vec::new(),
            task: Task::Reduce,
            grains,
            load: Load::Uniform,
            mean: MILLISECOND,
            schedule: Schedule::default(),
            latency: 20_000,
            jitter: 0,
            message_cost: 1_000,
            blocks: 8,
            faults: Faults::none(),
            poison: None,
            deadline: None,
            values: true,
            mutation: None,
        }
    }

    /// A random small run with random faults: 1 to 40 ranks, up to 2,000 grains, any schedule and
    /// kind of work, up to three levels of coordinators.
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut scenario = Scenario::plain(1, 0);
        scenario.seed = seed;
        scenario.draw_work(&mut random);
        scenario.draw_ranks(&mut random);
        scenario
    }

    fn draw_work(&mut self, random: &mut Random) {
        let most = [20, 20, 200, 200, 2000][random.below(5) as usize];
        let grains = random.between(0, most);
        self.grains = grains;
        self.mean = [10_000, MILLISECOND, 20 * MILLISECOND][random.below(3) as usize];
        self.load = match random.below(3) {
            0 => Load::Uniform,
            1 => Load::Linear,
            _ => Load::HeavyTailed {
                alpha: 1.5,
                cap: 50.0,
            },
        };
        self.task = match random.below(7) {
            0 => Task::Stream {
                window: random.between(1, 300),
                each: random.below(MILLISECOND),
            },
            1 => Task::Find {
                hit: random.below(2 * grains + 1),
            },
            2 | 3 => Task::Jobs {
                portions: random.between(1, 30),
                over: random.below(500 * MILLISECOND),
            },
            4 => Task::Each,
            _ => Task::Reduce,
        };
    }

    /// Other ranks, other leases, other faults for the same work.
    pub(super) fn draw_ranks(&mut self, random: &mut Random) {
        let ranks = random.between(1, 40) as u32;
        let kinds = [
            Kind::Static,
            Kind::Dynamic,
            Kind::Guided,
            Kind::Trapezoid,
            Kind::Factoring,
            Kind::Adaptive,
        ];
        let kind = kinds[random.below(kinds.len() as u64) as usize];
        let chunk = random.chance(0.3).then(|| random.between(1, 50));
        self.ranks = ranks;
        self.schedule = Schedule { kind, chunk };
        self.groups = match random.below(4) {
            0 => vec![random.between(2, 10) as u32],
            1 => vec![random.between(2, 5) as u32, random.between(2, 4) as u32],
            _ => Vec::new(),
        };
        self.faults = match random.below(4) {
            0 => Faults::none(),
            _ => Faults::random(random, (2 * self.ideal()).max(MILLISECOND)),
        };
        self.threads = random.between(1, 4);
        self.spread = 1.0;
        self.latency = random.between(1_000, 200_000);
        self.jitter = random.below(200_000);
        self.message_cost = random.below(5_000);
        self.blocks = random.between(1, 8);
    }

    /// About the time it takes with one thread a rank.
    pub(super) fn ideal(&self) -> Time {
        self.grains * self.mean / u64::from(self.ranks)
    }

    /// What its grains cost.
    pub fn costs(&self) -> Costs {
        Costs::new(self.load, self.grains, self.mean, self.seed)
    }
}
