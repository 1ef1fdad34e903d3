//! Maps that run beside something else, and how they tell how far they are.

use super::{Run, number};
use grange::{Error, Pool};
use std::path::PathBuf;
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("amap", amap),
    ("amap_beside", amap_beside),
    ("amap_left", amap_left),
    ("amap_fails", amap_fails),
    ("large_values", large_values),
    ("shown", shown),
    ("shown_fails", shown_fails),
    ("shown_left", shown_left),
    ("shown_empty", shown_empty),
];

/// Values that take several datagrams each, on their way to rank 0 and from there to all.
fn large_values(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let make = |x: u32| vec![x; 300_000];
    let values = pool.range(0..12u32).grain(1).map(make)?.everywhere()?;
    pool.print(format_args!("{}", values.len()))
}

/// Asks, waits and gets, over one list and over several in step.
fn amap(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let (a, b) = ((0..500u64).collect::<Vec<_>>(), vec![3; 500]);
    let work = || pool.zip((&a[..], &b[..])).grain(7);
    let (total, sums) = work().amap(|(x, y)| x + y).drive(|mut handle| {
        while !handle.wait(Duration::from_millis(1)) {
            assert!(handle.done() <= 500);
        }
        assert!(handle.is_ready() && handle.done() == 500);
        Ok::<_, Error>((handle.total(), handle.get()?))
    })?;
    let at_once = work().amap(|(x, y)| x * y).drive(|handle| handle.get())?;
    let none = pool
        .range(0..0u8)
        .amap(|x| x)
        .drive(|mut handle| Ok::<_, Error>((handle.is_ready(), handle.total(), handle.get()?)))?;
    let right = sums.into_iter().eq((0..500).map(|x| x + 3))
        && at_once.into_iter().eq((0..500).map(|x| x * 3));
    pool.print(format_args!("{total} {right} {none:?}"))
}

/// The driver does not look at the handle before all items have been at work.
fn amap_beside(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = PathBuf::from(&args[0]);
    let n = 300u32;
    let work = pool.range(0..n).grain(1).amap(|x| {
        let _ = std::fs::write(folder.join(x.to_string()), "");
        x
    });
    let got = work.drive(|handle| {
        while std::fs::read_dir(&folder)?.count() < n as usize {
            std::thread::sleep(Duration::from_millis(1));
        }
        handle.get()
    })?;
    pool.print(format_args!("{}", got.into_iter().eq(0..n)))
}

/// The driver has seen enough long before the end.
fn amap_left(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let slow = |_| std::thread::sleep(Duration::from_millis(20));
    let enough = pool
        .range(0..100_000u32)
        .grain(1)
        .amap(slow)
        .drive(|mut handle| {
            while handle.done() < 3 {
                handle.wait(Duration::from_millis(1));
            }
            Ok::<_, Error>(!handle.is_ready())
        })?;
    pool.print(format_args!("{enough}"))
}

/// An item panics; `args[0]` says whether the driver asks for values or leaves it at that.
fn amap_fails(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let gets = number(args, 0) == 1;
    let f = |x: u32| {
        assert!(x != 77, "no sevens");
        x
    };
    pool.range(0..1000u32)
        .grain(1)
        .amap(f)
        .drive(|mut handle| match gets {
            true => handle.get().map(drop),
            false => {
                while !handle.wait(Duration::from_millis(10)) {}
                Ok(())
            }
        })
}

/// 40 items of 25 ms each, a line at every `args[0]` ms.
fn shown(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let every = Duration::from_millis(number(args, 0));
    let slow = |x: u32| {
        std::thread::sleep(Duration::from_millis(25));
        x
    };
    let sum = pool
        .range(0..40u32)
        .grain(1)
        .name("naps")
        .show_every(every)
        .map_reduce_each(slow, grange::Sum)?;
    pool.print(format_args!("{sum}"))
}

/// The last item panics.
fn shown_fails(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let f = |x: u32| assert!(x != 999, "the last");
    pool.range(0..1000u32).grain(10).show().for_each(f)
}

/// The driver leaves early.
fn shown_left(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let first = pool
        .range(0..10_000u32)
        .grain(1)
        .buffer(10)
        .show()
        .imap(|x| x)
        .drive(|mut values| Ok::<_, Error>(values.nth(2)))?;
    pool.print(format_args!("{first:?}"))
}

fn shown_empty(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.range(0..0u32).show().for_each(drop)
}
