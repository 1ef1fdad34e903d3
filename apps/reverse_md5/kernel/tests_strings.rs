//! Planted strings, one and many, on every path, against RustCrypto's hash string by string.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Digest, Hit, Path, Searcher, Space, Strings, Targets, reach::Reach};

/// Strings in the given order of characters; a capital letter is itself.
fn strings(mask: &str) -> Strings {
    let sets = mask.chars().map(|letter| match letter {
        'd' => (b'0'..=b'9').collect(),
        'l' => (b'a'..=b'z').collect(),
        'a' => (b' '..=b'~').collect(),
        'b' => (0..=u8::MAX).collect(),
        'z' => b"01".to_vec(),
        literal => vec![literal as u8],
    });
    Strings::new(sets.collect()).expect("few")
}

fn space(masks: &[&str]) -> Arc<Space> {
    Arc::new(Space::Strings(
        masks.iter().map(|mask| strings(mask)).collect(),
    ))
}

fn digest(space: &Space, index: u128) -> Digest {
    Digest::of_bytes(&space.text(index))
}

fn searcher(space: &Arc<Space>, digests: Vec<Digest>, path: Path) -> Searcher {
    Searcher::over(Arc::clone(space), Arc::new(Targets::new(digests)), path)
}

fn never() -> bool {
    false
}

const MASKS: [&str; 18] = [
    "d",
    "l",
    "z",
    "dl",
    "ddd",
    "Xd",
    "dddd",
    "aaaa",
    "ddddd",
    "XYZWdddd",
    "zXXXlld",
    "llllllll",
    "zzzzzzzzzzzzzzzz",
    "bbbbbbbbbbbbbbb",
    "dXdXdXdXdXdXdXdX",
    "aaXXXXXXXXXXlldd",
    "XXXXXXXXXXXXX",
    "ddddllll!",
];

/// Alone and among others: at both ends of windows that hold it, and just outside of those that do not.
#[test]
fn finds_planted_strings_at_the_edges_of_windows() {
    for mask in MASKS {
        let space = space(&[mask]);
        let count = space.count();
        for path in Path::available() {
            for index in [
                0,
                1,
                count / 7,
                count / 2,
                count.saturating_sub(2),
                count - 1,
            ] {
                let index = index.min(count - 1);
                let hit = Hit { index, target: 0 };
                let target = digest(&space, index);
                let others = [b"these", b"there"].map(|other| Digest::of_bytes(other));
                for digests in [vec![target], [vec![target], others.to_vec()].concat()] {
                    let mut searcher = searcher(&space, digests, path);
                    for width in [1, 20, 300] {
                        let low = index.saturating_sub(width);
                        let high = index.saturating_add(width).min(count - 1);
                        let mut check = |first, last, right: &[Hit]| {
                            let found = searcher.find_all(first, last, never);
                            assert_eq!(found, right, "{path} {mask}: {index} in {first}..={last}");
                        };
                        check(low, high, &[hit]);
                        check(index, high, &[hit]);
                        check(low, index, &[hit]);
                        if low < index {
                            check(low, index - 1, &[]);
                        }
                        if index < high {
                            check(index + 1, high, &[]);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn finds_strings_of_every_length() {
    let all: Vec<String> = (1..=16)
        .map(|length| "lad".repeat(6)[..length].to_owned())
        .collect();
    let masks: Vec<&str> = all.iter().map(String::as_str).collect();
    for path in Path::available() {
        let mut start = 0;
        for mask in &masks {
            let count = space(&[mask]).count();
            let all = space(&masks);
            for index in [start, start + count / 3, start + count - 1] {
                let target = digest(&all, index);
                let (low, high) = (
                    index.saturating_sub(2000),
                    (index + 2000).min(all.count() - 1),
                );
                // Windows that reach over to the next length.
                assert_eq!(
                    searcher(&all, vec![target], path).find(low, high, never),
                    Some(index)
                );
                let two = vec![Digest::of_bytes(b"absent"), target];
                let hit = Hit { index, target: 1 };
                assert_eq!(searcher(&all, two, path).find_all(low, high, never), [hit]);
            }
            start += count;
        }
    }
}

/// A million candidates, each of them a target, so that every lane has to find each of its own; the
/// digests are RustCrypto's.
#[test]
fn finds_all_of_a_million_targets() {
    let masks = [
        "llllllll",
        "aaaaaa",
        "zzzzzzzzzddddddd",
        "ddddddddddd",
        "bbbbbbbbbbbbbbb",
    ];
    let paths: Vec<Path> = Path::available().collect();
    let size = match cfg!(debug_assertions) {
        true => 2_000,
        false => 10_000,
    };
    let windows = 1_000_000 / size;
    let mut seed = 1u128;
    for window in 0..windows {
        let space = space(&[masks[window as usize % masks.len()]]);
        let path = paths[window as usize % paths.len()];
        seed = seed
            .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
            .wrapping_add(1);
        let first = seed % (space.count() - size);
        let digests = (first..first + size).map(|index| digest(&space, index));
        let mut searcher = searcher(&space, digests.collect(), path);
        let found = searcher.find_all(first, first + size - 1, never);
        let right = (first..)
            .zip(0..size as u32)
            .map(|(index, target)| Hit { index, target });
        assert!(right.eq(found), "{path} from {first}");
    }
}

/// Both ways to compare with a set are taken, and see the same.
#[test]
fn few_and_many_digests_find_the_same() {
    let space = space(&["llllll"]);
    let (first, last) = (123_000_000, 123_200_000);
    let planted: Vec<Hit> = (0..20)
        .map(|i| Hit {
            index: first + 9999 * i,
            target: i as u32,
        })
        .collect();
    for path in Path::available() {
        for count in [20, 500, 40_000] {
            let absent = (20..count).map(Digest::of_decimal);
            let digests = planted.iter().map(|hit| digest(&space, hit.index));
            let mut searcher = searcher(&space, digests.chain(absent).collect(), path);
            assert_eq!(
                searcher.find_all(first, last, never),
                planted,
                "{path}, {count}"
            );
        }
    }
    assert!(Reach::Use.last_step(0) < Reach::End.last_step(0));
}

#[test]
fn stops_with_nothing_when_asked() {
    let space = space(&["llllllll"]);
    for path in Path::available() {
        let digests = vec![digest(&space, 5), digest(&space, 6)];
        for digests in [digests[..1].to_vec(), digests] {
            let mut searcher = searcher(&space, digests, path);
            assert_eq!(searcher.find_all(0, space.count() - 1, || true), []);
            let asked = std::cell::Cell::new(0);
            let stop = || asked.replace(asked.get() + 1) > 3;
            assert_eq!(searcher.find_all(100, space.count() - 1, stop), []);
            assert_eq!(asked.get(), 5);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 1000 }))]

    /// Random windows of random strings, cut anywhere: the pieces find what the whole has.
    #[test]
    fn windows_may_be_cut_anywhere(
        sizes in prop::collection::vec(1..20usize, 1..=16),
        at in any::<u128>(),
        width in 1..3000u128,
        cut in any::<u128>(),
        planted in prop::collection::vec(any::<u128>(), 1..20),
    ) {
        let alphabet = b"qwertzuiopasdfghjklyxcvbnm";
        let sets = sizes.iter().enumerate().map(|(i, &size)| alphabet[i % 5..][..size].to_vec());
        let Some(strings) = Strings::new(sets.collect()) else {
            return Ok(());
        };
        let space = Arc::new(Space::Strings(vec![strings]));
        let count = space.count();
        let first = at % count;
        let last = (first + width - 1).min(count - 1);
        let cut = first + cut % (last - first + 1);
        let mut right: Vec<u128> = planted.iter().map(|p| first + p % (last - first + 1)).collect();
        right.sort_unstable();
        right.dedup();
        let digests: Vec<Digest> = right.iter().map(|&index| digest(&space, index)).collect();
        let hits: Vec<Hit> = right.iter().zip(0..).map(|(&index, target)| Hit { index, target }).collect();
        for path in Path::available() {
            let mut all = searcher(&space, digests.clone(), path);
            prop_assert_eq!(&all.find_all(first, last, never), &hits);
            let mut pieces = all.find_all(first, cut, never);
            pieces.extend(all.find_all(cut + 1, last, never));
            prop_assert_eq!(&pieces, &hits);
            let mut one = searcher(&space, digests[..1].to_vec(), path);
            prop_assert_eq!(one.find(first, last, never), Some(right[0]));
            prop_assert_eq!(one.find(right[0] + 1, last, never), None);
        }
    }

    #[test]
    fn windows_of_numbers_may_be_cut_anywhere(
        exponent in 0..39u32,
        at in any::<u128>(),
        width in 1..5000u128,
        cut in any::<u128>(),
        planted in any::<u128>(),
    ) {
        let first = at % 10u128.pow(exponent);
        let last = first + width - 1;
        let (cut, n) = (first + cut % width, first + planted % width);
        for path in Path::available() {
            let mut searcher = Searcher::with_path(Digest::of_decimal(n), path);
            let left = searcher.find(first, cut, never);
            let right = searcher.find(cut + 1, last, never);
            prop_assert_eq!((left, right), if n <= cut { (Some(n), None) } else { (None, Some(n)) });
        }
    }
}
