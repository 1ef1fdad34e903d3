//! Calls during which ranks die or stand still.

use super::kept::note;
use super::{Run, number};
use grange::{Concat, Error, Pool, Sum};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("survive", survive),
    ("survive_waiting", waiting),
    ("survive_held", held),
    ("survive_leaving", leaving),
];

/// LOG ITEMS MILLISECONDS: every item leaves a line; then calls of other kinds.
fn survive(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (log, items, time) = (PathBuf::from(&args[0]), number(args, 1), number(args, 2));
    let each = |x: u64| {
        sleep(Duration::from_millis(time));
        note(&log, &x.to_string())?;
        Ok::<f64, Error>(1.0 / (x + 1) as f64)
    };
    let sum: f64 = pool.range(0..items).grain(1).try_map_reduce(
        |xs| xs.map(each).try_fold(0.0, |sum, x| x.map(|x| sum + x)),
        Sum,
    )?;
    let texts = pool
        .range(0..300u64)
        .map(|x| "x".repeat(x as usize * 9))?
        .everywhere()?;
    let jobs = pool
        .jobs(|x: u64| x * x)
        .drive(|scope| Ok::<u64, Error>(scope.map(0..100)?.iter().sum()))?;
    let first = pool.range(0..9000u64).find_first(|&x| x == 6789)?;
    let deferred: Vec<u64> = pool
        .range(0..64u64)
        .deferred()
        .map_reduce_each(|x| vec![x], Concat)?;
    if pool.rank() == 0 {
        eprintln!("lost: {:?}", pool.lost());
    }
    pool.print(format_args!(
        "{:016x} {} {jobs} {first:?} {}",
        sum.to_bits(),
        texts.concat().len(),
        deferred.len()
    ))
}

/// LOG SECONDS: a long job, which leaves its rank in the log; the other ranks have nothing to do.
fn waiting(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (log, time) = (PathBuf::from(&args[0]), number(args, 1));
    let sum: u64 = pool.range(0..40u64).grain(1).map_reduce_each(
        |x| {
            sleep(Duration::from_millis(20));
            x
        },
        Sum,
    )?;
    let rank = pool.rank();
    let more: u64 = pool
        .jobs_with(|_, x: u64| {
            note(&log, &rank.to_string())?;
            sleep(Duration::from_secs(x));
            Ok::<u64, Error>(x)
        })
        .drive(|scope| Ok::<u64, Error>(scope.map([time])?.iter().sum()))?;
    pool.print(format_args!("{sum} {more}"))
}

/// LOG MILLISECONDS: every rank holds values that nobody else has.
fn held(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (log, time) = (PathBuf::from(&args[0]), number(args, 1));
    let all: Vec<u64> = pool.range(0..400u64).grain(1).deferred().try_map_reduce(
        |xs| {
            sleep(Duration::from_millis(time));
            note(&log, "held")?;
            Ok::<Vec<u64>, Error>(xs.collect())
        },
        Concat,
    )?;
    pool.print(format_args!("{}", all.len()))
}

/// LOG: after the last call rank 0's main is busy for some time.
fn leaving(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let log = PathBuf::from(&args[0]);
    let sum: u64 = pool.range(0..100u64).map_reduce_each(|x| x, Sum)?;
    if pool.rank() == 0 {
        sleep(Duration::from_millis(500));
        note(&log, "busy")?;
        sleep(Duration::from_secs(3));
    }
    pool.print(format_args!("{sum}"))
}
