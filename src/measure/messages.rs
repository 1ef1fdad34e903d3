//! Messages of one rank.

use super::bounded::Event;
use serde::{Deserialize, Serialize};

/// So many are told one by one on each of so many ranks.
pub fn most(ranks: usize) -> usize {
    (ALL / ranks.max(1)).clamp(16, 4096)
}

/// So many of all ranks together.
const ALL: usize = 1 << 18;
/// Stands for more than one rank.
pub const SEVERAL: u32 = u32::MAX;

/// One message, or some of them together. Times are nanoseconds of its rank's clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// To whom or from whom; [`SEVERAL`] where some were merged.
    pub peer: u32,
    /// Whether this rank sent it.
    pub sent: bool,
    /// How many.
    pub count: u64,
    /// Bytes of values in them.
    pub bytes: u64,
    /// The first.
    pub began: u64,
    /// The last.
    pub ended: u64,
}

impl Event for Message {
    fn began(&self) -> u64 {
        self.began
    }

    fn ended(&self) -> u64 {
        self.ended
    }

    fn is_alike(&self, next: &Self) -> bool {
        self.sent == next.sent
    }

    fn absorb(&mut self, next: Self) {
        if self.peer != next.peer {
            self.peer = SEVERAL;
        }
        self.count += next.count;
        self.bytes += next.bytes;
        self.ended = next.ended;
    }
}
