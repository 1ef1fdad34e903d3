//! What may happen next.

use super::message::{Down, Up};
use super::site::Child;
use crate::engine::Time;

#[derive(Clone, Debug)]
pub(super) enum Event {
    Up {
        session: u32,
        site: usize,
        member: u32,
        message: Up,
    },
    Down {
        session: u32,
        child: Child,
        message: Down,
    },
    Wake {
        rank: usize,
        thread: usize,
        number: u64,
    },
    Timer {
        rank: usize,
    },
    Tick,
    Join {
        rank: usize,
    },
    Stop {
        rank: usize,
        time: Time,
    },
    Die {
        rank: usize,
    },
    Report {
        rank: usize,
    },
    /// The clock of a rank leaps.
    Jump {
        rank: usize,
        time: Time,
    },
    Resize {
        rank: usize,
        threads: u64,
    },
    Submit {
        count: u64,
        priority: i32,
        last: bool,
    },
    Consume {
        to: u64,
    },
    /// Rank 0's main thread turns to what has arrived.
    Fold,
    /// It begins, and ends, taking a snapshot.
    SnapshotBegins,
    SnapshotEnds,
    /// The writer is done with a checkpoint.
    Written,
    /// Rank 0 is told to stop.
    Signal,
    /// Members had time enough to report.
    GraceIsOver,
}
