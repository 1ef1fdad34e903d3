//! A short piece of the same work on every rank at the same time: is one of them slow?

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Pieces of a probe.
const PIECES: u32 = 100;
/// Steps of a piece: some 0.5 ms.
const STEPS: u64 = 400_000;
/// Where a rank crawls, so long is enough to see it.
const LIMIT: Duration = Duration::from_millis(250);

/// How fast a rank was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// CPU seconds of the fastest piece: what the core can do, whoever else has it now and then.
    pub best: f64,
    /// The part of the time that the rank had a core for, from 0 to 1.
    pub share: f64,
}

/// Computes.
pub fn run() -> Probe {
    let (since, used) = (Instant::now(), cpu_time());
    let mut best = f64::INFINITY;
    for _ in 0..PIECES {
        let start = cpu_time();
        piece();
        best = best.min(cpu_time() - start);
        if since.elapsed() > LIMIT {
            break;
        }
    }
    let wall = since.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    let share = ((cpu_time() - used) / wall).clamp(0.0, 1.0);
    Probe { best, share }
}

/// A chain in which each step waits for the one before: it takes as many cycles on any core of a kind, and
/// shares a core with a hyperthread as if that were not there.
fn piece() {
    let mut x = black_box(1u64);
    for _ in 0..STEPS {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) ^ (x >> 33);
    }
    black_box(x);
}

/// CPU time of this thread in seconds.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_a_number() {
        let probe = run();
        assert!(probe.best.is_finite() && probe.best > 0.0, "{probe:?}");
        assert!((0.0..=1.0).contains(&probe.share), "{probe:?}");
    }
}
