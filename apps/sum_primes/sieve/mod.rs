//! Sums of primes in any window of the 64-bit numbers, by a segmented sieve.
//!
//! [`SievingPrimes`] are made once a rank, a [`Sieve`] once a thread, and
//! [`grain()`] says how to cut a window into calls of [`Sieve::sum`]. The
//! `README.md` beside this file explains the method.

mod grain;
mod large;
mod memory;
mod presieve;
mod primes;
mod scan;
mod steps;
mod tally;
#[cfg(test)]
mod tests;
mod turns;
mod wheel;

use grange::isa::{self, Isa};
use std::sync::Arc;

pub use grain::grain;
pub use primes::SievingPrimes;

use scan::Scan;
use tally::tally;
use wheel::SPAN;

/// The primes that the wheel leaves out.
const WHEEL_PRIMES: [u64; 3] = [2, 3, 5];

/// Per-thread state, made once per thread, reused for any number of windows. A
/// window that begins where the last one ended costs no set-up.
///
/// It takes under 3 MiB for any limit up to 10^12, and grows with the sieving
/// primes from there: 6 MB at 10^13, 14 MB at 10^14, 51 MB at 10^15 and at most
/// about 180 MB. A window that is shorter than it could be takes less.
#[derive(Debug)]
pub struct Sieve {
    scan: Scan,
}

impl Sieve {
    /// A sieve for windows up to the limit that `primes` were made for.
    pub fn new(primes: Arc<SievingPrimes>) -> Self {
        Self::on(primes, isa::current())
    }

    /// As [`Sieve::new`], on an instruction set of choice.
    pub fn on(primes: Arc<SievingPrimes>, isa: Isa) -> Self {
        let geometry = scan::Geometry::for_root(primes.end());
        Self::with(primes, isa, geometry)
    }

    fn with(primes: Arc<SievingPrimes>, isa: Isa, geometry: scan::Geometry) -> Self {
        Self {
            scan: Scan::with(primes, isa, geometry),
        }
    }

    /// The memory of this thread's state, without the shared primes.
    pub fn bytes(&self) -> usize {
        self.scan.bytes()
    }

    /// The sum of the primes `p` with `first <= p <= last`, zero if
    /// `first > last`.
    ///
    /// # Panics
    ///
    /// If `last` is above the limit that the sieving primes were made for.
    pub fn sum(&mut self, first: u64, last: u64) -> u128 {
        self.sum_until(first, last, || false)
            .expect("the sum is not stopped")
    }

    /// As [`Sieve::sum`], or `None` once `stop` is seen to return true. It is
    /// asked before each segment (of at most 16 million numbers).
    ///
    /// # Panics
    ///
    /// If `last` is above the limit that the sieving primes were made for.
    pub fn sum_until(&mut self, first: u64, last: u64, stop: impl Fn() -> bool) -> Option<u128> {
        assert!(
            last <= self.scan.limit(),
            "the window ends at {last}, but the sieving primes were made for numbers up to {}",
            self.scan.limit(),
        );
        let isa = self.scan.isa();
        let small = WHEEL_PRIMES.iter().filter(|p| (first..=last).contains(p));
        let mut sum = u128::from(small.sum::<u64>());
        let complete = self.scan.scan(first, last, &stop, |start, segment| {
            let left = tally(segment, isa);
            sum += u128::from(left.sum) + u128::from(start * SPAN) * u128::from(left.count);
        });
        complete.then_some(sum)
    }
}
