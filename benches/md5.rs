//! Rate of the MD5 search kernel on one core, against hashing candidate by candidate.
//!
//! Reproduce with:
//!
//! ```text
//! cargo bench --bench md5 --no-default-features
//! ```
//!
//! For numbers of several lengths and for several masks, every path of the kernel that this
//! processor has searches a window for a digest that is not in it, and the RustCrypto `md-5` crate
//! hashes the same strings one after the other. Then windows are searched for many digests at once.
//!
//! The contenders take turns in the same process, a few hundredths of a second each, for a number of
//! rounds. Printed is the rate in millions of candidates a second of CPU time, over the fastest round
//! and over the median one, and the median over all rounds of its ratio to the first contender's
//! rate in the same round: the plain loop or, for many digests, the same path with one.
//!
//! The rival from outside, on one core, for the masks (hashcat 6.2.6 with pocl; `--force` since it
//! warns of that):
//!
//! ```text
//! POCL_MAX_PTHREAD_COUNT=1 taskset -c 0 hashcat -m 0 -a 3 -O --force --potfile-disable --runtime 20 \
//!     00000000000000000000000000000000 '?d?d?d?d?d?d?d?d?d?d'
//! ```
//!
//! Its `Progress` over the CPU time (`time`), less those of a run of 8 s, which leaves its start out.

use std::{hint::black_box, sync::Arc};

use kernel::{Digest, Path, Searcher, Space, Strings, Targets};
use md5::{Digest as _, Md5};
use median::median;
use rustix::time::{ClockId, clock_gettime};

// This measures the inside of the kernel, and its tests are compiled but not run here.
#[allow(dead_code, unused_imports)]
#[path = "../apps/reverse_md5/kernel/mod.rs"]
mod kernel;
#[path = "tasks/median.rs"]
mod median;

/// Name, rates so far, and what makes the next one.
struct Contender {
    name: String,
    rates: Vec<f64>,
    next: Box<dyn FnMut() -> f64>,
}

const ROUNDS: usize = 15;
const LENGTHS: [u32; 8] = [5, 6, 8, 10, 12, 15, 16, 20];
const MASKS: [&str; 5] = [
    "dddddddddd",
    "llllllll",
    "aaaaaaaa",
    "ulllldd",
    "passdddddd",
];
const DIGESTS: [usize; 5] = [1, 10, 100, 1000, 100_000];

fn main() {
    println!("millions of candidates a second of CPU time on one core, {ROUNDS} rounds");
    heading("digits", "to plain");
    for length in LENGTHS {
        let first = 10u128.pow(length - 1) / 7 * 8;
        let contenders = against_plain(&Arc::new(Space::Decimal), first, first / 8 * 6);
        measure(&length.to_string(), contenders);
    }
    heading("mask", "to plain");
    for mask in MASKS {
        let (space, first) = strings(mask);
        measure(mask, against_plain(&space, first, u128::MAX));
    }
    for (space, first, name) in [
        (Arc::new(Space::Decimal), 1_234_567_890, "10 digits"),
        (strings("llllllll").0, strings("llllllll").1, "llllllll"),
    ] {
        heading(name, "to one");
        for path in Path::available() {
            let contenders = DIGESTS.into_iter().map(|count| Contender {
                name: format!("{count} digests"),
                ..kernel(path, &space, first, u128::MAX, absent(count))
            });
            measure(&path.to_string(), contenders.collect());
        }
    }
}

fn heading(first: &str, ratio: &str) {
    println!();
    println!(
        "{first:<12} {:<18} {:>9} {:>9} {ratio:>9}",
        "contender", "fastest", "median"
    );
}

/// The strings of a mask of letters as hashcat's, without their question marks, and the number of one
/// in the middle.
fn strings(mask: &str) -> (Arc<Space>, u128) {
    let sets = mask.chars().map(|letter| match letter {
        'd' => ('0'..='9').map(|c| c as u8).collect(),
        'l' => ('a'..='z').map(|c| c as u8).collect(),
        'u' => ('A'..='Z').map(|c| c as u8).collect(),
        'a' if mask.starts_with('a') => (' '..='~').map(|c| c as u8).collect(),
        literal => vec![literal as u8],
    });
    let strings = Strings::new(sets.collect()).expect("few enough");
    let space = Space::Strings(vec![strings]);
    let middle = space.count() / 3;
    (Arc::new(space), middle)
}

/// So many digests that no candidate here has.
fn absent(count: usize) -> Arc<Targets> {
    let digests = (0..count).map(|i| Digest::of_bytes(format!("none of these {i}").as_bytes()));
    Arc::new(Targets::new(digests.collect()))
}

/// The plain loop, then every path, from candidate `first` on, of which there are so many.
fn against_plain(space: &Arc<Space>, first: u128, room: u128) -> Vec<Contender> {
    let mut contenders = vec![plain(space, first)];
    let paths = Path::available();
    contenders.extend(paths.map(|path| kernel(path, space, first, room, absent(1))));
    contenders
}

fn kernel(
    path: Path,
    space: &Arc<Space>,
    first: u128,
    room: u128,
    targets: Arc<Targets>,
) -> Contender {
    let count = match path.to_string().as_str() {
        "portable" => 1 << 21,
        _ => 1 << 24,
    };
    let room = match &**space {
        Space::Decimal => room,
        strings @ Space::Strings(_) => strings.count() - first,
    };
    let size = count.min(room);
    let mut searcher = Searcher::over(Arc::clone(space), targets, path);
    Contender {
        name: path.to_string(),
        rates: vec![],
        next: Box::new(move || {
            rate(size, count, || {
                let (first, last) = (black_box(first), black_box(first + size - 1));
                searcher.find_all(first, last, || false).is_empty()
            })
        }),
    }
}

/// Hashes the text of every candidate by itself.
fn plain(space: &Arc<Space>, first: u128) -> Contender {
    const COUNT: u128 = 100_000;
    let mut texts = Vec::new();
    for index in first..first + COUNT.min(1000) {
        texts.push(space.text(index));
    }
    Contender {
        name: "RustCrypto md-5".into(),
        rates: vec![],
        next: Box::new(move || {
            rate(texts.len() as u128, COUNT, || {
                let mut all = texts.iter();
                !all.any(|text| Md5::digest(black_box(text)).as_slice() == [0; 16])
            })
        }),
    }
}

/// Runs all contenders in turns, and prints what they did.
fn measure(label: &str, mut contenders: Vec<Contender>) {
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            let rate = (contender.next)();
            contender.rates.push(rate);
        }
    }
    let first = contenders[0].rates.clone();
    for Contender { name, rates, .. } in &contenders {
        let ratios = rates.iter().zip(&first).map(|(rate, first)| rate / first);
        let fastest = rates.iter().fold(0.0, |a: f64, &b| a.max(b));
        let (median, ratio) = (median(rates.clone()), median(ratios));
        println!("{label:<12} {name:<18} {fastest:>9.2} {median:>9.2} {ratio:>9.3}");
    }
}

/// Millions of candidates a second of a search of `size` candidates, which is made again and again
/// until it has looked at `count`.
fn rate(size: u128, count: u128, mut finds_nothing: impl FnMut() -> bool) -> f64 {
    let start = cpu_time();
    let mut done = 0;
    while done < count {
        assert!(finds_nothing(), "nothing is planted");
        done += size;
    }
    done as f64 / (cpu_time() - start) / 1e6
}

/// Seconds that this thread has computed.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
