//! Ranks that crawl, hang or wait, and drivers that are busy.

use super::{Run, an_hour, number};
use grange::{Error, Pool, Sum};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub const ALL: &[(&str, Run)] = &[
    ("stuck", stuck),
    ("stuck_side_effects", stuck_side_effects),
    ("crawling", crawling),
    ("busy_driver", busy_driver),
    ("waiting", waiting),
    ("late", late),
    ("early", early),
    ("long_items", long_items),
    ("goes_on", goes_on),
];

/// The closure never returns on one rank.
fn stuck(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (me, bad, deadline) = (pool.rank() as u64, number(args, 0), number(args, 1));
    let work = pool.range(0..200u64).grain(1).name("half stuck");
    let work = if deadline > 0 {
        work.deadline(Duration::from_secs(deadline))
    } else {
        work
    };
    let f = |x: u64| {
        if me == bad {
            an_hour();
        }
        std::thread::sleep(Duration::from_millis(1));
        x
    };
    let sum = work.map_reduce_each(f, Sum)?;
    // Another call, which the stuck rank never reaches.
    let count = pool.range(0..100u8).count(|x| x % 2 == 0)?;
    pool.print(format_args!("{sum} {count}"))
}

/// What must not be done twice is waited for, so a deadline is what ends it.
fn stuck_side_effects(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (me, bad) = (pool.rank() as u64, number(args, 0));
    pool.range(0..50u64)
        .grain(1)
        .deadline(Duration::from_secs(3))
        .for_each(|_| {
            if me == bad {
                an_hour();
            }
            // So that the other has its share.
            std::thread::sleep(Duration::from_millis(20));
        })
}

/// One rank takes 100 times as long for everything.
fn crawling(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let slow = if pool.rank() == 1 { 100 } else { 1 };
    let began = Instant::now();
    let sum = pool.range(0..1000u64).grain(1).map_reduce_each(
        |x| {
            std::thread::sleep(Duration::from_millis(slow));
            x
        },
        Sum,
    )?;
    pool.print(format_args!("{sum} {}", began.elapsed().as_millis()))
}

/// Rank 0's driver computes on its own for a while; other ranks go on being leased all that time.
fn busy_driver(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let busy = Duration::from_secs(number(args, 0));
    let me = pool.rank();
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis() as u64
    };
    // More than 3 ranks can do in that time.
    let items = 2 * busy.as_millis() as u64;
    let f = |_: u64| {
        std::thread::sleep(Duration::from_millis(2));
        (me, now())
    };
    let seen = pool
        .range(0..items)
        .grain(1)
        .buffer(items)
        .imap_unordered(f)
        .drive(|mut results| {
            results.next();
            let from = now();
            let began = Instant::now();
            let mut x = 1u64;
            while began.elapsed() < busy {
                x = std::hint::black_box(x.wrapping_mul(3));
            }
            let to = now();
            let others: Vec<u64> = results
                .filter(|(rank, _)| *rank != 0)
                .map(|(_, t)| t)
                .collect();
            // In each quarter of that time, did other ranks finish items?
            let quarter = (to - from) / 4;
            let per: Vec<usize> = (0..4)
                .map(|q| {
                    others
                        .iter()
                        .filter(|t| (from + q * quarter..from + (q + 1) * quarter).contains(t))
                        .count()
                })
                .collect();
            Ok::<_, Error>(per)
        })?;
    pool.print(format_args!("{seen:?}"))
}

/// Rank 0 alone works for a while; prints which share of a core the others have used meanwhile.
fn waiting(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let used = || {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        // Clock ticks of user and system time, 100 a second on Linux.
        fields.get(11..13).map_or(0.0, |f| {
            f.iter().filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
        })
    };
    pool.range(0..100u8).for_each(drop)?;
    // The least of some: whatever else the machine does makes every wake-up dearer.
    let mut share = f64::INFINITY;
    for _ in 0..4 {
        let (before, began) = (used(), Instant::now());
        pool.root(|| {
            std::thread::sleep(Duration::from_secs(2));
            Ok::<_, Error>(())
        })?;
        share = share.min((used() - before) / began.elapsed().as_secs_f64());
    }
    let me = pool.rank();
    let shares = pool.range(0..pool.size()).grain(1).map(|_| (me, share))?;
    let _ = shares.into_root();
    if me == 1 {
        eprintln!("waiting share {share:.4}");
    }
    Ok(())
}

/// Rank 0 comes late to a call; prints the least that another rank did of it.
fn early(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let me = pool.rank();
    if me == 0 {
        std::thread::sleep(Duration::from_millis(500));
    }
    let who = pool.range(0..400u32).grain(1).map(|_| {
        std::thread::sleep(Duration::from_millis(3));
        me
    })?;
    let size = pool.size();
    let least = who.on_root(|who| {
        let done = |rank: usize| who.iter().filter(|&&r| r == rank).count();
        Ok::<_, Error>((1..size).map(done).min())
    })?;
    pool.print(format_args!("{}", least.unwrap_or(0)))
}

/// As many items as threads, each as long: prints how many items' times the call took.
fn long_items(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let began = Instant::now();
    pool.range(0..pool.total_threads()).grain(1).for_each(|_| {
        std::thread::sleep(Duration::from_millis(600));
    })?;
    pool.print(format_args!("{:.2}", began.elapsed().as_secs_f64() / 0.6))
}

/// The run is over in no time; what comes after it is not our business.
fn goes_on(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.range(0..10u8).for_each(drop)
}

/// A rank that comes late to calls finds their answers.
fn late(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let mut total = 0;
    for call in 0..20u64 {
        if call == 3 && pool.rank() == 1 {
            std::thread::sleep(Duration::from_millis(700));
        }
        total += pool.range(0..100u64).map_reduce_each(|x| x + call, Sum)?;
    }
    let same = pool.root(|| Ok::<_, Error>(total))?;
    assert_eq!(same, total);
    pool.print(format_args!("{total}"))
}
