//! Maps, streams, searches: values that come back one by one.

use super::{Run, an_hour, number};
use grange::{Error, Pool};
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("million", million),
    ("imap_order", imap_order),
    ("imap_early", imap_early),
    ("imap_bounded", imap_bounded),
    ("mixed_sizes", mixed_sizes),
    ("rayon_in_driver", rayon_in_driver),
    ("leaves_large_values", leaves_large_values),
    ("many_results", many_results),
    ("finds", finds),
    ("lists", lists),
    ("large", large),
    ("each", each),
    ("state", state),
];

/// A million grains of one item, each with its value returned and checked.
fn million(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let n = 1_000_000u64;
    let ok = pool
        .range(0..n)
        .grain(1)
        .map(|x| x.wrapping_mul(x) ^ 5)?
        .on_root(|values| {
            let right = values
                .iter()
                .enumerate()
                .all(|(x, v)| (x as u64).wrapping_mul(x as u64) ^ 5 == *v);
            Ok::<_, Error>(right && values.len() as u64 == n)
        })?;
    pool.print(format_args!("{ok}"))
}

fn imap_order(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let work = || pool.range(0..20_000u32).buffer(100);
    let ordered = work()
        .imap(|x| x * 3)
        .drive(|r| Ok::<_, Error>(r.eq((0..20_000).map(|x| x * 3))))?;
    let mut all = work()
        .imap_unordered(|x| x * 3)
        .drive(|r| Ok::<_, Error>(r.collect::<Vec<_>>()))?;
    all.sort_unstable();
    let complete = all.into_iter().eq((0..20_000).map(|x| x * 3));
    let first = work()
        .imap(|x| x)
        .drive(|mut r| Ok::<_, Error>(r.nth(17)))?;
    pool.print(format_args!("{ordered} {complete} {first:?}"))
}

/// The last item waits until the first has been delivered.
fn imap_early(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let flag = std::path::PathBuf::from(&args[0]);
    let n = 40u32;
    let got = pool
        .range(0..n)
        .imap(|x| {
            while x == n - 1 && !flag.exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
            x
        })
        .drive(|results| {
            let mut got = Vec::new();
            for x in results {
                if x == 0 {
                    std::fs::write(&flag, "")?;
                }
                got.push(x);
            }
            Ok::<_, Error>(got)
        })?;
    pool.print(format_args!("{}", got.into_iter().eq(0..n)))
}

/// A driver that takes nothing for a while: no more than the buffer is computed.
fn imap_bounded(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = std::path::PathBuf::from(&args[0]);
    let buffer = 50;
    let held = pool
        .range(0..10_000u32)
        .grain(1)
        .buffer(buffer)
        .imap(|x| {
            let _ = std::fs::write(folder.join(x.to_string()), "");
            x
        })
        .drive(|mut results| {
            results.next();
            std::thread::sleep(Duration::from_millis(500));
            let computed = std::fs::read_dir(&folder)?.count() as u64;
            Ok::<_, Error>((computed, results.by_ref().take(5000).count()))
        })?;
    pool.print(format_args!("{} {}", held.0 <= 2 * buffer + 8, held.1))
}

/// Large values and small ones take different ways; none may be lost or overtaken.
fn mixed_sizes(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let value = |x: u32| {
        let len = if x.is_multiple_of(3) { 300_000 } else { 10 };
        vec![x as u8; len + x as usize]
    };
    let sizes = |values: &[Vec<u8>]| {
        let right = |(x, v): (usize, &Vec<u8>)| *v == value(x as u32);
        values.len() == 60 && values.iter().enumerate().all(right)
    };
    let work = || pool.range(0..60u32).grain(1).buffer(20);
    let streamed = work()
        .imap(value)
        .drive(|values| Ok::<_, Error>(sizes(&values.collect::<Vec<_>>())))?;
    let mapped = work()
        .map(value)?
        .on_root(|values| Ok::<_, Error>(sizes(&values)))?;
    pool.print(format_args!("{streamed} {mapped}"))
}

/// Rayon in user code on the main thread, while all of rayon's threads run the loops of workers.
fn rayon_in_driver(pool: &Pool, _: &[String]) -> Result<(), Error> {
    use grange::Reduce;
    use rayon::prelude::*;

    struct InParallel;
    impl Reduce<u64> for InParallel {
        type Acc = Vec<u64>;
        type Output = u64;
        fn identity(&self) -> Vec<u64> {
            Vec::new()
        }
        fn fold(&self, acc: &mut Vec<u64>, x: u64) {
            acc.push(x);
        }
        fn combine(&self, left: Vec<u64>, right: Vec<u64>) -> Vec<u64> {
            vec![left.par_iter().chain(&right).sum()]
        }
        fn finish(&self, acc: Vec<u64>) -> Result<u64, Error> {
            Ok(acc.iter().sum())
        }
    }
    let driven = pool.range(0..1000u64).imap(|x| x).drive(|values| {
        let mut sum = 0;
        for _ in 0..3 {
            sum += (0..10_000u64).into_par_iter().sum::<u64>();
        }
        let values: Vec<u64> = values.collect();
        Ok::<_, Error>(sum + values.par_iter().sum::<u64>())
    })?;
    let reduced = pool
        .range(0..1000u64)
        .grain(1)
        .map_reduce_each(|x| x, InParallel)?;
    pool.print(format_args!("{driven} {reduced}"))
}

/// The driver wants one value of many that are large and on their way.
fn leaves_large_values(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let first = pool
        .range(0..64u8)
        .grain(1)
        .imap_unordered(|x| vec![x; 8 << 20])
        .drive(|mut values| Ok::<_, Error>(values.next().map(|v| v.len())))?;
    pool.print(format_args!("{first:?}"))
}

/// Results of many calls do not pile up on rank 0.
fn many_results(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let mut total = 0;
    for _ in 0..400 {
        let sent = pool.root(|| Ok::<_, Error>("x".repeat(1 << 20)))?;
        total += sent.len();
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|l| l.starts_with("VmHWM:"));
    let peak = peak.and_then(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok());
    pool.print(format_args!("{} {}", total >> 20, peak.unwrap_or(0) >> 10))
}

fn finds(pool: &Pool, _: &[String]) -> Result<(), Error> {
    // Items right of the first hit would take hours.
    let hit = |x: &u64| {
        if *x > 5000 {
            an_hour();
        }
        x % 1000 == 777
    };
    let first = pool.range(0..1_000_000u64).grain(1).find_first(hit)?;
    let any = pool
        .range(0..4000u64)
        .find_any(|x| x % 1000 == 777)?
        .map(|x| x % 1000);
    let none = pool.range(0..4000u64).find_first(|x| *x > 4000)?;
    let words = ["a", "bb", "ccc", "dd"];
    let word = pool.list(&words).find_first(|w| w.len() == 2)?;
    pool.print(format_args!("{first:?} {any:?} {none:?} {word:?}"))
}

fn lists(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let (a, b) = (vec![1u32, 2, 3], vec![10u32, 20, 30]);
    let sums = pool
        .zip((&a[..], &b[..]))
        .map(|(x, y)| x + y)?
        .everywhere()?;
    let products = pool
        .product((&a[..], &b[..]))
        .map(|(x, y)| x * y)?
        .everywhere()?;
    let even = pool.list(&b).count(|x| x % 4 == 0)?;
    let unequal = pool.zip((&a[..], &b[..2])).map(|(x, y)| x + y).map(drop);
    pool.print(format_args!("{sums:?} {products:?} {even} {unequal:?}"))
}

/// Bytes as bytes, not as a list of numbers.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, v: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(v.to_vec()))
            }
            fn visit_byte_buf<E>(self, v: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(v))
            }
        }
        d.deserialize_byte_buf(Visitor)
    }
}

/// One value of so many megabytes from rank 0 to all.
fn large(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0) as usize * 1_000_000 + 12_345;
    let at = |i: usize| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()[7];
    let value = pool.root(|| Ok::<_, Error>(Bytes((0..n).map(|i| at(i / 4096)).collect())))?;
    let right = value.0.len() == n && value.0.iter().enumerate().all(|(i, &b)| b == at(i / 4096));
    drop(value);
    // Every rank says what it saw.
    let seen = pool
        .range(0..pool.size())
        .grain(1)
        .map_reduce_each(|_| right, grange::Count)?;
    pool.print(format_args!("{right} {seen}"))
}

fn each(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = std::path::PathBuf::from(&args[0]);
    pool.range(0..200u32).grain(1).try_for_each(|x| {
        std::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(folder.join(x.to_string()))
            .map(drop)
    })?;
    let files = pool.root(|| Ok::<_, Error>(std::fs::read_dir(&folder)?.count()))?;
    pool.print(format_args!("{files}"))
}

/// State is made at most once a thread.
fn state(pool: &Pool, _: &[String]) -> Result<(), Error> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let made = AtomicUsize::new(0);
    let sum = pool
        .range(0..10_000u64)
        .grain(1)
        .map_init(|| made.fetch_add(1, Ordering::SeqCst))
        .map_reduce_each(|_, x| x, grange::Sum)?;
    let here = made.load(Ordering::SeqCst) <= pool.threads();
    pool.print(format_args!("{sum} {here}"))
}
