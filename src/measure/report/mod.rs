//! A run as a document, for files.
//!
//! Times are seconds since the run began on rank 0, by its clock, or durations in seconds.

mod build;
#[cfg(feature = "hdf5")]
mod hdf5;
mod place;

pub use build::{Known, build};
pub use place::Place;

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Told apart from other JSON and HDF5 files by this.
pub const FORMAT: &str = "grange report";
/// Grows when something that was there means something else, or is there no more.
pub const VERSION: u32 = 1;

/// A run. Names are those in the files.
#[derive(Debug, Serialize)]
pub struct Document {
    pub format: &'static str,
    pub version: u32,
    pub program: String,
    pub arguments: Vec<String>,
    pub versions: String,
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub started: f64,
    pub exit_code: u8,
    pub outcome: String,
    pub wall_seconds: f64,
    pub ranks: u64,
    pub threads: u64,
    pub lost: Vec<u32>,
    pub settings: BTreeMap<&'static str, String>,
    pub efficiency: BTreeMap<&'static str, f64>,
    pub core_seconds: BTreeMap<&'static str, f64>,
    pub grain_seconds: GrainTimes,
    pub coordinator_busy: f64,
    pub largest_loss: LossRow,
    pub per_rank: Vec<RankRow>,
    pub calls: Vec<CallRow>,
    pub calls_left_out: u64,
    pub spans: Spans,
    pub messages: Messages,
    pub events: Events,
    pub results: Vec<Value>,
}

/// How long grains took.
#[derive(Debug, Serialize)]
pub struct GrainTimes {
    pub count: u64,
    pub p50: f64,
    pub p99: f64,
    pub longest: f64,
    /// From, to, count.
    pub histogram: Vec<(f64, f64, u64)>,
}

/// Where most was lost.
#[derive(Debug, Serialize)]
pub struct LossRow {
    pub part: &'static str,
    pub share: f64,
    pub text: String,
}

/// One rank; parts are summed over its threads.
#[derive(Debug, Serialize)]
pub struct RankRow {
    pub rank: u32,
    pub host: String,
    pub threads: u64,
    pub cores: Vec<u32>,
    pub grains: u64,
    pub items: u128,
    pub items_per_second: f64,
    /// By the names of parts.
    #[serde(flatten)]
    pub parts: BTreeMap<String, f64>,
    /// Of the useful time, without a core.
    pub delayed_seconds: f64,
    pub clock_offset_seconds: f64,
    pub clock_error_seconds: f64,
}

/// One call.
#[derive(Debug, Serialize)]
pub struct CallRow {
    pub call: u64,
    pub what: String,
    pub items: u128,
    pub grains: u64,
    pub began: f64,
    pub all_done: f64,
    pub ended: f64,
}

/// What threads did in one go.
#[derive(Debug, Serialize)]
pub struct Spans {
    /// Neighbours that last no longer together may have become one.
    pub resolution_seconds: f64,
    pub columns: [&'static str; 8],
    pub rows: Vec<SpanRow>,
}

/// Call (-1: several), rank, thread, first grain, grains, began, ended, seconds in the user's function.
pub type SpanRow = (i64, u32, u32, u64, u64, f64, f64, f64);

/// Messages of each rank.
#[derive(Debug, Serialize)]
pub struct Messages {
    /// As with [`Spans`].
    pub resolution_seconds: f64,
    pub columns: [&'static str; 7],
    pub rows: Vec<MessageRow>,
}

/// Rank, peer (-1: several), 1 if it was sent, count, bytes of values, began, ended.
pub type MessageRow = (u32, i64, u8, u64, u64, f64, f64);

/// What else happened.
#[derive(Debug, Serialize)]
pub struct Events {
    pub columns: [&'static str; 6],
    pub rows: Vec<EventRow>,
}

/// Rank, thread (-1: none of those that compute), kind, began, ended, text.
pub type EventRow = (u32, i32, &'static str, f64, f64, String);

impl Document {
    /// As JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_json(&self, to: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *to, self)?;
        to.write_all(b"\n")
    }
}
