//! Runs of which is known where their time goes.

use super::{Run, number};
use grange::{Error, Pool, Sum};
use rustix::time::{ClockId, clock_gettime};
use std::thread::sleep;
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("times_coarse", coarse),
    ("times_slow", slow),
    ("times_serial", serial),
    ("times_jobs", jobs),
    ("times_crowded", crowded),
    ("times_consumed", consumed),
    ("times_long", long),
    ("times_held", held),
];

/// Sums what takes so many milliseconds an item.
fn naps(pool: &Pool, items: u64, millis: impl Fn() -> u64 + Sync) -> Result<(), Error> {
    let nap = |x: u64| {
        sleep(Duration::from_millis(millis()));
        x
    };
    let sum = pool.range(0..items).grain(1).map_reduce_each(nap, Sum)?;
    pool.print(format_args!("{sum}"))
}

/// MILLISECONDS: one item more than there are threads.
fn coarse(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let millis = number(args, 0);
    naps(pool, pool.total_threads() as u64 + 1, || millis)
}

/// ITEMS MILLISECONDS TIMES: rank 1 takes so many times as long.
fn slow(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let times = if pool.rank() == 1 { number(args, 2) } else { 1 };
    let millis = number(args, 1);
    naps(pool, number(args, 0), || millis * times)
}

/// MILLISECONDS: main takes so long between two calls, and as long again on rank 0 alone.
fn serial(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let time = Duration::from_millis(number(args, 0));
    naps(pool, 8, || 5)?;
    sleep(time);
    pool.root(|| {
        sleep(time);
        Ok::<(), Error>(())
    })?;
    naps(pool, 8, || 5)
}

/// ITEMS MILLISECONDS: so much has rank 0 to do with each that comes.
fn consumed(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let time = Duration::from_millis(number(args, 1));
    let items = pool.range(0..number(args, 0)).grain(1).buffer(4);
    let sum: u64 = items.imap(|x| x).drive(|results| {
        let slowly = results.inspect(|_| sleep(time));
        Ok::<_, Error>(slowly.sum())
    })?;
    pool.print(format_args!("{sum}"))
}

/// ITEMS MILLISECONDS: each takes so much of a core's time.
fn crowded(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let much = Duration::from_millis(number(args, 1));
    let spin = |x: u64| {
        let since = spent();
        while spent() - since < much {}
        x
    };
    let items = pool.range(0..number(args, 0)).grain(1);
    let sum = items.map_reduce_each(spin, Sum)?;
    pool.print(format_args!("{sum}"))
}

/// What this thread had of a core.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// JOBS MILLISECONDS WORKERS: submitted one by one.
fn jobs(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (jobs, millis) = (number(args, 0), number(args, 1));
    let done = pool
        .jobs(move |x: u64| {
            sleep(Duration::from_millis(millis));
            x
        })
        .drive(|scope| {
            scope.set_workers(number(args, 2) as usize)?;
            Ok::<_, Error>(scope.map(0..jobs)?.len())
        })?;
    pool.print(format_args!("{done}"))
}

/// FILE: main, of which FILE.RANK says that it is there, waits until FILE.main is, and then in a section of rank 0 until FILE.root is.
fn held(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let file = std::path::Path::new(&args[0]);
    naps(pool, 8, || 1)?;
    let _ = std::fs::write(file.with_extension(pool.rank().to_string()), "");
    super::wait_for(&file.with_extension("main"));
    pool.root(|| {
        super::wait_for(&file.with_extension("root"));
        Ok::<(), Error>(())
    })
}

/// FILE: every item waits until the file is there; FILE.RANK says that a rank has begun one.
fn long(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let file = std::path::Path::new(&args[0]);
    let begun = file.with_extension(pool.rank().to_string());
    let wait = |_: u64| {
        let _ = std::fs::write(&begun, "");
        super::wait_for(file);
    };
    pool.range(0..64u64).name("waits").grain(1).for_each(wait)
}
