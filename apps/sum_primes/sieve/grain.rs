//! How to cut a window into grains, the parts that threads take one by one.

use super::scan::Geometry;
use super::wheel::SPAN;

/// Numbers to a sieving prime that make its set-up, once a call, a few per cent
/// of the sieving.
const NUMBERS_PER_PRIME: u64 = 2048;

/// Numbers to a sieving prime that make the pass over all of them, large ones
/// included, about as much work as the rest.
const FEWEST_PER_PRIME: u64 = 16;

/// A window has at least about so many grains, if they need not be made smaller
/// than [`SHORTEST_SHARE`] of a full grain for that.
const GRAINS: u64 = 64;
const SHORTEST_SHARE: u64 = 4;

const SMALLEST: u64 = 1 << 15;
const LARGEST: u64 = 1 << 25;

/// How many numbers a grain of the window from `first` to `last` has: a power
/// of two of bytes of the number line, 30 numbers each, so that segments and the
/// pieces of them come out even. From the arguments alone.
///
/// A grain is a call of [`Sieve::sum`](super::Sieve::sum), and a call that does not
/// go on from the thread's last one looks
/// for the first multiple of every sieving prime. A full grain is long enough
/// that this is at most a few per cent: 2^18 bytes below 10^9 (128 grains),
/// 2^20 below 10^10 (318), 2^23 below 10^12 (3974) and 2^25 below 10^15. A
/// window that would have fewer than 64 grains gets grains down to a quarter
/// of that, if a pass over all the sieving primes stays below half of the work:
/// the threads then finish together, at the price of more set-up.
pub fn grain(first: u64, last: u64) -> u64 {
    let root = last.isqrt();
    let first_large = Geometry::for_root(root).first_large;
    // Large primes have no set-up of their own, but are passed over.
    let set_up = NUMBERS_PER_PRIME * prime_count(root.min(first_large));
    let passed_over = FEWEST_PER_PRIME * prime_count(root);
    let bytes = |numbers: u64| (numbers / SPAN).next_power_of_two();
    let full = bytes(set_up).clamp(SMALLEST, LARGEST);
    let shortest = (full / SHORTEST_SHARE).max(bytes(passed_over));
    let length = last.saturating_sub(first).saturating_add(1);
    let share = 1 << (length / SPAN / GRAINS).max(1).ilog2();
    SPAN * share.clamp(shortest, full.max(shortest))
}

/// About the number of primes up to `root`, in integers: every rank must come
/// to the same grain.
fn prime_count(root: u64) -> u64 {
    // x / ln x, with ln x as 0.7 log2 x.
    10 * root / (7 * u64::from(root.max(2).ilog2()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_grains() {
        for (power, bytes, grains) in [
            (9, 18, 128),
            (10, 20, 318),
            (12, 23, 3974),
            (15, 25, 993_411),
        ] {
            let last = 10_u64.pow(power);
            assert_eq!(grain(0, last), 30 << bytes, "10^{power}");
            assert_eq!(last.div_ceil(30 << bytes), grains, "10^{power}");
        }
    }

    #[test]
    fn grains_are_even_everywhere() {
        for bits in 0..64 {
            let last = u64::MAX >> bits;
            for first in [0, last / 3, last - last / 1000, last, u64::MAX] {
                let grain = grain(first, last);
                assert_eq!(grain % SPAN, 0);
                assert!((grain / SPAN).is_power_of_two(), "{first} {last}");
            }
        }
    }

    #[test]
    fn short_windows_get_shorter_grains() {
        let (first, full) = (10_u64.pow(12), 30 << 23);
        assert_eq!(grain(first, first + 64 * full), full);
        assert_eq!(grain(first, first + 32 * full), full / 2);
        assert_eq!(grain(first, first + 10), full / SHORTEST_SHARE);
        // Not so where the sieving primes outweigh the window.
        let first = 10_u64.pow(19);
        assert_eq!(grain(first, first + 10), grain(0, first));
    }
}
