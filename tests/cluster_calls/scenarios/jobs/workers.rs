//! The number of workers changes while jobs run.

use super::super::{Run, number};
use grange::{Error, Pool};
use std::time::{Duration, SystemTime};

pub const ALL: &[(&str, Run)] = &[("jobs_peak", peak), ("jobs_resized", resized)];

/// A job that takes a while, and when it ran.
fn timed(millis: u64) -> (SystemTime, SystemTime) {
    let began = SystemTime::now();
    std::thread::sleep(Duration::from_millis(millis));
    (began, SystemTime::now())
}

/// The most jobs that ran at the same time.
fn overlap(intervals: &[(SystemTime, SystemTime)]) -> usize {
    let begins = |at: SystemTime| {
        intervals
            .iter()
            .filter(|(a, b)| *a <= at && at < *b)
            .count()
    };
    intervals.iter().map(|(a, _)| begins(*a)).max().unwrap_or(0)
}

/// Rounds with so many workers each; the most jobs at once.
fn peak(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let peaks = pool.jobs(timed).drive(|scope| {
        let before = scope.workers() == pool.total_threads();
        let mut peaks = vec![usize::from(before)];
        for n in args.iter().map(|a| a.parse().unwrap_or(1)) {
            scope.set_workers(n)?;
            let jobs = (4 * n as u64).max(8);
            peaks.push(overlap(&scope.map((0..jobs).map(|_| 60))?));
        }
        let refused = scope.set_workers(0).is_err() && scope.set_workers(1 << 40).is_err();
        peaks.push(usize::from(refused));
        Ok::<_, Error>(peaks)
    })?;
    pool.print(format_args!("{peaks:?}"))
}

/// Changed often while jobs run: all are done, once.
fn resized(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let changes = number(args, 0);
    let right = pool
        .jobs(|x: u64| {
            std::thread::sleep(Duration::from_micros(x % 300));
            x
        })
        .drive(|scope| {
            let mut jobs = Vec::new();
            for change in 0..changes {
                jobs.extend((0..60).map(|x| scope.submit(60 * change + x)));
                scope.set_workers(1 + (change * 7 % 12) as usize)?;
                if change % 10 == 0 {
                    scope.wait_for(Duration::from_millis(5))?;
                }
            }
            scope.set_workers(3)?;
            let mut right = 0;
            for (x, job) in jobs.into_iter().enumerate() {
                right += u64::from(job.join()? == x as u64);
            }
            Ok::<_, Error>((right, scope.statistics().jobs()))
        })?;
    pool.print(format_args!("{right:?}"))
}
