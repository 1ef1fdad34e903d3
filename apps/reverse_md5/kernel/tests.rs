//! Planted targets of every length, at the edges of windows, on every path.

use std::cell::Cell;

use super::{Digest, Path, Searcher, decimal, grain};

/// A fixed sequence of pseudo-random numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from `low..=high`.
    fn within(&mut self, low: u128, high: u128) -> u128 {
        let wide = u128::from(self.next()) << 64 | u128::from(self.next());
        (high - low)
            .checked_add(1)
            .map_or(wide, |count| low + wide % count)
    }
}

fn never() -> bool {
    false
}

/// Plants `n` and looks for it in the window.
fn search(path: Path, n: u128, first: u128, last: u128) -> Option<u128> {
    Searcher::with_path(Digest::of_decimal(n), path).find(first, last, never)
}

/// Plants `n` in windows of `width` that begin and end at it, hold it, and just miss it.
fn check_edges(path: Path, n: u128, width: u128) {
    let mut searcher = Searcher::with_path(Digest::of_decimal(n), path);
    let (low, high) = (n.saturating_sub(width), n.saturating_add(width));
    let mut check = |first, last, expected| {
        let found = searcher.find(first, last, never);
        assert_eq!(found, expected, "{path}: {n} in {first}..={last}");
    };
    check(n, high, Some(n));
    check(low, n, Some(n));
    if let Some(before) = n.checked_sub(1) {
        check(low, before, None);
    }
    if let Some(after) = n.checked_add(1) {
        check(after, high, None);
    }
}

#[test]
fn finds_every_small_number_and_only_in_windows_that_have_it() {
    for (index, path) in Path::available().enumerate() {
        // One path sees all of them, the others a sample: this is slow without optimization.
        for n in (0..=12_000).step_by([1, 31, 97][index]) {
            check_edges(path, n, 19);
        }
    }
}

#[test]
fn finds_every_small_number_in_a_window_of_itself() {
    for n in 0..=12_000 {
        let mut searcher = Searcher::new(Digest::of_decimal(n));
        assert_eq!(searcher.find(n, n, never), Some(n));
        assert_eq!(searcher.find(n + 1, n + 1, never), None);
    }
}

#[test]
fn finds_random_numbers_of_every_length() {
    let mut random = Random(1);
    for path in Path::available() {
        for length in 1..=39 {
            let low = if length == 1 {
                0
            } else {
                10u128.pow(length - 1)
            };
            let high = decimal::last_of_length(low);
            for width in [9, 60, 1000] {
                check_edges(path, random.within(low, high), width);
            }
        }
    }
}

#[test]
fn finds_numbers_around_every_power_of_ten() {
    for path in Path::available() {
        for exponent in 1..=38 {
            let power = 10u128.pow(exponent);
            for n in [power - 2, power - 1, power, power + 1] {
                check_edges(path, n, 40);
            }
        }
    }
}

#[test]
fn finds_a_number_at_each_place_of_windows_shorter_than_a_vector() {
    for path in Path::available() {
        for start in [0, 95, 1_234_567, 99_999_990, 10u128.pow(20) - 3] {
            for count in 1..=20 {
                let last = start + count - 1;
                for n in start..=last {
                    assert_eq!(search(path, n, start, last), Some(n), "{path}");
                }
            }
        }
    }
}

#[test]
fn finds_numbers_in_long_windows() {
    let mut random = Random(2);
    for path in Path::available() {
        let count = if cfg!(debug_assertions) {
            20_000
        } else {
            20_000_000
        };
        for length in 4..=39 {
            let low = 10u128.pow(length - 1);
            let high = decimal::last_of_length(low);
            let first = random.within(low - 900, (high - 900).max(low + count) - count);
            let n = random.within(first, (first + count / 8).min(high));
            assert_eq!(search(path, n, first, first + count), Some(n), "{path}");
        }
    }
}

#[test]
fn finds_the_classic_target() {
    let target: Digest = "48ae4d2d384dcc470e471f4169daa96a".parse().unwrap();
    for path in Path::available() {
        let mut searcher = Searcher::with_path(target, path);
        assert_eq!(searcher.find(1_800_000, 1_900_000, never), Some(1_829_182));
        assert_eq!(searcher.find(1_829_183, 1_900_000, never), None);
    }
}

#[test]
fn empty_windows_have_nothing() {
    for path in Path::available() {
        for n in [0, 7, 1_000_000, u128::MAX] {
            assert_eq!(search(path, n, n, n), Some(n));
            if n > 0 {
                assert_eq!(search(path, n, n, n - 1), None);
                assert_eq!(search(path, n, n, 0), None);
            }
        }
    }
}

#[test]
fn the_ends_of_the_integer_types_do_not_overflow() {
    for path in Path::available() {
        for top in [
            u128::from(u32::MAX),
            u128::from(u64::MAX),
            u128::MAX - 64,
            u128::MAX,
        ] {
            for n in [top - 50, top - 1, top] {
                check_edges(path, n, 60);
                assert_eq!(search(path, n, top - 100, top), Some(n));
            }
        }
        assert_eq!(search(path, 5, u128::MAX - 1000, u128::MAX), None);
        // A window over all numbers ends at the hit.
        assert_eq!(search(path, 1234, 0, u128::MAX), Some(1234));
    }
}

#[test]
fn one_searcher_serves_any_windows_in_any_order() {
    let n = 31_415_926_535;
    let mut searcher = Searcher::new(Digest::of_decimal(n));
    for around in [
        n,
        12,
        999_999_999_990,
        n + 2000,
        u128::MAX - 100,
        5_000_000,
        n,
    ] {
        let found = searcher.find(around - 10, around + 90, never);
        assert_eq!(found, (around == n).then_some(n));
    }
}

#[test]
fn stops_when_asked() {
    for path in Path::available() {
        let mut searcher = Searcher::with_path(Digest::of_decimal(u128::MAX), path);
        assert_eq!(searcher.find(0, u128::MAX, || true), None);
        for patience in [1, 2, 5] {
            let asked = Cell::new(0);
            let stop = || {
                asked.set(asked.get() + 1);
                asked.get() > patience
            };
            assert_eq!(searcher.find(10u128.pow(11), u128::MAX, stop), None);
            assert_eq!(asked.get(), patience + 1);
        }
    }
}

#[test]
fn grains_are_powers_of_two_from_the_arguments_alone() {
    for (first, last) in [
        (0, 0),
        (5, 4),
        (0, 1_000_000),
        (0, u128::MAX),
        (7, u64::MAX.into()),
    ] {
        let grain = grain(first, last);
        assert!(grain.is_power_of_two());
        assert!((1 << 16..=1 << 24).contains(&grain), "{grain}");
    }
    assert_eq!(grain(0, 1_000_000_000), 1 << 19);
}
