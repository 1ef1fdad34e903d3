//! The segmented sieve: going through a window segment by segment.

use std::sync::Arc;

use super::large::LargePrimes;
use super::memory::Memory;
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
    /// lists of primes. Thread and all stay under three mebibytes.
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
    memory: Memory,
    small: Turns,
    medium: Steps,
    large: LargePrimes,
    /// Where all of this has come to, if it may go on from there.
    reached: Option<Reached>,
}

/// Where a scan has ended.
#[derive(Clone, Copy, Debug)]
struct Reached {
    /// The byte that comes next.
    byte: u64,
    /// The whole of the byte before, which the next window may share.
    before: u8,
    /// The bytes of the last segment, behind which the next one is begun.
    length: usize,
    /// No smaller prime waits to be put to work.
    waiting: u64,
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
            memory: Memory::new(),
            small: Turns::new(margin, count(FIRST_UNSIEVED, first_medium)),
            medium: Steps::with_capacity(count(first_medium, first_large)),
            large: LargePrimes::new(&primes, first_large, segment),
            primes,
            reached: None,
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
        self.memory.bytes() + self.small.bytes() + self.medium.bytes() + self.large.bytes()
    }

    /// Sieves the numbers from `first` to `last` and passes each segment to
    /// `visit`, with the number of its first byte: the bits set are the primes
    /// above 5. Returns false if `stop`, asked before each segment, turned true.
    ///
    /// A window that begins where the last one ended goes on with its state,
    /// which saves setting it up.
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
        let mask = |start: u64, bytes: &mut [u8]| {
            if start == first_byte {
                bytes[0] &= !bits_below(first % SPAN);
            }
            if start + bytes.len() as u64 == end_byte {
                bytes[bytes.len() - 1] &= bits_below(last % SPAN + 1);
            }
        };
        let goes_on = |r: &Reached| r.byte == first_byte || r.byte == first_byte + 1;
        let mut reached = self.reached.take().filter(goes_on);
        let mut at = first_byte;
        match reached {
            Some(r) if r.byte > first_byte => {
                let mut shared = [r.before];
                mask(first_byte, &mut shared);
                visit(first_byte, &shared);
                at = r.byte;
            }
            Some(_) => {}
            None => {
                self.small.clear();
                self.medium.clear();
            }
        }

        let Geometry {
            segment, margin, ..
        } = self.geometry;
        let room = (end_byte - at).min(segment as u64) as usize;
        let room = room.next_multiple_of(BLOCK) + 2 * margin;
        self.memory.grow(room);
        let primes = Arc::clone(&self.primes);
        let mut waiting = primes.starting_at(reached.map_or(FIRST_UNSIEVED, |r| r.waiting));
        while at < end_byte {
            let bytes = self.large.stripe_bytes(end_byte - at);
            if !self.large.collect(&primes, at, bytes, stop) {
                return false;
            }
            for (number, offset) in (0..bytes).step_by(segment).enumerate() {
                if stop() {
                    return false;
                }
                let start = at + offset;
                let length = (end_byte - start).min(segment as u64) as usize;
                self.presieve(start, length, reached.map(|r| r.length));
                self.wake(&mut waiting, start, length);
                for piece in (0..length).step_by(self.geometry.piece) {
                    let piece_length = self.geometry.piece.min(length - piece);
                    (self.small).strike(&mut self.memory, margin + piece, piece_length);
                }
                let memory = &mut self.memory[margin..][..length];
                self.medium.strike(memory);
                self.large.strike(number, memory);
                restore_small_primes(memory, start);
                reached = Some(Reached {
                    byte: start + length as u64,
                    before: memory[length - 1],
                    length,
                    waiting: waiting.peek().map_or(u64::MAX, |prime| prime.value()),
                });
                mask(start, memory);
                visit(start, memory);
            }
            at += bytes;
        }
        self.reached = reached;
        true
    }

    /// Fills the memory with the pre-sieved numbers: a segment of so many bytes
    /// from byte `start` on, and what the turns of small primes write behind it.
    fn presieve(&mut self, start: u64, length: usize, last_length: Option<usize>) {
        let margin = self.geometry.margin;
        // No turn is longer than the largest of the primes.
        let behind = margin
            .min(self.primes.end() as usize)
            .next_multiple_of(BLOCK);
        let mut ready = 0;
        if let Some(last) = last_length {
            // This much was filled, and struck, with the last segment.
            let from = margin + last;
            self.memory.copy_within(from..from + behind, margin);
            ready = behind;
        }
        let end = (length + behind).next_multiple_of(BLOCK);
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
