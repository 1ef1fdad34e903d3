//! The sieve as a whole, against primality tests and published sums.

use super::scan::Geometry;
use super::*;

/// Sums of the primes up to 10^k from k = 1 on (OEIS A046731).
const SUMS_TO_POWERS_OF_TEN: [u128; 10] = [
    17,
    1_060,
    76_127,
    5_736_396,
    454_396_537,
    37_550_402_023,
    3_203_324_994_356,
    279_209_790_387_276,
    24_739_512_092_254_535,
    2_220_822_432_581_729_238,
];

/// Segments so small that a short window has many, of every kind of prime.
const TINY: Geometry = Geometry {
    segment: 1024,
    margin: 640,
    piece: 192,
    first_large: 1000,
};

fn sieve_to(last: u64) -> Sieve {
    Sieve::new(Arc::new(SievingPrimes::up_to_sqrt_of(last)))
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Miller-Rabin with the first twelve primes as bases, which is exact below
/// 3 * 10^23 (Sorenson and Webster).
fn is_prime(number: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if number < 2 {
        return false;
    }
    if let Some(&divisor) = BASES.iter().find(|&&base| number.is_multiple_of(base)) {
        return number == divisor;
    }
    let modulus = u128::from(number);
    let multiply = |a: u64, b: u64| (u128::from(a) * u128::from(b) % modulus) as u64;
    let twos = (number - 1).trailing_zeros();
    BASES.iter().all(|&base| {
        let (mut power, mut square, mut exponent) = (1, base, (number - 1) >> twos);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = multiply(power, square);
            }
            square = multiply(square, square);
            exponent >>= 1;
        }
        let mut witness = power != 1;
        for _ in 0..twos {
            if power == number - 1 {
                witness = false;
            }
            power = multiply(power, power);
        }
        !witness
    })
}

fn sum_one_by_one(first: u64, last: u64) -> u128 {
    let primes = (first..=last).filter(|&number| is_prime(number));
    primes.map(u128::from).sum()
}

#[test]
fn every_small_end_agrees_with_trial_division() {
    let mut sieve = sieve_to(2000);
    let mut sum = 0;
    for last in 0..=2000 {
        if last > 1 && (2..last).all(|divisor| last % divisor != 0) {
            sum += u128::from(last);
        }
        assert_eq!(sieve.sum(0, last), sum, "{last}");
        // The limit's own square root is the edge here.
        if last <= 130 || last % 97 == 0 {
            assert_eq!(sieve_to(last).sum(0, last), sum, "{last}");
        }
    }
}

#[test]
fn every_small_window_agrees_with_the_ends() {
    let mut sieve = sieve_to(1000);
    let sums: Vec<u128> = (0..=250).map(|last| sieve.sum(0, last)).collect();
    for first in 1..=250 {
        for last in 0..=250 {
            let want = if first > last {
                0
            } else {
                sums[last] - sums[first - 1]
            };
            assert_eq!(sieve.sum(first as u64, last as u64), want, "{first} {last}");
        }
    }
}

#[test]
fn published_sums() {
    let powers = if cfg!(debug_assertions) { 8 } else { 10 };
    let mut sieve = sieve_to(10_u64.pow(powers));
    for (power, &sum) in (1..=powers).zip(&SUMS_TO_POWERS_OF_TEN) {
        assert_eq!(sieve.sum(0, 10_u64.pow(power)), sum, "10^{power}");
    }
}

#[test]
fn windows_of_every_magnitude() {
    let mut random = Random(1);
    let mut sieve = sieve_to(2 * 10_u64.pow(14));
    let mut end = 100;
    while end <= 10_u64.pow(14) {
        for _ in 0..4 {
            let first = random.below(end);
            let last = first + random.below(2000);
            let want = sum_one_by_one(first, last);
            assert_eq!(sieve.sum(first, last), want, "{first} {last}");
        }
        end *= 10;
    }
}

#[test]
fn tiny_segments_agree_with_usual_ones_on_every_path() {
    // The root, 10^4, is far above the tiny geometry's large primes.
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(100_000_000));
    let mut usual = Sieve::new(Arc::clone(&primes));
    let mut random = Random(2);
    for isa in isa::available() {
        let mut tiny = Sieve::with(Arc::clone(&primes), isa, TINY);
        let mut odd = Sieve::with(
            Arc::clone(&primes),
            isa,
            Geometry {
                segment: 2048,
                margin: 320,
                piece: 2048,
                first_large: 3000,
            },
        );
        let starts = [0, 1, 29, 30, 31, 4_950, 999_000, 99_000_000];
        for first in starts.into_iter().chain([random.below(100_000_000)]) {
            // From inside the first block to beyond many segments.
            for length in [
                1, 29, 1920, 30_719, 30_720, 30_721, 61_439, 100_000, 500_000,
            ] {
                let last = (first + length).min(100_000_000);
                let want = usual.sum(first, last);
                assert_eq!(tiny.sum(first, last), want, "{first} {last} {isa}");
                assert_eq!(odd.sum(first, last), want, "{first} {last} {isa}");
            }
        }
    }
}

#[test]
fn paths_agree() {
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(1 << 45));
    let sums: Vec<u128> = (isa::available())
        .map(|isa| {
            let mut sieve = Sieve::with(Arc::clone(&primes), isa, Geometry::USUAL);
            sieve.sum((1 << 45) - 3_000_001, 1 << 45) + sieve.sum(12_345, 2_345_678)
        })
        .collect();
    assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
}

#[test]
fn the_ends_of_segments() {
    let limit = 10_u64.pow(12);
    let span = 30 * Geometry::USUAL.segment as u64;
    let mut sieve = sieve_to(limit);
    for first in [0, (limit - 2 * span).next_multiple_of(30)] {
        let around = |at: u64| (at - 61, at + 61);
        let (low, high) = around(first + span);
        let inner = sum_one_by_one(low, high);
        let sum = sieve.sum(first, high);
        assert_eq!(sum - sieve.sum(first, low - 1), inner);
        // Ends on the last number of a segment, and one to either side.
        for last in [first + span - 2, first + span - 1, first + span] {
            let rest = sum_one_by_one(last + 1, high);
            assert_eq!(sieve.sum(first, last) + rest, sum, "{last}");
        }
    }
}

#[test]
fn parts_add_up_to_the_whole() {
    let mut random = Random(3);
    let mut sieve = sieve_to(1 << 44);
    for end in [1 << 21, 1 << 33, 1 << 44] {
        let first = end - (1 << 21);
        let whole = sieve.sum(first, end);
        let mut cuts: Vec<u64> = (0..30).map(|_| first + random.below(1 << 21)).collect();
        cuts.sort_unstable();
        let (mut from, mut sum) = (first, 0);
        for cut in cuts {
            sum += sieve.sum(from, cut);
            from = cut + 1;
        }
        assert_eq!(sum + sieve.sum(from, end), whole);
    }
}

#[test]
fn many_stripes_of_large_primes() {
    // The root is 4.2 million: by default all primes are at most medium.
    let last = 1_u64 << 44;
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(last));
    let mut sieve = Sieve::new(Arc::clone(&primes));
    let few = Geometry {
        segment: 1 << 15,
        first_large: 1 << 18,
        ..Geometry::USUAL
    };
    let mut stripes = Sieve::with(primes, isa::current(), few);
    let first = last - (1 << 24);
    let sum = sieve.sum(first, last);
    assert_eq!(stripes.sum(first, last), sum);
    // With what is kept of each prime, across the ends of windows and stripes.
    let parts = (first..=last).step_by(1 << 22).map(|first| {
        let last = last.min(first + (1 << 22) - 1);
        stripes.sum(first, last)
    });
    assert_eq!(parts.sum::<u128>(), sum);
    let part = sum_one_by_one(first, first + 3000);
    assert_eq!(sieve.sum(first + 3001, last) + part, sum);
}

#[test]
fn numbers_next_to_the_largest_do_not_overflow() {
    // The primes to 10^4 alone leave the numbers without such factors: the
    // arithmetic up to the very end without the sieving primes up to 2^32.
    let root = 10_000;
    let primes = Arc::new(SievingPrimes::new(u64::MAX, root));
    for geometry in [TINY, Geometry::USUAL, Geometry::WIDE] {
        let mut sieve = Sieve::with(Arc::clone(&primes), isa::current(), geometry);
        for length in [0, 1, 14, 30, 31, 2000, 15_000] {
            let first = u64::MAX - length;
            let rough = |&number: &u64| (2..=root).all(|divisor| number % divisor != 0);
            let want: u128 = (first..=u64::MAX).filter(rough).map(u128::from).sum();
            assert_eq!(sieve.sum(first, u64::MAX), want, "{length}");
        }
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "sieves to 2^32: run with --release")]
fn windows_up_to_the_largest_number() {
    let mut sieve = sieve_to(u64::MAX);
    let first = u64::MAX - 1_000_000;
    assert_eq!(sieve.sum(first, u64::MAX), sum_one_by_one(first, u64::MAX));
    let first = 10_u64.pow(15);
    let last = first + 10_000_000;
    assert_eq!(sieve.sum(first, last), sum_one_by_one(first, last));
}

/// First, last, and the sum of what `primesieve FIRST LAST --print` (version 11.0) prints.
const WINDOWS: [(u64, u64, u128); 4] = [
    (
        1_000_000_000_000,
        1_000_010_000_000,
        361_727_809_140_324_132,
    ),
    (
        1_000_000_000_000_000,
        1_000_000_010_000_000,
        289_394_001_447_073_963_570,
    ),
    (
        1_000_000_000_000_000_000,
        1_000_000_000_010_000_000,
        241_295_000_001_204_052_459_331,
    ),
    (
        18_446_744_073_699_551_615,
        18_446_744_073_709_551_614,
        4_155_516_484_227_497_330_865_695,
    ),
];

#[test]
fn windows_have_the_sums_of_what_primesieve_prints() {
    // The last two take the sieving primes up to 10^9 and 2^32: with --release.
    let windows = if cfg!(debug_assertions) { 2 } else { 4 };
    for (first, last, sum) in &WINDOWS[..windows] {
        let primes = Arc::new(SievingPrimes::up_to_sqrt_of(*last));
        for isa in isa::available() {
            let mut sieve = Sieve::on(Arc::clone(&primes), isa);
            assert_eq!(sieve.sum(*first, *last), *sum, "{first} {isa}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]
    #[test]
    fn any_window_cut_anywhere(end in 1_u64..1 << 44, length in 0_u64..3000, cut in 0_u64..3000) {
        let (first, last) = (end.saturating_sub(length), end);
        let cut = last.min(first + cut);
        let primes = Arc::new(SievingPrimes::up_to_sqrt_of(last));
        let want = sum_one_by_one(first, last);
        for isa in isa::available() {
            let mut sieve = Sieve::on(Arc::clone(&primes), isa);
            let sum = sieve.sum(first, cut) + sieve.sum(cut + 1, last);
            proptest::prop_assert_eq!(sum, want, "{}", isa);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]
    /// Grain after grain on one thread: what goes on from the last window, and what cannot.
    #[test]
    fn windows_one_after_another(
        start in 0_u64..99_000_000,
        steps in proptest::collection::vec((0_u64..200_000, 0_u64..100, 0_u8..8), 1..12),
    ) {
        let limit = 102_500_000;
        let primes = Arc::new(SievingPrimes::up_to_sqrt_of(limit));
        for isa in isa::available() {
            for geometry in [TINY, Geometry::USUAL] {
                let mut sieve = Sieve::with(Arc::clone(&primes), isa, geometry);
                let mut first = start;
                for &(long, short, kind) in &steps {
                    let last = first + if kind < 5 { long } else { short };
                    let want = Sieve::on(Arc::clone(&primes), Isa::Portable).sum(first, last);
                    if kind == 4 {
                        proptest::prop_assert_eq!(sieve.sum_until(first, last, || true), None);
                    }
                    proptest::prop_assert_eq!(sieve.sum(first, last), want, "{} {} {}", first, last, isa);
                    // Mostly the next number, else some numbers back or on.
                    first = match kind {
                        0 => last.saturating_sub(short),
                        1 => last + short,
                        _ => last + 1,
                    };
                }
            }
        }
    }
}

#[test]
fn grains_one_after_another_have_the_sum_of_what_primesieve_prints() {
    let (first, last, sum) = WINDOWS[1];
    for isa in isa::available() {
        let mut sieve = Sieve::on(Arc::new(SievingPrimes::up_to_sqrt_of(last)), isa);
        let firsts = (first..=last).step_by(1 << 21);
        let sums = firsts.map(|first| sieve.sum(first, last.min(first + (1 << 21) - 1)));
        assert_eq!(sums.sum::<u128>(), sum, "{isa}");
    }
}

#[test]
fn a_sum_can_be_stopped() {
    let mut sieve = sieve_to(1 << 26);
    assert_eq!(sieve.sum_until(0, 1 << 26, || true), None);
    let asked = std::cell::Cell::new(0);
    let second = || asked.replace(asked.get() + 1) == 1;
    assert_eq!(sieve.sum_until(0, 1 << 26, second), None);
    assert_eq!(asked.get(), 2);
    // The state is as good as new afterwards.
    assert_eq!(sieve.sum_until(0, 100, || false), Some(1060));
}

#[test]
#[should_panic(expected = "made for numbers up to 1000")]
fn a_window_beyond_the_limit_panics() {
    sieve_to(1000).sum(0, 1001);
}

#[test]
fn a_thread_takes_under_three_mebibytes() {
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(10_u64.pow(12)));
    assert!(primes.bytes() < 400_000, "{}", primes.bytes());
    let mut sieve = Sieve::new(primes);
    let last = 10_u64.pow(12);
    // As long as primes go from list to list.
    sieve.sum(last - 2_000_000_000, last);
    assert!(sieve.bytes() < 3 << 20, "{}", sieve.bytes());
}
