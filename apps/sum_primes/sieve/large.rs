//! Crossing off the large primes: those with about one multiple in a segment,
//! or none.
//!
//! Looking at every such prime in every segment would cost more than the
//! crossing off. The window is cut into stripes of many segments instead; for
//! each stripe one pass over the primes sorts all their multiples in it into
//! one bucket a segment (a bucket sieve, after Oliveira e Silva), where a
//! multiple takes four bytes: its bit's number in the segment. Where a prime
//! leaves the stripe is kept in four bytes for the next one; the primes beyond
//! those that are kept, and all of them after a jump, find their first multiple
//! with a division. The memory is what the stripe's length is chosen to take:
//! twenty-four bytes for a large prime, up to about 140 MB, beside what is kept.

use super::primes::SievingPrimes;
use super::wheel::{GAPS, RESIDUES, SPAN, WheelPrime, carry, product_bit};

/// The multiples that one stripe collects, about: so many for a large prime, so
/// that finding the first one is the smaller part of the work, within limits
/// for the memory.
const MULTIPLES_PER_PRIME: f64 = 6.0;
const FEWEST_MULTIPLES: f64 = (1 << 18) as f64;
const MOST_MULTIPLES: f64 = (1 << 25) as f64;

/// More segments than this and the buckets' ends no longer stay in cache.
const MOST_SEGMENTS: f64 = 128.0;

/// No more primes than these, 16 MiB, have their next multiple kept from stripe to
/// stripe: those up to 70 million, for windows up to 5 * 10^15.
const MOST_KEPT: usize = 1 << 22;

/// How many primes are worked on between two questions whether to stop.
const PRIMES_PER_QUESTION: usize = 1 << 18;

/// The large primes' multiples in a stripe.
#[derive(Debug)]
pub struct LargePrimes {
    /// The smallest large prime may be this.
    from: u64,
    segment_bytes: usize,
    /// The binary logarithm of `segment_bytes`.
    segment_shift: u32,
    /// The multiples to make room for in a segment, rather more than come.
    room: usize,
    /// Bit numbers, for each segment of the stripe.
    buckets: Vec<Vec<u32>>,
    /// For the first of the primes: their next multiple after the last stripe,
    /// as bytes from there and, in the last three bits, its place on the wheel.
    kept: Vec<u32>,
    /// The byte after the last stripe.
    end: u64,
}

impl LargePrimes {
    /// For the sieving primes from `from` on, in segments of so many bytes (a
    /// power of two).
    pub fn new(primes: &SievingPrimes, from: u64, segment_bytes: usize) -> Self {
        assert!(segment_bytes.is_power_of_two() && segment_bytes <= 1 << 29);
        let (segments, per_segment) = stripe(primes.end(), from, segment_bytes);
        Self {
            from,
            segment_bytes,
            segment_shift: segment_bytes.trailing_zeros(),
            room: per_segment + per_segment / 16 + 64,
            buckets: vec![Vec::new(); segments],
            kept: Vec::new(),
            end: u64::MAX,
        }
    }

    /// How many bytes of the number line the first stripe of a window of so many
    /// bytes has: whole segments, or all that there is. Stripes are as long as
    /// one another, so that none is worth less than the pass it takes.
    pub fn stripe_bytes(&self, window: u64) -> u64 {
        if self.buckets.is_empty() {
            return window;
        }
        let segments = window.div_ceil(self.segment_bytes as u64);
        let stripes = segments.div_ceil(self.buckets.len() as u64);
        window.min(segments.div_ceil(stripes) * self.segment_bytes as u64)
    }

    /// The memory of the buckets and of what is kept.
    pub fn bytes(&self) -> usize {
        let buckets = self.buckets.iter().map(Vec::capacity);
        (buckets.sum::<usize>() + self.kept.capacity()) * size_of::<u32>()
    }

    /// Finds the multiples in the `length` bytes from byte `start` on, at most
    /// a stripe. Returns false if `stop` turned true before the end.
    pub fn collect(
        &mut self,
        primes: &SievingPrimes,
        start: u64,
        length: u64,
        stop: &impl Fn() -> bool,
    ) -> bool {
        self.buckets.iter_mut().for_each(Vec::clear);
        if self.buckets.is_empty() {
            return true;
        }
        let segments = length.div_ceil(self.segment_bytes as u64) as usize;
        for bucket in &mut self.buckets[..segments] {
            bucket.reserve_exact(self.room);
        }
        if std::mem::replace(&mut self.end, u64::MAX) != start {
            self.kept.clear();
        }
        for (number, prime) in primes.starting_at(self.from).enumerate() {
            if number.is_multiple_of(PRIMES_PER_QUESTION) && stop() {
                return false;
            }
            if prime.square_byte() >= start + length {
                break;
            }
            let next = match self.kept.get(number) {
                Some(&kept) => (u64::from(kept >> 3), (kept & 7) as u8),
                None => prime.first_multiple(start),
            };
            let (byte, place) = self.sort_multiples(prime, next, length);
            // A prime of which that is kept is so small that it fits; others may be further off.
            let keep = || (byte - length) as u32 * 8 + u32::from(place);
            match self.kept.get_mut(number) {
                Some(kept) => *kept = keep(),
                None if number < MOST_KEPT => self.kept.push(keep()),
                None => {}
            }
        }
        self.end = start + length;
        true
    }

    /// From the next multiple of a prime to the first one after the stripe, which is returned.
    #[inline]
    fn sort_multiples(&mut self, prime: WheelPrime, next: (u64, u8), length: u64) -> (u64, u8) {
        let (mut byte, place) = next;
        let mut place = usize::from(place);
        while byte < length {
            let (step, bit) = STEPS[usize::from(prime.bit)][place];
            let segment = byte as usize >> self.segment_shift;
            let in_segment = byte as usize & (self.segment_bytes - 1);
            self.buckets[segment].push((in_segment * 8) as u32 + u32::from(bit));
            byte += u64::from(prime.quotient) * u64::from(GAPS[place]) + u64::from(step);
            place = (place + 1) % 8;
        }
        (byte, place as u8)
    }

    /// Clears the bits of the multiples in the stripe's segment of that number.
    pub fn strike(&self, number: usize, segment: &mut [u8]) {
        let Some(bucket) = self.buckets.get(number) else {
            return;
        };
        for bit in bucket {
            segment[(bit / 8) as usize] &= !(1 << (bit % 8));
        }
    }
}

/// For each residue and place: the step's bytes beyond the gap times the
/// quotient, and the multiple's bit.
const STEPS: [[(u8, u8); 8]; 8] = {
    let mut steps = [[(0, 0); 8]; 8];
    let mut r = 0;
    while r < RESIDUES.len() {
        let mut w = 0;
        while w < RESIDUES.len() {
            steps[r][w] = (carry(r, w) as u8, product_bit(r, w));
            w += 1;
        }
        r += 1;
    }
    steps
};

/// How many segments a stripe has, and how many multiples of the primes in
/// `from..end` to expect in each.
fn stripe(end: u64, from: u64, segment_bytes: usize) -> (usize, usize) {
    if end <= from {
        return (0, 0);
    }
    let (from, end) = (from as f64, end as f64);
    let count = end / end.ln() - from / from.ln();
    // By Mertens' theorem the sum of 1/p over the primes is a difference of
    // log log, and 8 of 30 multiples are on the wheel.
    let reciprocals = (end.ln() / from.ln()).ln();
    let per_segment = segment_bytes as f64 * SPAN as f64 * reciprocals * 8.0 / 30.0;
    let multiples = (MULTIPLES_PER_PRIME * count).clamp(FEWEST_MULTIPLES, MOST_MULTIPLES);
    let segments = (multiples / per_segment).clamp(1.0, MOST_SEGMENTS);
    (segments as usize, per_segment as usize)
}
