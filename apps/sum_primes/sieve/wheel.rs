//! The modulo-30 wheel: a byte stands for 30 numbers, a bit for each residue
//! coprime to 30.
//!
//! Bit `k` of byte `b` is the number `30 b + RESIDUES[k]`. The multiples of a
//! prime `p` that have a bit are `p m` with `m` coprime to 30, so crossing off
//! walks `m` round the same wheel. All the arithmetic below is on byte numbers
//! and on distances from a byte, never on `p m` itself, so nothing overflows
//! near `u64::MAX`.

/// The residues coprime to 30, in the order of a byte's bits.
pub const RESIDUES: [u8; 8] = [1, 7, 11, 13, 17, 19, 23, 29];

/// The distance from `RESIDUES[w]` to the next residue, round the wheel.
pub const GAPS: [u8; 8] = [6, 4, 2, 4, 2, 4, 6, 2];

/// How many numbers a byte stands for.
pub const SPAN: u64 = 30;

/// For each residue modulo 30: how far the next residue coprime to 30 is
/// (zero when it is one), and that one's bit.
pub const NEXT_COPRIME: [(u8, u8); 30] = {
    let mut table = [(0, 0); 30];
    let mut from = 0;
    while from < 30 {
        let mut bit = 0;
        while (RESIDUES[bit] as usize) < from {
            bit += 1;
        }
        table[from] = (RESIDUES[bit] - from as u8, bit as u8);
        from += 1;
    }
    table
};

/// The bit of the product of two numbers whose residues have bits `r` and `w`.
pub const fn product_bit(r: usize, w: usize) -> u8 {
    NEXT_COPRIME[product(r, w) as usize % 30].1
}

/// How many bytes the step from the `w`-th cofactor to the next takes beyond
/// `GAPS[w] * (p / 30)`, for a prime of residue `RESIDUES[r]`.
pub const fn carry(r: usize, w: usize) -> usize {
    let step = RESIDUES[r] as usize * GAPS[w] as usize;
    (product(r, w) as usize % 30 + step) / 30
}

const fn product(r: usize, w: usize) -> u16 {
    RESIDUES[r] as u16 * RESIDUES[w] as u16
}

/// A prime above 5 in wheel coordinates: it is `30 quotient + RESIDUES[bit]`,
/// which is also where its own bit is in a sieve that starts at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WheelPrime {
    /// The prime divided by 30.
    pub quotient: u32,
    /// The bit of the prime's residue modulo 30.
    pub bit: u8,
}

impl WheelPrime {
    /// The prime itself.
    #[inline]
    pub fn value(self) -> u64 {
        u64::from(self.quotient) * SPAN + u64::from(RESIDUES[usize::from(self.bit)])
    }

    /// The byte that holds the prime's square, where crossing off begins.
    #[inline]
    pub fn square_byte(self) -> u64 {
        // Sieving primes are below 2^32, so the square fits.
        self.value() * self.value() / SPAN
    }

    /// The first multiple to cross off at or after the start of byte `start`:
    /// how many bytes further it is, and the cofactor's place on the wheel.
    ///
    /// Below the square there is nothing to do: those multiples have a smaller
    /// prime factor.
    #[inline]
    pub fn first_multiple(self, start: u64) -> (u64, u8) {
        let prime = self.value();
        let from = start * SPAN;
        let square = prime * prime;
        if square >= from {
            return ((square - from) / SPAN, self.bit);
        }
        let remainder = from % prime;
        let (mut cofactor, mut distance) = (from / prime, 0);
        if remainder != 0 {
            cofactor += 1;
            distance = prime - remainder;
        }
        let (advance, place) = NEXT_COPRIME[(cofactor % SPAN) as usize];
        ((distance + u64::from(advance) * prime) / SPAN, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_round_the_wheel_follow_the_multiples() {
        for prime in [7_u64, 11, 13, 17, 19, 23, 29, 31, 37, 331, 65_537] {
            let r = usize::from(NEXT_COPRIME[(prime % 30) as usize].1);
            let mut byte = prime / 30;
            let mut cofactor = 1;
            for w in (0..8).cycle().take(50) {
                let multiple = prime * cofactor;
                assert_eq!(byte, multiple / 30);
                let bit = usize::from(product_bit(r, w));
                assert_eq!(u64::from(RESIDUES[bit]), multiple % 30);
                byte += u64::from(GAPS[w]) * (prime / 30) + carry(r, w) as u64;
                cofactor += u64::from(GAPS[w]);
            }
        }
    }

    #[test]
    fn the_first_multiple_is_the_smallest_one_to_cross_off() {
        for value in [7_u64, 31, 97, 1009] {
            let prime = WheelPrime {
                quotient: (value / 30) as u32,
                bit: NEXT_COPRIME[(value % 30) as usize].1,
            };
            assert_eq!(prime.value(), value);
            for start in (0..200).chain(30_000..30_100).chain([u64::MAX / 30]) {
                let from = u128::from(start) * 30;
                let mut cofactor = u128::from(value).max(from.div_ceil(u128::from(value)));
                while cofactor % 2 == 0 || cofactor % 3 == 0 || cofactor % 5 == 0 {
                    cofactor += 1;
                }
                let (bytes, place) = prime.first_multiple(start);
                let multiple = u128::from(value) * cofactor;
                assert_eq!(u128::from(start + bytes), multiple / 30);
                assert_eq!(u128::from(RESIDUES[usize::from(place)]), cofactor % 30);
            }
        }
    }
}
