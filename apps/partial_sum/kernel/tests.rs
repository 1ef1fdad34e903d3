use super::block::{Blocks, FROM, INEXACT};
use super::way::one;
use super::{Fixed, grain, known, sum, sum_on};
use grange::isa::{self, Isa};
use num_bigint::BigInt;
use proptest::prelude::*;

/// A reproducible stream of numbers (SplitMix64: Steele, Lea and Flood, 2014).
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// The sum term by term, each to the nearest `2^-126`, in units of that.
fn term_by_term(first: u64, last: u64) -> i128 {
    let term = |x: u64| (((1u128 << 126) + u128::from(x / 2)) / u128::from(x)) as i128;
    let signed = |x| if x % 2 == 1 { term(x) } else { -term(x) };
    (first..=last).map(signed).sum()
}

/// ln 2 in units of `2^-120`.
const LN_2: i128 = 0xb1_7217_f7d1_cf79_abc9_e3b3_9803_f2f7;

/// The sum of the first `n` terms by Boole's summation formula, to some `2^-118`
/// for `n` from `2^17`, in units of `2^-120`:
/// `ln 2 -+ (1/2n - 1/4n^2 + 1/8n^4 - 1/4n^6 + ...)`, with minus for even `n`
/// (for odd `n`, take the next sum and put its last term back).
fn closed_form(n: u64) -> i128 {
    if n % 2 == 1 {
        return closed_form(n + 1) + (1i128 << 120) / i128::from(n + 1);
    }
    let n = i128::from(n);
    let half = (1i128 << 119) / n;
    let quarter = half / n / 2;
    let eighth = quarter / n / n / 2;
    LN_2 - half + quarter - eighth + eighth / n / n * 2
}

/// The grid steps within which `sum` promises to be, or just above.
fn allowed(first: u64, last: u64) -> i128 {
    let quads = i128::from((last.min(FROM).saturating_sub(first)) / 4 + 2);
    let near = if first <= FROM { quads << 20 } else { 0 };
    let blocks = i128::from((last - first) / 64 + 2);
    // 7.1u of all terms from here on, and what blocks are rounded by.
    let e = first.max(FROM).ilog2();
    let far = if last > FROM { 1i128 << (71 - e) } else { 0 };
    near + far + blocks + 70
}

/// Starts that matter: the first terms, the borders, and the ends of `f64` and
/// of `u64`.
fn places() -> [u64; 9] {
    let borders = [FROM, INEXACT, 1 << 26, 1 << 53, 1 << 63];
    let [far, inexact, p26, p53, p63] = borders.map(|x: u64| x - 300);
    [1, 2, 1003, p26, far, inexact, p53, p63, u64::MAX - 700]
}

#[test]
fn any_partition_gives_the_same_value() {
    let mut stream = Stream(1);
    for round in 0..400 {
        let places = places();
        let first = places[round % places.len()] + stream.below(9);
        let last = first + stream.below(680);
        let whole = sum(first, last);
        // Random cuts, empty pieces among them, added in a random order.
        let mut cuts: Vec<u64> = (0..stream.below(20))
            .map(|_| first + stream.below(last - first + 1))
            .collect();
        cuts.sort_unstable();
        let mut pieces = vec![];
        let mut from = first;
        for cut in cuts {
            pieces.push(sum(from, cut - 1));
            from = cut;
        }
        pieces.push(sum(from, last));
        let mut total = Fixed::ZERO;
        while !pieces.is_empty() {
            let at = stream.below(pieces.len() as u64) as usize;
            total += pieces.swap_remove(at);
        }
        assert_eq!(total, whole, "{first} ..= {last}");
    }
}

#[test]
fn a_long_window_can_be_cut_anywhere() {
    let whole = sum(1, 1_000_000);
    let mut stream = Stream(2);
    for _ in 0..10 {
        let cut = 1 + stream.below(1_000_000);
        assert_eq!(sum(1, cut - 1) + sum(cut, 1_000_000), whole, "{cut}");
    }
    let singles: Fixed = (1..=10_000).map(|x| sum(x, x)).sum();
    assert_eq!(singles, sum(1, 10_000));
}

#[test]
fn a_cut_changes_nothing_where_terms_are_not_exact() {
    // Blocks are some steps of the grid, so a centre advanced in `f64`, where 64
    // more is no more, would show.
    let (first, end) = ((1 << 60) - 20_000, (1 << 60) + 20_000);
    let pieces = (first..end).step_by(100).map(|x| sum(x, x + 99));
    assert_eq!(pieces.sum::<Fixed>(), sum(first, end - 1));
    assert_ne!(sum(first, end - 1), Fixed::ZERO);
}

#[test]
fn every_instruction_set_gives_the_same_value() {
    let mut stream = Stream(3);
    for isa in isa::available() {
        let plain = sum_on(Isa::Portable, 1, 3_000_000);
        assert_eq!(sum_on(isa, 1, 3_000_000), plain, "{isa}");
        for first in places() {
            let last = first + stream.below(680);
            let plain = sum_on(Isa::Portable, first, last);
            assert_eq!(sum_on(isa, first, last), plain, "{isa} {first} {last}");
        }
    }
}

#[test]
fn known_answers_are_right() {
    isa::check(&known::KNOWN).unwrap();
}

proptest! {
    #[test]
    fn any_window_can_be_cut_anywhere_on_any_set(
        start in prop_oneof![0..1u64 << 20, any::<u64>()],
        length in 0..200_000u64,
        cut in 0..=200_000u64,
    ) {
        let first = start.max(1);
        let last = first.saturating_add(length);
        let whole = sum_on(Isa::Portable, first, last);
        let cut = first + cut.min(last - first);
        for isa in isa::available() {
            prop_assert_eq!(sum_on(isa, first, last), whole);
            prop_assert_eq!(sum_on(isa, first, cut) + rest(isa, cut, last), whole);
        }
    }
}

/// What comes after `cut`.
fn rest(isa: Isa, cut: u64, last: u64) -> Fixed {
    match cut < last {
        true => sum_on(isa, cut + 1, last),
        false => Fixed::ZERO,
    }
}

#[test]
fn sums_are_the_nearest_to_exact_ones() {
    // In units of 2^-200, each term rounded down: off by less than 2^-180 after 600,000 of them.
    let one = BigInt::from(1) << 200;
    let mut exact = BigInt::from(0);
    let mut stream = Stream(6);
    let mut next = 1;
    for x in 1..=600_000u64 {
        let term: BigInt = &one / x;
        exact += if x % 2 == 1 { term } else { -term };
        if x == next {
            let truth = i128::try_from(&exact >> 80).unwrap();
            for isa in isa::available() {
                let value = sum_on(isa, 1, x).to_f64();
                assert_eq!(
                    value.to_bits(),
                    Fixed::from_steps(truth).to_f64().to_bits(),
                    "{x}"
                );
            }
            next += 1 + stream.below(x);
        }
    }
}

#[test]
fn ln_2_is_right_to_the_last_bit() {
    // 1/2 + 1/(2 * 4) + 1/(3 * 8) + ...
    let terms = (1..=250u32).map(|k| (BigInt::from(1) << (250 - k)) / k);
    let ln_2: BigInt = terms.sum();
    let half: BigInt = BigInt::from(1) << 129;
    assert_eq!((ln_2 + half) >> 130, BigInt::from(LN_2), "to the nearest");
    assert_eq!(
        Fixed::from_steps(LN_2).to_f64().to_bits(),
        std::f64::consts::LN_2.to_bits()
    );
}

#[test]
fn a_block_is_within_its_bound() {
    for first in [
        FROM,
        FROM + 64,
        300_032,
        1 << 20,
        1 << 26,
        1 << 36,
        1 << 37,
        1 << 44,
        1 << 51,
    ] {
        let (k, e) = (first / 64, first.ilog2());
        let value = one(Blocks::of_octave(e), k).steps() * 64;
        let truth = term_by_term(first + 1, first + 64);
        // 3.1u of it, half a step of its grid, and what 64 terms are rounded by.
        let grid = 1i128 << (126 - (46 + 2 * e).min(120));
        let bound = (truth >> 53) * 31 / 10 + grid / 2 + 40;
        assert!((value - truth).abs() <= bound, "{first}: {value} {truth}");
        assert!(truth > 0);
    }
}

#[test]
fn the_value_has_not_changed() {
    // Stored sums and those of other machines must add up with new ones.
    assert_eq!(
        sum(1, 1_000_000).steps(),
        921_349_972_985_995_719_767_348_802_449_571_840
    );
}

#[test]
fn short_windows_are_within_the_bound() {
    for first in 1..60 {
        for last in first..first + 60 {
            let truth = term_by_term(first, last);
            let value = sum(first, last);
            let off = (value.steps() * 64 - truth).abs();
            assert!(off < allowed(first, last) * 64, "{first} {last} {off}");
            assert_eq!(value.to_f64(), Fixed::from_steps(truth >> 6).to_f64());
        }
    }
    for first in places() {
        let truth = term_by_term(first, first + 600);
        let off = (sum(first, first + 600).steps() * 64 - truth).abs();
        assert!(off < allowed(first, first + 600) * 64, "{first} {off}");
    }
}

#[test]
fn first_terms_converge_to_ln_2_and_are_correctly_rounded() {
    let mut stream = Stream(4);
    let mut checked = 0;
    let mut total = Fixed::ZERO;
    let ends = (1..=30).map(|_| 131_072 + stream.below(20_000_000 - 131_072));
    let mut ends: Vec<u64> = ends.chain([20_000_000]).collect();
    ends.sort_unstable();
    for end in ends {
        total += sum(checked + 1, end);
        checked = end;
        let truth = closed_form(end);
        let off = (total.steps() - truth).abs();
        assert!(off < allowed(1, end), "{end} {off}");
        assert_eq!(total.to_f64(), Fixed::from_steps(truth).to_f64(), "{end}");
    }
    assert!((total.to_f64() - std::f64::consts::LN_2).abs() < 1.0 / 4e7);
}

#[test]
fn far_windows_agree_with_the_closed_form() {
    let windows = [
        (1 << 30, 99_999),
        (FROM - 50_001, 100_001),
        (1 << 40, 65_536),
        // The largest values, for many times `FILL` blocks.
        (FROM + 1, 1 << 25),
        ((1 << 36) + 1, 1 << 25),
    ];
    for (first, terms) in windows {
        let last = first + terms - 1;
        let truth = closed_form(last) - closed_form(first - 1);
        let off = (sum(first, last).steps() - truth).abs();
        assert!(off < allowed(first, last) + 8, "{first} {off}");
    }
}

#[test]
fn single_terms_are_exact_to_the_grid() {
    for x in [
        1,
        2,
        3,
        5,
        6,
        7,
        99,
        1 << 40,
        (1 << 53) + 1,
        u64::MAX - 2,
        u64::MAX,
    ] {
        let exact = ((1i128 << 120) + i128::from(x / 2)) / i128::from(x);
        let exact = if x % 2 == 1 { exact } else { -exact };
        // The last of a group is what the group leaves for it; others are cuts of pairs.
        let slack = if x % 4 == 0 { allowed(x, x) } else { 64 };
        assert!((sum(x, x).steps() - exact).abs() <= slack, "{x}");
        if x < 1 << 53 {
            assert_eq!(sum(x, x).to_f64().abs(), 1.0 / x as f64, "{x}");
        }
    }
    assert_eq!(sum(1, 1).to_f64(), 1.0);
    assert_eq!(sum(1, 2).to_f64(), 0.5);
    assert_eq!(sum(1, 4).to_f64(), 7.0 / 12.0);
}

#[test]
fn empty_windows_are_zero() {
    assert_eq!(sum(1, 0), Fixed::ZERO);
    assert_eq!(sum(5, 4), Fixed::ZERO);
    assert_eq!(sum(u64::MAX, 0), Fixed::ZERO);
}

#[test]
#[should_panic(expected = "must start at 1")]
fn zero_is_refused() {
    sum(0, 10);
}

#[test]
fn to_f64_rounds_to_nearest_even() {
    let one = 1i128 << 53;
    let value = |steps| Fixed::from_steps(steps).to_f64() * 2f64.powi(120);
    assert_eq!(value(one + 1), one as f64, "a tie, down to even");
    assert_eq!(value(one + 3), (one + 4) as f64, "a tie, up to even");
    assert_eq!(value(-one - 1), -one as f64);
    assert_eq!(value(-one - 3), -(one + 4) as f64);
    // A last bit far below the rest still breaks the tie.
    assert_eq!(value((one + 1) << 60 | 1), ((one + 2) << 60) as f64);
    assert_eq!(value(((one + 3) << 60) - 1), ((one + 2) << 60) as f64);
    assert_eq!(value(0).to_bits(), 0);
    assert_eq!(Fixed::from_steps(1).to_f64(), 2f64.powi(-120));
    assert_eq!(Fixed::from_steps(-1).to_f64(), -(2f64.powi(-120)));
    assert_eq!(Fixed::from_steps(i128::MAX).to_f64(), 128.0);
    assert_eq!(Fixed::from_steps(i128::MIN).to_f64(), -128.0);
}

#[test]
fn addition_is_exact_in_any_order_even_past_the_range() {
    let mut stream = Stream(5);
    let mut any = || Fixed::from((stream.next() as i64, stream.next()));
    for _ in 0..1000 {
        let (a, b, c) = (any(), any(), any());
        assert_eq!(a + b, b + a);
        assert_eq!((a + b) + c, a + (b + c));
        assert_eq!(a + b - b, a);
        assert_eq!(Fixed::from(<(i64, u64)>::from(a)), a);
    }
}

#[test]
fn grains_are_powers_of_two_of_sensible_size() {
    assert_eq!(grain(1, 10), 1 << 20);
    assert_eq!(grain(10, 1), 1 << 20);
    assert_eq!(grain(1, 10_000_000_000), 1 << 24);
    assert_eq!(grain(1, u64::MAX), 1 << 31);
    for bits in 0..64 {
        assert!(grain(7, 1 << bits).is_power_of_two());
    }
}
