use super::*;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target.name)
}

/// What is kept for a target, by name.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder(target))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// With `GRANGE_WRITE_CORPUS=1` the seeds are written anew, after a change of what they are seeds of.
#[test]
fn the_corpus_is_in_step_and_small() {
    let mut size = 0;
    for target in TARGETS {
        if std::env::var_os("GRANGE_WRITE_CORPUS").is_some() {
            fs::create_dir_all(folder(target)).unwrap();
            for (name, bytes) in (target.seeds)() {
                fs::write(folder(target).join(name), bytes).unwrap();
            }
        }
        let kept = corpus(target);
        for (name, bytes) in (target.seeds)() {
            let found = kept.iter().find(|(n, _)| n == name);
            assert!(
                found.is_some_and(|(_, b)| *b == bytes),
                "{}/{name} is not what it is written as now",
                target.name
            );
        }
        size += kept.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    }
    assert!(size < 100_000, "{size} bytes");
}

#[test]
fn the_corpus_is_digested() {
    for target in TARGETS {
        let kept = corpus(target);
        assert!(!kept.is_empty());
        kept.iter().for_each(|(_, bytes)| (target.run)(bytes));
    }
}

/// One change of some bytes.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Set(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Cut(Index),
    Twice(Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            bytes.push(0);
        }
        let n = bytes.len();
        match self {
            Change::Flip(at, bit) => bytes[at.index(n)] ^= 1 << (bit % 8),
            Change::Set(at, new) => {
                let at = at.index(n);
                let part = &mut bytes[at..n.min(at + new.len())];
                part.copy_from_slice(&new[..part.len()]);
            }
            Change::Insert(at, new) => {
                let at = at.index(n);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Cut(at) => bytes.truncate(at.index(n)),
            Change::Twice(at) => bytes.extend_from_within(at.index(n)..),
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let bytes = || {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 1..9),
            // Lengths of that many bytes.
            prop::sample::select(vec![
                vec![0xff; 4],
                vec![0xff; 8],
                vec![0; 4],
                vec![0x9b, 0, 1]
            ]),
        ]
    };
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), bytes()).prop_map(|(at, new)| Change::Set(at, new)),
        (at(), bytes()).prop_map(|(at, new)| Change::Insert(at, new)),
        at().prop_map(Change::Cut),
        at().prop_map(Change::Twice),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("GRANGE_LONG").is_some() { 20_000 } else { 500 }))]

    #[test]
    fn what_is_nearly_right_is_digested(seed in any::<Index>(), changes in prop::collection::vec(change(), 0..6)) {
        for target in TARGETS {
            let seeds = (target.seeds)();
            let mut bytes = seeds[seed.index(seeds.len())].1.clone();
            changes.iter().for_each(|change| change.apply(&mut bytes));
            (target.run)(&bytes);
        }
    }

    #[test]
    fn any_bytes_are_digested(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for target in TARGETS {
            (target.run)(&bytes);
        }
    }
}
