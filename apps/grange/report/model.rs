//! A run's report, as every program of grange writes it. Times are in seconds.

pub use super::parts::{PARTS, Parts};

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};

/// What a run did.
#[derive(Clone, Debug, Deserialize)]
pub struct Report {
    /// The program's name.
    pub program: String,
    /// As they were typed.
    pub arguments: Vec<String>,
    /// Of grange, MPI and HDF5.
    pub versions: String,
    /// Unix time.
    #[serde(deserialize_with = "number")]
    pub started: f64,
    /// What the program left with.
    pub exit_code: i64,
    /// `done`, or an error's text.
    pub outcome: String,
    /// From begin to end.
    #[serde(deserialize_with = "number")]
    pub wall_seconds: f64,
    /// How many there were.
    pub ranks: u64,
    /// Of all ranks.
    pub threads: u64,
    /// Ranks that died or stood still.
    pub lost: Vec<u64>,
    /// By name.
    pub settings: Map<String, Value>,
    /// How much of the cores' time was of use.
    pub efficiency: Efficiency,
    /// What the cores' time went into.
    pub core_seconds: Parts,
    /// How long grains took.
    pub grain_seconds: Grains,
    /// The share of one core that rank 0 took to hand out work.
    #[serde(deserialize_with = "number")]
    pub coordinator_busy: f64,
    /// What cost most, if anything did.
    #[serde(default)]
    pub largest_loss: Option<Loss>,
    /// In order of ranks.
    pub per_rank: Vec<Rank>,
    /// In order.
    pub calls: Vec<Call>,
    /// Who worked when.
    pub spans: super::spans::Spans,
    /// What else happened.
    pub events: super::events::Events,
    /// What the program printed as results.
    pub results: Vec<Value>,
}

/// Shares; the first is the product of the others.
#[derive(Clone, Debug, Deserialize)]
pub struct Efficiency {
    /// Useful time as a share of all.
    #[serde(deserialize_with = "number")]
    pub parallel: f64,
    /// How even the work was.
    #[serde(deserialize_with = "number")]
    pub load_balance: f64,
    /// What messages left of the time.
    #[serde(deserialize_with = "number")]
    pub communication: f64,
    /// What beginnings and ends left of it.
    #[serde(deserialize_with = "number")]
    pub startup_tail: f64,
}

/// Times of grains.
#[derive(Clone, Debug, Deserialize)]
pub struct Grains {
    /// How many.
    pub count: u64,
    /// The median.
    #[serde(deserialize_with = "number")]
    pub p50: f64,
    /// Longer than 99 in 100.
    #[serde(deserialize_with = "number")]
    pub p99: f64,
    /// The maximum.
    #[serde(deserialize_with = "number")]
    pub longest: f64,
    /// Lower bound, upper bound, count.
    pub histogram: Vec<(f64, f64, u64)>,
}

/// What cost most.
#[derive(Clone, Debug, Deserialize)]
pub struct Loss {
    /// Which of the [`PARTS`].
    pub part: String,
    /// Of the cores' time.
    #[serde(deserialize_with = "number")]
    pub share: f64,
    /// In words.
    pub text: String,
}

/// A rank; seconds are those of all its threads.
#[derive(Clone, Debug, Deserialize)]
pub struct Rank {
    /// Its number.
    pub rank: u64,
    /// The machine.
    pub host: String,
    /// How many it has.
    pub threads: u64,
    /// Numbers of the machine's cores.
    pub cores: Vec<u64>,
    /// That it did.
    pub grains: u64,
    /// That it did.
    #[serde(deserialize_with = "whole")]
    pub items: u128,
    #[serde(deserialize_with = "number")]
    useful_seconds: f64,
    #[serde(deserialize_with = "number")]
    overhead_seconds: f64,
    #[serde(deserialize_with = "number")]
    waiting_seconds: f64,
    #[serde(deserialize_with = "number")]
    tail_seconds: f64,
    #[serde(deserialize_with = "number")]
    gather_seconds: f64,
    #[serde(deserialize_with = "number")]
    serial_seconds: f64,
    #[serde(deserialize_with = "number")]
    startup_seconds: f64,
    #[serde(deserialize_with = "number")]
    shutdown_seconds: f64,
    #[serde(default, deserialize_with = "number")]
    lost_seconds: f64,
    /// Its speed.
    #[serde(deserialize_with = "number")]
    pub items_per_second: f64,
    /// Of its clock to rank 0's.
    #[serde(deserialize_with = "number")]
    pub clock_offset_seconds: f64,
    /// How far off that may be.
    #[serde(deserialize_with = "number")]
    pub clock_error_seconds: f64,
}

impl Rank {
    /// What its cores' time went into.
    pub fn parts(&self) -> Parts {
        Parts {
            useful: self.useful_seconds,
            overhead: self.overhead_seconds,
            waiting: self.waiting_seconds,
            tail: self.tail_seconds,
            gather: self.gather_seconds,
            serial: self.serial_seconds,
            startup: self.startup_seconds,
            shutdown: self.shutdown_seconds,
            lost: self.lost_seconds,
        }
    }

    /// The share of its time in which it was at work; 0 if it had none.
    pub fn busy(&self) -> f64 {
        let parts = self.parts();
        let share = parts.useful / parts.total();
        if share.is_finite() { share } else { 0.0 }
    }
}

/// A call of the program.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// Its number.
    pub call: u64,
    /// In words.
    pub what: String,
    /// Of work.
    #[serde(deserialize_with = "whole")]
    pub items: u128,
    /// That these were cut into.
    #[serde(deserialize_with = "whole")]
    pub grains: u128,
    /// When it began.
    #[serde(deserialize_with = "number")]
    pub began: f64,
    /// When its last grain was done.
    #[serde(deserialize_with = "number")]
    pub all_done: f64,
    /// When its result was there.
    #[serde(deserialize_with = "number")]
    pub ended: f64,
}

impl Report {
    /// The command line.
    pub fn command(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        shell_words::join(words)
    }

    /// How it ended, without the exit code: some errors' texts have that at their end.
    pub fn ending(&self) -> &str {
        let code = format!("(exit code {})", self.exit_code);
        self.outcome.trim_end().trim_end_matches(&code).trim_end()
    }

    /// How it ended, with the exit code.
    pub fn ending_and_code(&self) -> String {
        format!("{} (exit code {})", self.ending(), self.exit_code)
    }

    /// How long it was from begin to end, as the cores' time; 0 if that is no number.
    pub fn core_time(&self) -> f64 {
        let time = self.wall_seconds * self.threads as f64;
        if time.is_finite() { time } else { 0.0 }
    }
}

/// JSON has no NaN, so one is written as null.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

/// Counts of items may be beyond 2^64.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
    let text = Number::deserialize(from)?.to_string();
    let problem = |_| D::Error::custom(format!("{text} is not a whole number from 0 to 2^128 - 1"));
    text.parse().map_err(problem)
}
