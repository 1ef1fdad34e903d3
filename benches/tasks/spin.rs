//! Tasks that compute for a set time and return a value that can be checked.

use grange::{Error, Pool};
use std::hint::black_box;
use std::time::Instant;

/// A busy loop whose speed is known.
pub struct Spin {
    per_ns: f64,
}

impl Spin {
    /// Measures the loop on all ranks at once, as it will run; the best of many short samples, so that
    /// others on the machine do not matter. Rank 0's figure holds for all.
    pub fn calibrated(pool: &Pool) -> Result<Self, Error> {
        const ITERATIONS: u64 = 50_000;
        let sample = || {
            let began = Instant::now();
            turn(ITERATIONS, 1);
            began.elapsed().as_nanos() as u64
        };
        let least = (0..1000).map(|_| sample()).min().unwrap_or(1).max(1);
        let least = pool.root(|| Ok::<_, Error>(least))?;
        Ok(Spin {
            per_ns: ITERATIONS as f64 / least as f64,
        })
    }

    /// Iterations a nanosecond.
    pub fn per_ns(&self) -> f64 {
        self.per_ns
    }

    /// Iterations for so many nanoseconds.
    pub fn iterations(&self, ns: f64) -> u64 {
        (ns * self.per_ns).round() as u64
    }
}

/// Task `index`: computes, then returns its value.
pub fn task(index: u64, iterations: u64) -> u64 {
    turn(iterations, index);
    value(index)
}

/// What task `index` is to return: SplitMix64, so that a value tells where it belongs.
pub fn value(index: u64) -> u64 {
    let z = index.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Xorshift: each step waits for the last, and no compiler folds steps together, so that the time is
/// proportional to the iterations and a second thread of the same core hardly matters.
fn turn(iterations: u64, start: u64) {
    let mut x = start;
    for _ in 0..iterations {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    black_box(x);
}
