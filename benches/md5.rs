//! Rate of the MD5 search kernel on one core, against hashing number by number.
//!
//! Reproduce with:
//!
//! ```text
//! cargo bench --bench md5
//! ```
//!
//! For numbers of several lengths, every path of the kernel that this processor has searches a
//! window for a digest that is not in it, and the RustCrypto `md-5` crate hashes the decimal
//! strings one after the other, formatted two digits at a time from a table. The contenders take
//! turns in the same process, a few hundredths of a second each, for a number of rounds. Printed
//! is the rate in millions of numbers a second, over the fastest round and over the median one,
//! and the median over all rounds of its ratio to the plain loop's rate in the same round.

use std::{hint::black_box, time::Instant};

use kernel::{Digest, Path, Searcher};
use md5::{Digest as _, Md5};

// This measures the inside of the kernel, and its tests are compiled but not run here.
#[allow(dead_code, unused_imports)]
#[path = "../apps/reverse_md5/kernel/mod.rs"]
mod kernel;

/// Name, rates so far, and what makes the next one.
type Contender = (String, Vec<f64>, Box<dyn FnMut() -> f64>);

const ROUNDS: usize = 15;
const LENGTHS: [u32; 12] = [5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 19, 20];

fn main() {
    println!("millions of numbers a second on one core: fastest and median of {ROUNDS} rounds;");
    println!("ratio to the plain loop, median of the rounds");
    println!();
    println!(
        "digits  {:<22} {:>9} {:>9} {:>8}",
        "contender", "fastest", "median", "ratio"
    );
    for length in LENGTHS {
        measure(length);
    }
}

/// Measures all contenders on numbers of `length` digits.
fn measure(length: u32) {
    let low = 10u64.pow(length - 1);
    let first = low + low / 7;
    let room = 8 * low;
    let absent = Digest::of_decimal(1);

    let mut contenders: Vec<Contender> = vec![(
        "RustCrypto md-5".into(),
        vec![],
        Box::new(move || {
            rate(first, room.min(200_000), 200_000, |first, last| {
                plain_find(&[0; 16], first, last).is_some()
            })
        }),
    )];
    for path in Path::available() {
        let count = match path.to_string().as_str() {
            "portable" => 1 << 20,
            _ => 1 << 23,
        };
        let mut searcher = Searcher::with_path(absent, path);
        contenders.push((
            format!("kernel, {path}"),
            vec![],
            Box::new(move || {
                rate(first, room.min(count), count, |first, last| {
                    searcher.find(first.into(), last.into(), || false).is_some()
                })
            }),
        ));
    }

    for _ in 0..ROUNDS {
        for (_, rates, contender) in &mut contenders {
            rates.push(contender());
        }
    }
    let plain = contenders[0].1.clone();
    for (name, rates, _) in &contenders {
        let ratios = rates
            .iter()
            .zip(&plain)
            .map(|(rate, plain)| rate / plain)
            .collect();
        let fastest = rates.iter().fold(0.0, |a: f64, &b| a.max(b));
        let (median, ratio) = (median(rates.clone()), median(ratios));
        println!("{length:>6}  {name:<22} {fastest:>9.2} {median:>9.2} {ratio:>8.2}");
    }
}

/// Millions of numbers a second of a search, which is over the window of `size` numbers from
/// `first` on, again and again until it has looked at `count` numbers.
fn rate(first: u64, size: u64, count: u64, mut search: impl FnMut(u64, u64) -> bool) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    while done < count {
        assert!(
            !search(black_box(first), black_box(first + size - 1)),
            "nothing is planted"
        );
        done += size;
    }
    done as f64 / start.elapsed().as_secs_f64() / 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The plain loop: formats and hashes each number.
fn plain_find(target: &[u8; 16], first: u64, last: u64) -> Option<u64> {
    let mut buffer = [0; 20];
    (first..=last).find(|&n| Md5::digest(format(n, &mut buffer)).as_slice() == target)
}

/// Writes `n` at the end of the buffer, two digits at a time.
fn format(mut n: u64, buffer: &mut [u8; 20]) -> &[u8] {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[0; 2]; 100];
        let mut n = 0;
        while n < 100 {
            pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
            n += 1;
        }
        pairs
    };
    let mut at = buffer.len();
    while n >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[(n % 100) as usize]);
        n /= 100;
    }
    if n > 0 || at == buffer.len() {
        at -= 1;
        buffer[at] = b'0' + n as u8;
    }
    &buffer[at..]
}
