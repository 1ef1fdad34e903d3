//! Harm on purpose, for the tests, in debug builds only.
//!
//! - `GRANGE_TEST_FLIP=RANK:N:BYTE`: the N-th datagram (from 1) that this rank sends has a bit flipped, in that
//!   byte or else its last.
//! - `GRANGE_TEST_BEND=RANK`: the first value that this rank computes in each call has a bit flipped.
//! - `GRANGE_TEST_PROTOCOL=RANK:VERSION`: this rank greets with that version.

use super::greeting;

/// What this rank does wrong.
#[derive(Debug, Default)]
pub struct Harm {
    flip: Option<(u64, u64)>,
    version: Option<u32>,
    sent: u64,
}

/// Whether values are to be bent on that rank.
pub fn bends(rank: u32) -> bool {
    cfg!(debug_assertions) && of("GRANGE_TEST_BEND", rank).is_some()
}

/// The numbers of that variable, if the first is this rank's.
fn of(name: &str, rank: u32) -> Option<Vec<u64>> {
    let list = std::env::var(name).ok()?;
    let numbers: Option<Vec<u64>> = list.split(':').map(|n| n.parse().ok()).collect();
    numbers.filter(|list| list.first() == Some(&u64::from(rank)))
}

impl Harm {
    /// What the environment says of this rank.
    pub fn of(rank: u32) -> Self {
        if !cfg!(debug_assertions) {
            return Harm::default();
        }
        let mine = |name: &str| of(name, rank);
        Harm {
            flip: mine("GRANGE_TEST_FLIP").and_then(|list| Some((*list.get(1)?, *list.get(2)?))),
            version: mine("GRANGE_TEST_PROTOCOL").and_then(|list| (*list.get(1)?).try_into().ok()),
            sent: 0,
        }
    }

    /// The version to greet with.
    pub fn version(&self) -> u32 {
        self.version.unwrap_or(greeting::VERSION)
    }

    /// A datagram is about to leave.
    pub fn send(&mut self, bytes: &mut [u8]) {
        self.sent += 1;
        if let Some((_, at)) = self.flip.filter(|(n, _)| *n == self.sent)
            && let Some(last) = bytes.len().checked_sub(1)
        {
            bytes[usize::try_from(at).unwrap_or(last).min(last)] ^= 4;
        }
    }
}
