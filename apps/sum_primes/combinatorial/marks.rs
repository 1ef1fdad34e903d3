//! The sieve up to the root, and sums over what is marked in it.

use super::quotients::{WHEEL_PRIMES, is_on_wheel};

/// Sixty-four odd numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// Bit `i` of word `w` is the number `128 w + 2 i + 1`.
    bits: u64,
    /// The sum of what is marked before this word, and of the 2.
    before: u64,
}

/// The numbers from 2 on that are prime or have no factor among the primes struck so far.
#[derive(Debug)]
pub struct Marks {
    end: u64,
    words: Vec<Word>,
    /// The sum of each word's numbers.
    sums: Vec<u64>,
    /// How many odd numbers are marked before each word.
    counts: Vec<u32>,
}

/// `DIGITS[d]` masks the places of a word whose number has binary digit `d` set.
const DIGITS: [u64; 6] = [
    0xaaaa_aaaa_aaaa_aaaa,
    0xcccc_cccc_cccc_cccc,
    0xf0f0_f0f0_f0f0_f0f0,
    0xff00_ff00_ff00_ff00,
    0xffff_0000_ffff_0000,
    0xffff_ffff_0000_0000,
];

/// The sum of the numbers of the bits, in that word.
#[inline(always)]
fn sum_of(bits: u64, word: usize) -> u64 {
    let mut places = 0;
    for (digit, mask) in DIGITS.iter().enumerate() {
        places += u64::from((bits & mask).count_ones()) << digit;
    }
    2 * places + (128 * word as u64 + 1) * u64::from(bits.count_ones())
}

/// The word of an odd number, or of the odd one before an even number, and the mask of the bits up to it.
#[inline(always)]
fn place(number: u32) -> (usize, u64) {
    let odd = (number - 1) / 2;
    ((odd / 64) as usize, u64::MAX >> (63 - odd % 64))
}

impl Marks {
    /// Up to `root`, inclusive, with the multiples of 2, 3, 5 and 7 struck.
    pub fn up_to(root: u64) -> Self {
        let length = (root / 128 + 1) as usize;
        let mut words = vec![Word::default(); length];
        for number in (3..=root).step_by(2) {
            if is_on_wheel(number) || WHEEL_PRIMES.contains(&number) {
                words[(number / 128) as usize].bits |= 1 << (number / 2 % 64);
            }
        }
        let sums = words.iter().enumerate();
        Self {
            end: root + 1,
            sums: sums.map(|(at, word)| sum_of(word.bits, at)).collect(),
            counts: vec![0; length],
            words,
        }
    }

    /// All numbers are below this.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Whether the odd `number` is marked.
    pub fn is_marked(&self, number: u64) -> bool {
        number % 2 == 1 && self.words[(number / 128) as usize].bits >> (number / 2 % 64) & 1 == 1
    }

    /// Makes sums and ranks those of the present marks.
    pub fn add_up(&mut self) {
        let (mut sum, mut count) = (2, 0);
        for ((word, own), before) in (self.words.iter_mut().zip(&self.sums)).zip(&mut self.counts) {
            word.before = sum;
            *before = count;
            sum += own;
            count += word.bits.count_ones();
        }
    }

    /// Takes the marks of the multiples of a prime from its square on.
    pub fn strike(&mut self, prime: u64) {
        for multiple in (prime * prime..self.end).step_by(2 * prime as usize) {
            let (at, bit) = ((multiple / 128) as usize, 1 << (multiple / 2 % 64));
            if self.words[at].bits & bit != 0 {
                self.words[at].bits ^= bit;
                self.sums[at] -= multiple;
            }
        }
    }

    /// The sum of the marked numbers up to `number`, at least 2, as of the last [`Marks::add_up`].
    #[inline(always)]
    pub fn sum_to(&self, number: u32) -> u64 {
        let (at, mask) = place(number);
        let Word { bits, before } = self.words[at];
        before + sum_of(bits & mask, at)
    }

    /// How many odd numbers up to `number`, at least 1, are marked, as of the last [`Marks::add_up`].
    #[inline(always)]
    pub fn rank(&self, number: u32) -> u32 {
        let (at, mask) = place(number);
        self.counts[at] + (self.words[at].bits & mask).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_ranks_are_those_of_the_numbers_one_by_one() {
        let mut marks = Marks::up_to(1000);
        for prime in [11, 13] {
            marks.strike(prime);
        }
        marks.add_up();
        let struck = [2, 3, 5, 7, 11, 13];
        let (mut sum, mut odd) = (0, 0);
        for number in 2..=1000_u32 {
            let rough = struck.iter().all(|p| number % p != 0);
            if rough || struck.contains(&number) {
                sum += u64::from(number);
                odd += number % 2;
            }
            assert_eq!(marks.sum_to(number), sum, "{number}");
            assert_eq!(marks.rank(number), odd, "{number}");
        }
    }
}
