//! Crossing off the primes that have many multiples in a segment: by whole
//! turns of the wheel.
//!
//! Eight steps of the wheel bring a prime `p` to the same residue `p` bytes
//! further on. If a turn may begin before the stretch that is being sieved and
//! run over its end, then a prime costs one loop without a branch on its place
//! on the wheel, and one mispredicted exit. So the memory has a margin on both
//! sides of the segment: what is written before it is of no use, what is written
//! behind it is kept for the next segment.

use super::wheel::{GAPS, WheelPrime, carry, product_bit};

/// A prime and its next multiple at place 0 of the wheel. Its residue is known
/// from the list that it is in.
#[derive(Clone, Copy, Debug)]
struct Multiple {
    /// The prime divided by 30.
    quotient: u32,
    /// The multiple's byte, counted from a margin before the coming stretch.
    byte: u32,
}

/// The state of crossing off a set of primes by whole turns.
#[derive(Debug)]
pub struct Turns {
    /// By the bit of the prime's residue; each in the order of the primes, so
    /// that neighbours turn about as often and their exits are predictable.
    lists: [Vec<Multiple>; 8],
    /// All primes are below this: a turn, which is as many bytes as the prime,
    /// begins and ends less than this outside a stretch.
    margin: usize,
}

impl Turns {
    /// For primes below `margin`: about so many, spread evenly over the
    /// residues.
    pub fn new(margin: usize, primes: usize) -> Self {
        let mean = primes / 8;
        let room = mean + mean.isqrt() + 4;
        Self {
            lists: std::array::from_fn(|_| Vec::with_capacity(room)),
            margin,
        }
    }

    /// The memory of the lists.
    pub fn bytes(&self) -> usize {
        let lists = self.lists.iter();
        lists
            .map(|list| list.capacity() * size_of::<Multiple>())
            .sum()
    }

    /// Forgets all primes.
    pub fn clear(&mut self) {
        self.lists.iter_mut().for_each(Vec::clear);
    }

    /// Adds a prime whose square is not beyond the segment that is struck next.
    /// The segment starts at byte `start` of the number line, and in `memory`
    /// behind the margin.
    ///
    /// # Panics
    ///
    /// If the prime is not below the margin.
    #[inline]
    pub fn add(&mut self, prime: WheelPrime, start: u64, memory: &mut [u8]) {
        let turn = prime.value();
        assert!(turn < self.margin as u64);
        let byte = if start > turn {
            // Turns begin at the multiples by 1, 31, 61, .. Take the last one
            // that begins no later than the segment. Multiples before the
            // square are composite all the same, and the prime's own byte, its
            // multiple by 1, is out of reach.
            let since = (start - u64::from(prime.quotient)) % turn;
            self.margin - since as usize
        } else {
            self.margin + strike_to_turn(prime, start, &mut memory[self.margin..])
        };
        self.lists[usize::from(prime.bit)].push(Multiple {
            quotient: prime.quotient,
            byte: byte as u32,
        });
    }

    /// Clears the bits of the multiples in a stretch of `memory`, `length` bytes
    /// from byte `at` on, and of some in the margins around it.
    ///
    /// # Panics
    ///
    /// If there is less than a margin of memory before or behind the stretch.
    pub fn strike(&mut self, memory: &mut [u8], at: usize, length: usize) {
        assert!(at >= self.margin && at + length + self.margin <= memory.len());
        self.strike_residue::<0>(memory, at, length);
        self.strike_residue::<1>(memory, at, length);
        self.strike_residue::<2>(memory, at, length);
        self.strike_residue::<3>(memory, at, length);
        self.strike_residue::<4>(memory, at, length);
        self.strike_residue::<5>(memory, at, length);
        self.strike_residue::<6>(memory, at, length);
        self.strike_residue::<7>(memory, at, length);
    }

    #[inline(never)]
    fn strike_residue<const R: usize>(&mut self, memory: &mut [u8], at: usize, length: usize) {
        let end = at + length;
        assert!(at >= self.margin && end + self.margin <= memory.len());
        for multiple in &mut self.lists[R] {
            let quotient = multiple.quotient as usize;
            let at1 = advance::<R, 0>(quotient);
            let at2 = at1 + advance::<R, 1>(quotient);
            let at3 = at2 + advance::<R, 2>(quotient);
            let at4 = at3 + advance::<R, 3>(quotient);
            let at5 = at4 + advance::<R, 4>(quotient);
            let at6 = at5 + advance::<R, 5>(quotient);
            let at7 = at6 + advance::<R, 6>(quotient);
            let turn = at7 + advance::<R, 7>(quotient);
            let mut byte = at - self.margin + multiple.byte as usize;
            while byte < end {
                macro_rules! clear {
                    ($($place:literal $offset:expr;)*) => { $(
                        // SAFETY: `byte < end`, and the offset is less than a
                        // turn, which is the prime, which `add` saw to be below
                        // the margin; `end + margin` is asserted to be within.
                        let bits = unsafe { memory.get_unchecked_mut(byte + $offset) };
                        *bits &= const { !(1 << product_bit(R, $place)) };
                    )* };
                }
                clear! { 0 0; 1 at1; 2 at2; 3 at3; 4 at4; 5 at5; 6 at6; 7 at7; }
                byte += turn;
            }
            multiple.byte = (byte - end + self.margin) as u32;
        }
    }
}

/// Clears the bits of a prime's multiples from its square, or from the start of
/// the segment, on to where a turn begins, and returns that byte.
#[cold]
fn strike_to_turn(prime: WheelPrime, start: u64, segment: &mut [u8]) -> usize {
    let (byte, place) = prime.first_multiple(start);
    let mut byte = usize::try_from(byte).expect("the square is in the segment");
    let (r, mut w) = (usize::from(prime.bit), usize::from(place));
    while w % 8 != 0 {
        segment[byte] &= !(1 << product_bit(r, w));
        byte += usize::from(GAPS[w]) * prime.quotient as usize + carry(r, w);
        w += 1;
    }
    byte
}

/// How many bytes it is from the multiple at place `W` to the following one.
#[inline(always)]
fn advance<const R: usize, const W: usize>(quotient: usize) -> usize {
    quotient * const { GAPS[W] as usize } + const { carry(R, W) }
}

#[cfg(test)]
mod tests {
    use super::super::steps::Steps;
    use super::super::wheel::{NEXT_COPRIME, RESIDUES};
    use super::*;

    const PRIMES: [u64; 11] = [7, 11, 13, 17, 19, 23, 29, 31, 97, 1009, 7919];

    fn wheel_prime(value: u64) -> WheelPrime {
        WheelPrime {
            quotient: (value / 30) as u32,
            bit: NEXT_COPRIME[(value % 30) as usize].1,
        }
    }

    /// Without the bits of the multiples from the `least` on, in `length` bytes from `start` on.
    fn one_by_one(start: u64, length: usize, primes: &[u64], least: fn(u64) -> u64) -> Vec<u8> {
        let mut bits = vec![0xff; length];
        for (byte, bits) in (start..).zip(&mut bits) {
            for (bit, &residue) in RESIDUES.iter().enumerate() {
                let number = byte * 30 + u64::from(residue);
                if primes
                    .iter()
                    .any(|p| number % p == 0 && number >= least(*p))
                {
                    *bits &= !(1 << bit);
                }
            }
        }
        bits
    }

    #[test]
    fn turns_clear_the_multiples_in_stretches_of_any_length() {
        let lengths = [0, 1, 2, 7, 64, 300, 1000, 3, 1500];
        let total = lengths.iter().sum::<usize>();
        let margin = 7920;
        for start in [0, 1, 5, 8, 32, 33, 1000, u64::MAX / 30 - 12_000] {
            let mut memory = vec![0xff; total + 2 * margin];
            let awake: Vec<u64> = (PRIMES.into_iter())
                .filter(|&p| wheel_prime(p).square_byte() < start + total as u64)
                .collect();
            let mut turns = Turns::new(margin, 1);
            for &value in &awake {
                turns.add(wheel_prime(value), start, &mut memory);
            }
            let mut at = margin;
            for length in lengths {
                turns.strike(&mut memory, at, length);
                at += length;
            }
            let struck = &memory[margin..][..total];
            let must = one_by_one(start, total, &awake, |p| p * p);
            let may = one_by_one(start, total, &awake, |p| p + 1);
            assert!((struck.iter().zip(must)).all(|(bits, must)| bits & !must == 0));
            assert!((struck.iter().zip(may)).all(|(bits, may)| !bits & may == 0));
            assert!(turns.bytes() >= awake.len() * 8);
        }
    }

    #[test]
    fn steps_clear_the_multiples_in_segments_of_any_length() {
        for start in [0, 5, 1000, u64::MAX / 30 - 12_000] {
            let mut steps = Steps::with_capacity(1);
            for value in PRIMES {
                steps.add(wheel_prime(value), start);
            }
            let mut from = start;
            for length in [0, 1, 2, 7, 64, 300, 1000, 3, 1500] {
                let mut segment = vec![0xff; length];
                steps.strike(&mut segment);
                assert_eq!(segment, one_by_one(from, length, &PRIMES, |p| p * p));
                from += length as u64;
            }
            assert!(steps.bytes() >= PRIMES.len() * 8);
        }
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn too_little_margin_panics() {
        let mut turns = Turns::new(32, 1);
        let mut memory = vec![0xff; 95];
        turns.add(wheel_prime(31), 32, &mut memory);
        turns.strike(&mut memory, 32, 32);
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn a_prime_beyond_the_margin_panics() {
        let mut memory = vec![0xff; 95];
        Turns::new(31, 1).add(wheel_prime(31), 32, &mut memory);
    }
}
