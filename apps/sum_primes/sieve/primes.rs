//! The sieving primes: those up to the square root of the largest number.

use std::sync::Arc;

use super::presieve::Presieve;
use super::scan::Scan;
use super::wheel::{NEXT_COPRIME, SPAN, WheelPrime};

/// The sieving primes up to sqrt(limit), shared by the threads of a rank (Arc).
///
/// They are kept as a bit set on the wheel modulo 30, a byte for 30 numbers:
/// 33 kB for a limit of 10^12, 1.1 MB for 10^15, 33 MB for 10^18 and 143 MB for
/// 2^64 - 1, beside 0.3 MB of pre-sieving patterns. Making them is itself a
/// segmented sieve up to the root, on the calling thread: about a millisecond
/// up to 10^14, 0.1 s for 10^18 and half a second for 2^64 - 1.
#[derive(Debug)]
pub struct SievingPrimes {
    limit: u64,
    /// Bit `k` of byte `b` tells whether `30 b + RESIDUES[k]` is prime; the
    /// length is a multiple of eight and bits above the root are clear.
    bits: Vec<u8>,
    presieve: Arc<Presieve>,
}

/// Up to here a plain sieve finds the sieving primes: it is enough for the
/// sieving primes of the sieving primes.
const PLAIN_ROOT: u64 = 1 << 16;

impl SievingPrimes {
    /// The primes that sieving up to `last`, inclusive, needs.
    pub fn up_to_sqrt_of(last: u64) -> Self {
        Self::new(last, last.isqrt())
    }

    /// The primes up to `root`, for numbers up to `limit`.
    pub(super) fn new(limit: u64, root: u64) -> Self {
        let presieve = Arc::new(Presieve::new());
        let plain_root = root.min(PLAIN_ROOT);
        let plain = Self {
            limit: root,
            bits: plain_bits(plain_root),
            presieve: Arc::clone(&presieve),
        };
        if root <= PLAIN_ROOT {
            return Self { limit, ..plain };
        }
        let last_byte = root / SPAN;
        let mut bits = vec![0; (last_byte as usize + 1).next_multiple_of(8)];
        Scan::new(Arc::new(plain)).scan(0, root, &|| false, |start, segment| {
            bits[start as usize..][..segment.len()].copy_from_slice(segment);
        });
        Self {
            limit,
            bits,
            presieve,
        }
    }

    /// The memory that the primes and the pre-sieving patterns take.
    pub fn bytes(&self) -> usize {
        self.bits.capacity() + self.presieve.bytes()
    }

    /// The largest number that may be sieved.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn presieve(&self) -> &Presieve {
        &self.presieve
    }

    /// The number that the bit set ends before: no sieving prime is larger.
    pub(super) fn end(&self) -> u64 {
        self.bits.len() as u64 * SPAN
    }

    /// The primes from `from` on, which is at least 7, in order.
    pub(super) fn starting_at(&self, from: u64) -> Primes<'_> {
        let words = self.bits.as_chunks::<8>().0;
        let word = (from / WORD_SPAN) as usize;
        let mut primes = Primes {
            words,
            word,
            left: words.get(word).map_or(0, |&word| u64::from_le_bytes(word)),
        };
        while primes.peek().is_some_and(|prime| prime.value() < from) {
            primes.next();
        }
        primes
    }
}

/// How many numbers eight bytes stand for.
const WORD_SPAN: u64 = 8 * SPAN;

/// An iterator over the sieving primes.
#[derive(Clone, Debug)]
pub struct Primes<'a> {
    words: &'a [[u8; 8]],
    /// The word in work, and its bits that are still to come.
    word: usize,
    left: u64,
}

impl Primes<'_> {
    /// The next prime, without going past it.
    #[inline]
    pub fn peek(&mut self) -> Option<WheelPrime> {
        while self.left == 0 {
            self.word += 1;
            self.left = u64::from_le_bytes(*self.words.get(self.word)?);
        }
        let bit = self.left.trailing_zeros();
        Some(WheelPrime {
            quotient: 8 * self.word as u32 + bit / 8,
            bit: (bit % 8) as u8,
        })
    }
}

impl Iterator for Primes<'_> {
    type Item = WheelPrime;

    #[inline]
    fn next(&mut self) -> Option<WheelPrime> {
        let prime = self.peek()?;
        self.left &= self.left - 1;
        Some(prime)
    }
}

/// The bit set of the primes from 7 to `root`, by the plain sieve of
/// Eratosthenes.
fn plain_bits(root: u64) -> Vec<u8> {
    let root = root as usize;
    let mut composite = vec![false; root + 1];
    let mut bits = vec![0; (root / 30 + 1).next_multiple_of(8)];
    for number in 2..=root {
        if composite[number] {
            continue;
        }
        if number > 5 {
            bits[number / 30] |= 1 << NEXT_COPRIME[number % 30].1;
        }
        for multiple in (number * number..=root).step_by(number) {
            composite[multiple] = true;
        }
    }
    bits
}
