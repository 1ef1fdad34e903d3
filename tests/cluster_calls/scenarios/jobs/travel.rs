//! What travels: frozen values, large inputs and results, jobs that submit jobs.

use super::super::{Run, number};
use grange::{Context, Error, Frozen, Pool};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

pub const ALL: &[(&str, Run)] = &[
    ("jobs_frozen", frozen),
    ("jobs_frozen_elsewhere", frozen_elsewhere),
    ("jobs_large", large),
    ("jobs_nested", nested),
    ("jobs_nested_deep", nested_deep),
    ("jobs_children_frozen", children_frozen),
    ("jobs_chain_dropped", chain_dropped),
];

/// A value that counts how often it is read.
#[derive(Serialize)]
struct Counted(Vec<f64>);

static READ: AtomicU64 = AtomicU64::new(0);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Plain(Vec<f64>);
        READ.fetch_add(1, Ordering::Relaxed);
        Ok(Counted(Plain::deserialize(deserializer)?.0))
    }
}

/// Many jobs share a large value; each rank reads it once.
fn frozen(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let megabytes = number(args, 0) as usize;
    let (sum, reads) = pool
        .jobs_with(
            |context: &Context<(Frozen<Counted>, usize)>, (table, i): (Frozen<Counted>, usize)| {
                let reads = READ.load(Ordering::Relaxed);
                Ok::<_, String>((table.0[i], context.rank(), reads))
            },
        )
        .drive(|scope| {
            let table = (0..megabytes << 17).map(|i| i as f64).collect();
            let table = scope.freeze(Counted(table))?;
            // Debug builds read it once to see that it survives.
            let here = READ.load(Ordering::Relaxed);
            let all = scope.map((0..3000).map(|i| (table.clone(), i)))?;
            let sum: f64 = all.iter().map(|(value, ..)| value).sum();
            let most = |rank| all.iter().filter(|a| a.1 == rank).map(|a| a.2).max();
            let elsewhere = (1..pool.size()).filter_map(most).max().unwrap_or(1);
            Ok::<_, Error>((sum, (most(0).unwrap_or(here) == here, elsewhere)))
        })?;
    pool.print(format_args!("{sum} {reads:?}"))
}

/// A frozen value of one call is nothing to another.
fn frozen_elsewhere(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let kept = std::cell::RefCell::new(None);
    let first = pool.jobs(|value: Frozen<u8>| *value).drive(|scope| {
        let frozen = scope.freeze(7)?;
        kept.replace(Some(frozen.clone()));
        scope.pipe(frozen).map_err(Error::from)
    })?;
    let second = pool
        .jobs(|value: Option<Frozen<u8>>| value.map(|v| *v))
        .drive(|scope| {
            let refused = scope.pipe(kept.take()).err().map(|e| e.to_string());
            Ok::<_, Error>((
                refused.is_some_and(|t| t.contains("frozen")),
                scope.pipe(None)?,
            ))
        })?;
    pool.print(format_args!("{first} {second:?}"))
}

/// Inputs and results of many megabytes.
fn large(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let numbers = number(args, 0) << 17;
    let right = pool
        .jobs(|values: Vec<u64>| values.into_iter().map(|v| v ^ 1).collect::<Vec<u64>>())
        .drive(|scope| {
            let input =
                |i: u64| (0..if i.is_multiple_of(2) { numbers } else { i }).map(move |v| v * i);
            let jobs: Vec<_> = (0..12).map(|i| scope.submit(input(i).collect())).collect();
            let mut right = 0;
            for (i, job) in (0..12).zip(jobs) {
                right += u64::from(job.join()?.into_iter().eq(input(i).map(|v| v ^ 1)));
            }
            Ok::<_, Error>(right)
        })?;
    pool.print(format_args!("{right}"))
}

/// A tree of jobs: the results come in the same order whatever the timing.
fn nested(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let halves = |context: &Context<(u64, u64)>, (a, b): (u64, u64)| {
        if b - a > 1 {
            context.submit((a, a.midpoint(b)));
            context.submit((a.midpoint(b), b));
        }
        Ok::<_, String>((b - a == 1).then_some(a))
    };
    let (right, forgotten) = pool.jobs_with(halves).drive(|scope| {
        let all = scope.submit((0, n)).join_all()?;
        let leaves = all.iter().flatten().copied();
        let right = leaves.eq(0..n) && all.len() as u64 == 2 * n - 1;
        // Without a handle on the first: what it submits is waited for all the same, with its callback.
        let count = std::rc::Rc::new(std::cell::Cell::new(0));
        let counted = count.clone();
        scope
            .job((0, n))
            .group("tree")
            .callback(move |_, _| counted.set(counted.get() + 1))
            .submit();
        scope.wait_group("tree")?;
        Ok::<_, Error>((right, count.get() == 2 * n - 1))
    })?;
    pool.print(format_args!("{right} {forgotten}"))
}

/// A chain of jobs, each submitted by the one before.
fn nested_deep(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let all = pool
        .jobs_with(|context: &Context<u64>, x| {
            if x > 0 {
                context.submit(x - 1);
            }
            Ok::<_, String>(x)
        })
        .drive(|scope| scope.submit(n).join_all())?;
    pool.print(format_args!("{}", all.into_iter().eq((0..=n).rev())))
}

/// A chain whose first handle is dropped when all of it is done.
fn chain_dropped(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let jobs = pool
        .jobs_with(|context: &Context<u64>, x| {
            if x > 0 {
                context.submit(x - 1);
            }
            Ok::<_, String>(())
        })
        .drive(|scope| {
            let first = scope.submit(n);
            scope.wait()?;
            drop(first);
            Ok::<_, Error>(scope.statistics().jobs())
        })?;
    pool.print(format_args!("{jobs}"))
}

/// What a job submits may refer to a frozen value that its own input had.
fn children_frozen(pool: &Pool, _: &[String]) -> Result<(), Error> {
    type Input = (Frozen<Vec<u32>>, usize);
    let all = pool
        .jobs_with(|context: &Context<Input>, (table, i): Input| {
            if i + 1 < table.len() {
                context.submit((table.clone(), i + 1));
            }
            Ok::<_, String>(table[i])
        })
        .drive(|scope| {
            let table = scope.freeze((0..50).map(|i| i * i).collect())?;
            scope.submit((table, 0)).join_all().map_err(Error::from)
        })?;
    pool.print(format_args!(
        "{}",
        all.into_iter().eq((0..50).map(|i| i * i))
    ))
}
