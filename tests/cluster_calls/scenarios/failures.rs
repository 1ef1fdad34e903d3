//! Everything that can go wrong in user code.

use super::{Run, an_hour, number};
use grange::{Error, Pool, Sum};
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("panic_on", panic_on),
    ("error_on", error_on),
    ("panic_in_main", panic_in_main),
    ("error_in_main", error_in_main),
    ("panic_in_combine", panic_in_combine),
    ("driver_fails", driver_fails),
    ("exit_on", exit_on),
    ("out_of_step", out_of_step),
    ("other_count", other_count),
    ("leaves_early", leaves_early),
    ("nested", nested),
    ("lossy", lossy),
    ("ignores_errors", ignores_errors),
];

/// The ranks named panic at their third item; all others sit in items that take an hour.
fn panic_on(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let ranks: Vec<usize> = (0..args.len()).map(|i| number(args, i) as usize).collect();
    let (me, done) = (pool.rank(), std::sync::atomic::AtomicUsize::new(0));
    let f = |x: u64| {
        if !ranks.contains(&me) {
            an_hour();
        }
        if done.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2 {
            panic!("boom on {me}");
        }
        x
    };
    pool.range(0..1000u64)
        .grain(1)
        .name("doomed")
        .map_reduce_each(f, Sum)
        .map(drop)
}

fn error_on(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let bad = number(args, 0);
    let f = |x: u64| {
        if x == bad {
            Err(format!("cannot do {x}"))
        } else {
            Ok(x)
        }
    };
    pool.range(0..1000u64).grain(1).try_map(f).map(drop)
}

fn panic_in_main(pool: &Pool, args: &[String]) -> Result<(), Error> {
    assert!(
        pool.rank() as u64 != number(args, 0),
        "main on rank {} gives up",
        pool.rank()
    );
    pool.range(0..10u8).for_each(drop)
}

/// On the rank named, or on all with 99.
fn error_in_main(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let rank = number(args, 0);
    if rank == 99 || pool.rank() as u64 == rank {
        return Err(Error::user("the input is no good"));
    }
    pool.range(0..10u8).for_each(drop)
}

struct Fragile;

impl grange::Reduce<u64> for Fragile {
    type Acc = u64;
    type Output = u64;
    fn identity(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, value: u64) {
        *acc += value;
    }
    fn combine(&self, left: u64, right: u64) -> u64 {
        assert!(left + right < 400_000, "cannot combine {left} and {right}");
        left + right
    }
    fn finish(&self, acc: u64) -> Result<u64, Error> {
        Ok(acc)
    }
}

fn panic_in_combine(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.range(0..1000u64)
        .grain(1)
        .map_reduce_each(|x| x, Fragile)
        .map(drop)
}

fn driver_fails(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let panics = number(args, 0) == 1;
    pool.range(0..100_000u64).imap(|x| x).drive(|mut results| {
        let seen = results.nth(100);
        assert!(!panics, "the driver panics after {seen:?}");
        Err::<(), _>(Error::user("the driver has seen enough"))
    })
}

fn exit_on(pool: &Pool, args: &[String]) -> Result<(), Error> {
    pool.range(0..10u8).for_each(drop)?;
    if pool.rank() as u64 == number(args, 0) {
        std::process::exit(0);
    }
    pool.range(0..10u8).for_each(drop)
}

fn out_of_step(pool: &Pool, args: &[String]) -> Result<(), Error> {
    if pool.rank() as u64 == number(args, 0) {
        pool.range(0..10u8).for_each(drop)
    } else {
        pool.range(0..10u8).count(|x| x > 3).map(drop)
    }
}

fn other_count(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let n = 10 + pool.rank() as u64;
    pool.range(0..n).map_reduce_each(|x| x, Sum).map(drop)
}

fn leaves_early(pool: &Pool, args: &[String]) -> Result<(), Error> {
    if pool.rank() as u64 == number(args, 0) {
        return Ok(());
    }
    pool.range(0..10u8).for_each(drop)
}

fn nested(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.root(|| pool.range(0..10u8).count(|_| true)).map(drop)
}

/// Loses its fraction when written.
#[derive(Deserialize)]
struct Lossy(f64);

impl Serialize for Lossy {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.0 + 1.0)
    }
}

fn lossy(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.range(0..10u32)
        .map(|x| Lossy(f64::from(x)))?
        .on_root(|v| Ok::<_, Error>(v.len()))
        .map(drop)
}

/// User code that goes on after an error still ends, and soon.
fn ignores_errors(pool: &Pool, _: &[String]) -> Result<(), Error> {
    for _ in 0..1000 {
        let _ = pool.range(0..100u64).grain(1).map(|x| {
            assert!(x != 50, "fifty");
            x
        });
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
