//! The segmented sieve: going through a window segment by segment.

use std::sync::Arc;

use super::large::LargePrimes;
use super::presieve::{BLOCK, FIRST_UNSIEVED, restore_small_primes};
use super::primes::{Primes, SievingPrimes};
use super::steps::Steps;
use super::turns::Turns;
use super::wheel::{RESIDUES, SPAN};
use grange::isa::Isa;

/// How a window is cut up, and which primes are struck how.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// The bytes of a segment, a power of two.
    pub segment: usize,
    /// The bytes before and behind the segment for turns that begin or end
    /// outside, a multiple of [`BLOCK`].
    pub margin: usize,
    /// The bytes of the pieces that the small primes are struck in, one after
    /// another.
    pub piece: usize,
    /// From here on primes are large and sorted into buckets. Those below the
    /// margin are small and struck by turns, those between are medium and
    /// struck by steps.
    pub first_large: u64,
}

impl Geometry {
    /// For sieving primes up to a million (a limit of about 10^12): a piece fits
    /// the first-level cache, and a segment the second-level cache beside the
    /// lists of primes. Thread and all stay under two mebibytes.
    pub const USUAL: Self = Self {
        segment: 1 << 19,
        margin: 1 << 16,
        piece: 1 << 15,
        first_large: 1 << 23,
    };

    /// For more sieving primes: a longer segment, so that the larger medium
    /// primes still have a multiple or two in each.
    pub const WIDE: Self = Self {
        segment: 1 << 20,
        ..Self::USUAL
    };

    /// For sieving primes up to `root`.
    pub fn for_root(root: u64) -> Self {
        if root <= 1 << 20 {
            Self::USUAL
        } else {
            Self::WIDE
        }
    }
}

/// Per-thread state of the sieve, reused for any number of windows.
#[derive(Debug)]
pub struct Scan {
    primes: Arc<SievingPrimes>,
    isa: Isa,
    geometry: Geometry,
    /// A segment between its margins.
    memory: Vec<u8>,
    small: Turns,
    medium: Steps,
    large: LargePrimes,
}

impl Scan {
    pub fn new(primes: Arc<SievingPrimes>) -> Self {
        let geometry = Geometry::for_root(primes.end());
        Self::with(primes, grange::isa::current(), geometry)
    }

    pub fn with(primes: Arc<SievingPrimes>, isa: Isa, geometry: Geometry) -> Self {
        let count = |from: u64, to: u64| {
            let primes = primes.starting_at(from);
            primes.take_while(|prime| prime.value() < to).count()
        };
        let Geometry {
            segment,
            margin,
            first_large,
            ..
        } = geometry;
        let first_medium = margin as u64;
        Self {
            isa,
            geometry,
            memory: Vec::new(),
            small: Turns::new(margin, count(FIRST_UNSIEVED, first_medium)),
            medium: Steps::with_capacity(count(first_medium, first_large)),
            large: LargePrimes::new(&primes, first_large, segment),
            primes,
        }
    }

    pub fn isa(&self) -> Isa {
        self.isa
    }

    pub fn limit(&self) -> u64 {
        self.primes.limit()
    }

    /// The memory of this state, without the primes that are shared.
    pub fn bytes(&self) -> usize {
        self.memory.capacity() + self.small.bytes() + self.medium.bytes() + self.large.bytes()
    }

    /// Sieves the numbers from `first` to `last` and passes each segment to
    /// `visit`, with the number of its first byte: the bits set are the primes
    /// above 5. Returns false if `stop`, asked before each segment, turned true.
    pub fn scan(
        &mut self,
        first: u64,
        last: u64,
        stop: &impl Fn() -> bool,
        mut visit: impl FnMut(u64, &[u8]),
    ) -> bool {
        if first > last {
            return true;
        }
        let (first_byte, end_byte) = (first / SPAN, last / SPAN + 1);
        let Geometry {
            segment, margin, ..
        } = self.geometry;
        let room = (end_byte - first_byte).min(segment as u64) as usize;
        let room = room.next_multiple_of(BLOCK) + 2 * margin;
        if self.memory.len() < room {
            self.memory = vec![0; room];
        }
        self.small.clear();
        self.medium.clear();
        let primes = Arc::clone(&self.primes);
        let mut waiting = primes.starting_at(FIRST_UNSIEVED);

        let mut stripe = first_byte;
        while stripe < end_byte {
            let bytes = self.large.stripe_bytes().unwrap_or(u64::MAX);
            let bytes = bytes.min(end_byte - stripe);
            if !self.large.collect(&primes, stripe, bytes, stop) {
                return false;
            }
            for (number, offset) in (0..bytes).step_by(segment).enumerate() {
                if stop() {
                    return false;
                }
                let start = stripe + offset;
                let length = (end_byte - start).min(segment as u64) as usize;
                self.presieve(start, first_byte, end_byte);
                self.wake(&mut waiting, start, length);
                for piece in (0..length).step_by(self.geometry.piece) {
                    let piece_length = self.geometry.piece.min(length - piece);
                    (self.small).strike(&mut self.memory, margin + piece, piece_length);
                }
                let memory = &mut self.memory[margin..][..length];
                self.medium.strike(memory);
                self.large.strike(number, memory);
                restore_small_primes(memory, start);
                if start == first_byte {
                    memory[0] &= !bits_below(first % SPAN);
                }
                if start + length as u64 == end_byte {
                    memory[length - 1] &= bits_below(last % SPAN + 1);
                }
                visit(start, memory);
            }
            stripe += bytes;
        }
        true
    }

    /// Fills the memory from byte `start` on with the pre-sieved numbers, as far
    /// as the window goes.
    fn presieve(&mut self, start: u64, first_byte: u64, end_byte: u64) {
        let Geometry {
            segment, margin, ..
        } = self.geometry;
        let mut ready = 0;
        if start != first_byte {
            // The margin was filled, and struck, with the last segment.
            let behind = margin + segment..;
            self.memory.copy_within(behind, margin);
            ready = margin;
        }
        let left = (end_byte - start).min((segment + margin) as u64) as usize;
        let end = left.next_multiple_of(BLOCK);
        if ready < end {
            let memory = &mut self.memory[margin..][ready..end];
            let presieve = self.primes.presieve();
            presieve.fill(memory, start + ready as u64, self.isa);
        }
    }

    /// Puts the primes to work whose square comes in the segment from byte
    /// `start` on.
    fn wake(&mut self, waiting: &mut Primes<'_>, start: u64, length: usize) {
        let end = start + length as u64;
        while let Some(prime) = waiting.peek() {
            let value = prime.value();
            if value >= self.geometry.first_large || prime.square_byte() >= end {
                break;
            }
            if value < self.geometry.margin as u64 {
                self.small.add(prime, start, &mut self.memory);
            } else {
                self.medium.add(prime, start);
            }
            waiting.next();
        }
    }
}

/// The bits of a byte whose residues are below `residue`.
fn bits_below(residue: u64) -> u8 {
    (RESIDUES.iter().enumerate())
        .filter(|&(_, &r)| u64::from(r) < residue)
        .fold(0, |bits, (bit, _)| bits | 1 << bit)
}
