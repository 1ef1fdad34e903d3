//! What runs when: priorities, cancelling, a bound on what is in flight, long jobs beside short ones.

use super::super::{Run, number, wait_for};
use grange::{Error, Pool};
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub const ALL: &[(&str, Run)] = &[
    ("jobs_priorities", priorities),
    ("jobs_cancel", cancel),
    ("jobs_window", window),
    ("jobs_long_beside_short", long_beside_short),
    ("jobs_waiting_behind_long", waiting_behind_long),
];

/// On one worker that is held up while all are submitted.
fn priorities(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let go = PathBuf::from(&args[0]);
    let begun = go.with_extension("begun");
    let mut order = pool
        .jobs(|wait: bool| {
            if wait {
                let _ = std::fs::write(&begun, "");
                wait_for(&go);
            }
            std::time::SystemTime::now()
        })
        .drive(|scope| {
            scope.set_workers(1)?;
            let first = scope.submit(true);
            // Else one of those that are more urgent would run before it.
            wait_for(&begun);
            let jobs: Vec<_> = [0, 5, -3, 5, 0, i32::MAX]
                .into_iter()
                .map(|p| (p, scope.job(false).priority(p).submit()))
                .collect();
            // What was fetched in advance is given back for what is more urgent.
            scope.wait_for(Duration::from_millis(300))?;
            std::fs::write(&go, "")?;
            first.join()?;
            let mut times = Vec::new();
            for (priority, job) in jobs {
                let id = job.id();
                times.push((job.join()?, priority, id));
            }
            Ok::<_, Error>(times)
        })?;
    order.sort();
    let order: Vec<(i32, u64)> = order.into_iter().map(|(_, p, id)| (p, id)).collect();
    pool.print(format_args!("{order:?}"))
}

/// Jobs that have not begun never run; the results of those that run are dropped. The first few may be on their
/// way to a rank already, so that they begin before it hears of anything.
fn cancel(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = PathBuf::from(&args[0]);
    let outcome = pool
        .jobs(|(id, wait): (u64, bool)| {
            let _ = std::fs::write(folder.join(id.to_string()), "");
            if wait {
                wait_for(&folder.join("go"));
            }
            id
        })
        .drive(|scope| {
            scope.set_workers(1)?;
            let running = scope.submit((0, true));
            wait_for(&folder.join("0"));
            let jobs: Vec<_> = (1..100).map(|id| scope.submit((id, false))).collect();
            let is_cancelled = |id: u64| id > 33 && id.is_multiple_of(3);
            let cancelled = jobs
                .iter()
                .filter(|job| is_cancelled(job.id()) && job.cancel());
            let cancelled = cancelled.count();
            let twice = jobs[35].cancel();
            let was_running = running.cancel();
            std::fs::write(folder.join("go"), "")?;
            let errors = jobs
                .into_iter()
                .map(|job| (job.id(), job.join()))
                .filter(|(id, result)| result.is_err() == is_cancelled(*id))
                .count();
            let running = running.join().err().map(|e| e.to_string());
            scope.wait()?;
            let ran = (1..100).filter(|id| folder.join(id.to_string()).exists());
            Ok::<_, Error>((cancelled, twice, was_running, errors, running, ran.count()))
        })?;
    pool.print(format_args!("{outcome:?}"))
}

/// Inputs without end.
fn window(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let most = pool.jobs(|x: u64| x).window(100).drive(|scope| {
        let mut most = 0;
        for x in 0..n {
            scope.submit(x);
            most = most.max(scope.in_flight());
        }
        Ok::<_, Error>(most)
    })?;
    pool.print(format_args!("{most}"))
}

/// A long job first; the short ones are done long before it.
fn long_beside_short(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let in_time = pool
        .jobs(|millis: u64| std::thread::sleep(Duration::from_millis(millis)))
        .drive(|scope| {
            // So that speeds are known, and batches are large.
            scope.map((0..2000).map(|_| 0))?;
            let began = Instant::now();
            let mut jobs: Vec<_> = (0..100).map(|_| scope.submit(0)).collect();
            let long = scope.submit(3000);
            jobs.extend((0..400).map(|_| scope.submit(1)));
            for job in jobs {
                job.join()?;
            }
            let took = began.elapsed();
            long.join()?;
            Ok::<_, Error>(took < Duration::from_millis(2500))
        })?;
    pool.print(format_args!("{in_time}"))
}

/// Long jobs on all threads but one, and short ones that were leased together with them.
fn waiting_behind_long(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let threads = pool.total_threads() as u64;
    let in_time = pool
        .jobs(|millis: u64| std::thread::sleep(Duration::from_millis(millis)))
        .drive(|scope| {
            scope.map((0..2000).map(|_| 0))?;
            let began = Instant::now();
            let mut short = Vec::new();
            let mut long = Vec::new();
            for i in 0..200 {
                if i % 20 == 0 && i / 20 + 1 < threads {
                    long.push(scope.submit(3000));
                }
                short.push(scope.submit(0));
            }
            for job in short {
                job.join()?;
            }
            let took = began.elapsed();
            for job in long {
                job.join()?;
            }
            Ok::<_, Error>(took < Duration::from_millis(2000))
        })?;
    pool.print(format_args!("{in_time}"))
}
