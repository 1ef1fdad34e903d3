//! How fast messages are between rank 0 and another rank, and what that rank's clock says.

use super::letter::{BLOCK, PING};
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Pings of a rank, and blocks. The first of each warms up.
pub const PINGS: usize = 40;
/// See [`PINGS`].
pub const BLOCKS: usize = 5;

/// Times of one rank, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Which one.
    pub rank: u32,
    /// Half a round trip of a short message.
    pub latency: f64,
    /// Bytes a second of a long one; none where time ran out.
    pub bandwidth: Option<f64>,
    /// Its wall clock less rank 0's.
    pub clock: f64,
    /// How far off that may be.
    pub clock_error: f64,
}

/// A ping that came back.
#[derive(Clone, Copy, Debug)]
pub struct Ping {
    /// Seconds of the round trip.
    pub trip: f64,
    /// Rank 0's clock when it left, in nanoseconds since 1970.
    pub left: i128,
    /// The other's clock when it was answered.
    pub theirs: i128,
}

impl Measured {
    /// From what came back; none where nothing did. `blocks` are round trips with a block one way.
    pub fn of(rank: u32, pings: &[Ping], blocks: &[f64]) -> Option<Self> {
        let best = pings.iter().min_by(|a, b| a.trip.total_cmp(&b.trip))?;
        let warm = |n: usize| usize::from(n > 1);
        let trips = pings.iter().skip(warm(pings.len())).map(|ping| ping.trip);
        let latency = median(trips)? / 2.0;
        let long = median(blocks.iter().skip(warm(blocks.len())).copied());
        // The answer is a short message.
        let bandwidth = long.map(|trip| BLOCK as f64 / (trip - latency).max(trip / 10.0));
        // The shortest trip says most: it was answered half-way, or at most half a trip from there.
        let ahead = (best.theirs - best.left) as f64 * 1e-9 - best.trip / 2.0;
        Some(Measured {
            rank,
            latency,
            bandwidth: bandwidth.filter(|bytes| bytes.is_finite()),
            clock: ahead,
            clock_error: best.trip / 2.0,
        })
    }
}

/// The middle one of them.
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// This machine's clock, in nanoseconds since 1970.
pub fn clock() -> i128 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => nanoseconds(since),
        Err(error) => -nanoseconds(error.duration()),
    }
}

fn nanoseconds(time: Duration) -> i128 {
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX)
}

/// The answer to a ping or a block.
pub fn answer() -> Vec<u8> {
    let clock = i64::try_from(clock()).unwrap_or(i64::MAX);
    clock.to_le_bytes().to_vec()
}

/// What an answer says, if it is one.
pub fn read(bytes: &[u8]) -> Option<i128> {
    let bytes: [u8; PING] = bytes.try_into().ok()?;
    Some(i64::from_le_bytes(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_trip_tells_the_clock() {
        // Left at 10 s and 20 s; the other clock is 3 s ahead, and the second answer came late.
        let pings = [(2e-6, 10_i128), (10e-6, 20), (4e-6, 30), (6e-6, 40)].map(|(trip, left)| {
            let left = left * 1_000_000_000;
            let late = if trip > 5e-6 { 7_000_000_000 } else { 0 };
            let theirs = left + 3_000_000_000 + late + (trip * 5e8) as i128;
            Ping { trip, left, theirs }
        });
        let measured = Measured::of(4, &pings, &[1.0, 3e-6 + 1e-3]).unwrap();
        assert!((measured.clock - 3.0).abs() < 1e-6, "{measured:?}");
        assert_eq!(measured.clock_error, 1e-6);
        // The first is for warming up: the median of 10, 4 and 6.
        assert_eq!(measured.latency, 3e-6);
        let bandwidth = measured.bandwidth.unwrap();
        assert!((bandwidth / (BLOCK as f64 * 1e3) - 1.0).abs() < 1e-9);
        assert_eq!(Measured::of(4, &[], &[1.0]), None);
    }

    #[test]
    fn an_answer_is_read() {
        let before = clock();
        let told = read(&answer()).unwrap();
        assert!(before <= told && told <= clock());
        assert_eq!(read(b"seven"), None);
    }
}
