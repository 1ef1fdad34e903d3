//! The combinatorial sum against published sums and a plain sieve.

use super::*;
use grange::isa;
use proptest::prelude::*;

/// Sums of the primes up to 10^k from k = 1 on (OEIS A046731).
const SUMS_TO_POWERS_OF_TEN: [u128; 14] = [
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
    201_467_077_743_744_681_014,
    18_435_588_552_550_705_911_377,
    1_699_246_443_377_779_418_889_494,
    157_589_260_710_736_940_541_561_021,
];

#[test]
fn published_sums() {
    // Those to 10^14 with --release.
    let powers = if cfg!(debug_assertions) { 12 } else { 14 };
    for (power, sum) in (1..=powers).zip(SUMS_TO_POWERS_OF_TEN) {
        assert_eq!(sum_to(10_u64.pow(power), isa::current()), sum, "10^{power}");
    }
}

#[test]
fn every_instruction_set_gives_the_published_sum() {
    for isa in isa::available() {
        assert_eq!(
            sum_to(10_u64.pow(10), isa),
            SUMS_TO_POWERS_OF_TEN[9],
            "{isa}"
        );
    }
}

/// Products of two and three primes about the edges of what is summed over.
#[test]
fn powers_and_products_at_the_edges() {
    let squares = [257, 263, 1009, 1013, 3163].map(|p: u64| p * p);
    let cubes = [41, 43, 101, 211].map(|p: u64| p.pow(3));
    let fourth = [17, 19, 23, 29, 31, 53].map(|p: u64| p.pow(4));
    let mixed = [
        17 * 17 * 233,
        101 * 101 * 103,
        101 * 103 * 103,
        101 * 103 * 107,
    ];
    for at in squares.into_iter().chain(cubes).chain(fourth).chain(mixed) {
        for last in at - 2..=at + 1 {
            assert_eq!(sum_to(last, isa::current()), sum_listed(last), "{last}");
        }
    }
}

#[test]
fn from_listed_to_recursion() {
    for last in (0..200).chain(LISTED - 300..LISTED + 300) {
        assert_eq!(sum_to(last, isa::current()), sum_listed(last), "{last}");
    }
}

#[test]
#[should_panic(expected = "is too large")]
fn beyond_the_limit_panics() {
    sum_to(LIMIT + 1, isa::current());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn any_number(last in LISTED..3_000_000) {
        let sum = sum_listed(last);
        for isa in isa::available() {
            prop_assert_eq!(sum_to(last, isa), sum);
        }
    }
}
