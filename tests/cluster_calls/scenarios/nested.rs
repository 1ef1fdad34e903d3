//! Calls of this process's own threads, most of them inside of calls of the pool.

use super::reductions::wild;
use super::{Run, number};
use grange::{Error, Max, Pool, Sum, Threads};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const ALL: &[(&str, Run)] = &[
    ("nested_naps", nested_naps),
    ("deep", deep),
    ("thread_floats", thread_floats),
    ("thread_calls", thread_calls),
    ("thread_fails", thread_fails),
    ("thread_shown", thread_shown),
];

/// One item that maps over two more of 500 ms each, or, `args[0]`, over one that is over at once and one that
/// maps over these two; prints the least time that it took.
fn nested_naps(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let deeper = number(args, 0) == 1;
    let naps = || {
        let nap = |_| std::thread::sleep(Duration::from_millis(500));
        Threads::here().range(0..2u8).for_each(nap)
    };
    let mut best = u128::MAX;
    for _ in 0..2 {
        let took = pool.range(0..1u8).try_map(|_| {
            let began = Instant::now();
            match deeper {
                true => drop(Threads::here().range(0..2u8).try_map(|x| match x {
                    0 => Ok(()),
                    _ => naps(),
                })?),
                false => naps()?,
            }
            Ok::<_, Error>(began.elapsed().as_millis())
        })?;
        best = best.min(took.everywhere()?[0]);
    }
    pool.print(format_args!("{best}"))
}

/// Items being computed in this process, and the most that ever were.
#[derive(Default)]
struct Busy {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Busy {
    fn during<R>(&self, f: impl FnOnce() -> R) -> R {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let result = f();
        self.now.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

/// Four levels of calls, of all kinds; rayon's own in the innermost. Prints the sum, and the most items that
/// were computed at once on some rank.
fn deep(pool: &Pool, _: &[String]) -> Result<(), Error> {
    use rayon::prelude::*;

    let busy = Busy::default();
    let leaf = |x: u64| {
        busy.during(|| {
            std::thread::sleep(Duration::from_micros(50));
            x + (0..100u64).sum::<u64>()
        })
    };
    let here = Threads::here;
    let third = |x: u64| -> Result<u64, Error> {
        let sum: u64 = (0..3u64).into_par_iter().map(|y| x + y).sum();
        let leaves = here()
            .range(0..4u64)
            .map_reduce_each(|y| leaf(x + y), Sum)?;
        Ok(sum + leaves)
    };
    let second = |x: u64| -> Result<u64, Error> {
        let in_turn = here().range(0..3u64).buffer(1).imap(|y| third(x + y).ok());
        let streamed = in_turn.drive(|values| Ok::<_, Error>(values.flatten().sum::<u64>()))?;
        let beside = here().range(0..3u64).amap(|y| third(x * y).ok());
        let beside = beside.drive(|mut handle| {
            while !handle.wait(Duration::from_millis(1)) {}
            handle.get()
        })?;
        Ok(streamed + beside.into_iter().flatten().sum::<u64>())
    };
    let first = |x: u64| -> Result<u64, Error> {
        let all = here().range(0..3u64).try_map(|y| second(x + y))?;
        Ok(all.into_iter().sum())
    };
    let total: u64 = pool
        .range(0..8u64)
        .grain(1)
        .try_map(first)?
        .everywhere()?
        .into_iter()
        .sum();
    let me = busy.most.load(Ordering::SeqCst);
    let most = pool.range(0..64u8).grain(1).map_reduce_each(|_| me, Max)?;
    pool.print(format_args!("{total} {}", most.unwrap_or(0)))
}

/// The bits of a sum, by the pool and by threads in each place where they can be.
fn thread_floats(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (n, grain) = (number(args, 0), number(args, 1));
    let sum = |threads: Threads| {
        let work = threads.range(0..n);
        let work = if grain > 0 {
            work.grain(grain.into())
        } else {
            work
        };
        work.map_reduce_each(wild, Sum).map(f64::to_bits)
    };
    let own = Threads::new(3)?;
    let work = pool.range(0..n);
    let work = if grain > 0 {
        work.grain(grain.into())
    } else {
        work
    };
    let ours = work.map_reduce_each(wild, Sum)?.to_bits();
    let mut all = vec![sum(Threads::here())?, sum(own.clone())?];
    all.push(pool.root(|| sum(Threads::here()))?);
    let inside = pool.range(0..4u8).grain(1).try_map(|x| match x % 2 {
        0 => sum(Threads::here()),
        _ => sum(own.clone()),
    })?;
    all.extend(inside.everywhere()?);
    let same = all.iter().all(|&bits| bits == ours);
    pool.print(format_args!("{ours:016x} {same}"))
}

/// What every call gives.
fn every_call(threads: &Threads) -> Result<String, Error> {
    let (a, b) = (vec![1u32, 2, 3], vec![10u32, 20, 30]);
    let sums = threads.zip((&a[..], &b[..])).map(|(x, y)| x + y)?;
    let products = threads.product((&a[..], &b[..])).map(|(x, y)| x * y)?;
    let tried = threads.list(&b).try_map(|x| u8::try_from(*x))?;
    let even = threads.list(&b).count(|x| x % 4 == 0)?;
    let work = || threads.range(0..5000u32).buffer(20);
    let ordered = work()
        .imap(|x| x * 3)
        .drive(|values| Ok::<_, Error>(values.eq((0..5000).map(|x| x * 3))))?;
    let mut all = work()
        .imap_unordered(|x| x)
        .drive(|values| Ok::<_, Error>(values.collect::<Vec<_>>()))?;
    all.sort_unstable();
    let complete = all.into_iter().eq(0..5000);
    let left = work()
        .imap(|x| x)
        .drive(|mut v| Ok::<_, Error>(v.nth(17)))?;
    let beside = work().amap(|x| x).drive(|mut handle| {
        while handle.done() < handle.total() {}
        Ok::<_, Error>(handle.get()?.into_iter().eq(0..5000))
    })?;
    let first = threads
        .range(0..1_000_000u64)
        .find_first(|x| x % 1000 == 777)?;
    let any = threads.range(0..4000u64).find_any(|x| x % 1000 == 777)?;
    let none = threads.range(0..4000u64).find_first(|x| *x > 4000)?;
    let calls = AtomicUsize::new(0);
    threads.range(0..333u32).for_each(|_| {
        calls.fetch_add(1, Ordering::SeqCst);
    })?;
    let whole: u64 = threads
        .range(0..10_000u64)
        .map_reduce(|items| items.sum::<u64>(), Sum)?;
    let nothing: u64 = threads.range(0..0u64).map_reduce_each(|x| x, Sum)?;
    let unequal = threads.zip((&a[..], &b[..2])).map(|(x, y)| x + y);
    Ok(format!(
        "{sums:?} {products:?} {tried:?} {even} {ordered} {complete} {left:?} {beside} {first:?} {:?} {none:?} \
         {} {whole} {nothing} {}",
        any.map(|x| x % 1000),
        calls.into_inner(),
        unequal.is_err()
    ))
}

/// Every call in each place where it can be made; prints what they give if that is the same everywhere.
fn thread_calls(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let own = Threads::new(2)?;
    let mut all = vec![every_call(&Threads::here())?, every_call(&own)?];
    all.push(pool.root(|| every_call(&Threads::here()))?);
    let inside = pool.range(0..6u8).grain(1).try_map(|x| match x % 2 {
        0 => every_call(&Threads::here()),
        _ => every_call(&own),
    })?;
    all.extend(inside.everywhere()?);
    all.dedup();
    pool.print(format_args!("{}", all.join("\n")))
}

/// Item 5 of an inner call fails, `args[0]`: by a panic; by an error; under an imap; or its driver does.
fn thread_fails(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let how = number(args, 0);
    let panics = |x: u32| {
        assert!(x != 5, "no fives");
        x
    };
    let f = |_: u8| -> Result<(), Error> {
        let inner = Threads::here().range(0..9u32).grain(1).name("inner");
        match how {
            0 => inner.map(panics).map(drop),
            1 => inner
                .try_map(|x| if x == 5 { Err("no fives") } else { Ok(x) })
                .map(drop),
            2 => inner
                .imap_unordered(panics)
                .drive(|values| Ok::<_, Error>(values.count()))
                .map(drop),
            3 => inner.amap(panics).drive(|handle| handle.get().map(drop)),
            _ => inner
                .imap(|x| x)
                .drive(|_| Err::<(), _>("item 5: no fives")),
        }
    };
    pool.range(0..2u8).grain(1).try_for_each(f)
}

/// Progress of threads on every rank: one of them tells.
fn thread_shown(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let own = Threads::new(2)?;
    let count = own.range(0..1000u32).show().count(|x| x % 2 == 0)?;
    pool.print(format_args!("{count}"))
}
