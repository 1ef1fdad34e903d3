//! Jobs that fail.

use super::super::{Run, an_hour, number};
use grange::{Cause, Context, Error, Job, Pool};
use serde::{Deserialize, Serialize, Serializer};
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub const ALL: &[(&str, Run)] = &[
    ("jobs_fail", fail),
    ("jobs_unseen", unseen),
    ("jobs_retries", retries),
    ("jobs_retries_end", retries_end),
    ("jobs_deadline", deadline),
    ("jobs_deadline_everywhere", deadline_everywhere),
    ("jobs_stuck", stuck),
    ("jobs_unwritable", unwritable),
];

/// Panics and errors are their handles' alone.
fn fail(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let told = pool
        .try_jobs(|x: u32| match x {
            3 => panic!("three is odd"),
            5 => Err(format!("five is {x}")),
            _ => Ok(x),
        })
        .drive(|scope| {
            let jobs: Vec<_> = (0..10).map(|x| scope.submit(x)).collect();
            let results: Vec<_> = jobs.into_iter().map(Job::join).collect();
            let good = results.iter().filter(|r| r.is_ok()).count();
            let bad: Vec<_> = results.into_iter().filter_map(Result::err).collect();
            let [panic, error] = &bad[..] else {
                return Err(Error::user(format!("{bad:?}")));
            };
            let panic_told = matches!(&panic.cause, Cause::Panic(text)
                if text.contains("three is odd") && text.contains("failures.rs:"))
                && panic.job == 3
                && panic.rank.is_some_and(|r| pool.hosts()[r] == panic.host);
            let error_told = error.cause == Cause::Failed("five is 5".into()) && error.job == 5;
            // Text for people has it all.
            let text = panic.to_string();
            let text = text.starts_with("job 3 on rank ") && text.contains(&panic.host);
            Ok((good, panic_told, error_told, text))
        })?;
    pool.print(format_args!("{told:?}"))
}

/// Nobody looks at failures: that is told, and is no failure of the run.
fn unseen(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.try_jobs(|x: u32| if x % 2 == 0 { Err("even") } else { Ok(x) })
        .drive(|scope| {
            (0..10).for_each(|x| drop(scope.submit(x)));
            Ok::<_, Error>(())
        })?;
    pool.print(format_args!("done"))
}

/// Each job fails where it is tried first; its ranks are in the folder.
fn retries(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = PathBuf::from(&args[0]);
    let several = pool.size() > 1;
    let good = pool
        .jobs_with(|context: &Context<u64>, x: u64| {
            let first = folder.join(x.to_string());
            let here = context.rank().to_string();
            match std::fs::read_to_string(&first) {
                Err(_) => {
                    std::fs::write(&first, here).map_err(|e| e.to_string())?;
                    Err("the first time".to_owned())
                }
                // On another rank, where there is one.
                Ok(before) => Ok((before != here) == several),
            }
        })
        .retries(1)
        .drive(|scope| {
            let all = scope.map(0..number(args, 1))?;
            Ok::<_, Error>(all.into_iter().filter(|&good| good).count())
        })?;
    pool.print(format_args!("{good}"))
}

/// Tried as often as it may be, no more.
fn retries_end(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = PathBuf::from(&args[0]);
    let text = pool
        .jobs(|()| {
            let tries = std::fs::read_dir(&folder).map_or(0, Iterator::count);
            let _ = std::fs::write(folder.join(tries.to_string()), "");
            panic!("try {tries}")
        })
        .drive(|scope| {
            let result: Result<(), _> = scope.job(()).retries(3).submit().join();
            Ok::<_, Error>(result.err().map(|e| e.to_string()).unwrap_or_default())
        })?;
    let tries = pool.root(|| Ok::<_, Error>(std::fs::read_dir(&folder)?.count()))?;
    pool.print(format_args!("{tries} {}", text.contains("try 3")))
}

/// Jobs that never end by themselves, until they may stop; others go on meanwhile.
fn deadline(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let all = pool
        .jobs_with(|context: &Context<bool>, forever| {
            while forever && !context.is_stopped() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok::<_, String>(())
        })
        .job_deadline(Duration::from_millis(300))
        .drive(|scope| {
            let stuck: Vec<_> = (0..4).map(|_| scope.submit(true)).collect();
            let short: Vec<_> = (0..100).map(|_| scope.submit(false)).collect();
            let good = short.into_iter().filter_map(|job| job.join().ok()).count();
            let late = |e: grange::JobError| matches!(e.cause, Cause::Deadline(_));
            let late = stuck
                .into_iter()
                .filter_map(|j| j.join().err())
                .filter(|e| late(e.clone()));
            Ok::<_, Error>((good, late.count()))
        })?;
    pool.print(format_args!("{all:?}"))
}

/// More of them than there are threads, many times over.
fn deadline_everywhere(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let all = pool
        .jobs_with(|context: &Context<u8>, x| {
            while x > 0 && !context.is_stopped() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok::<_, String>(x)
        })
        .drive(|scope| {
            let limit = Duration::from_millis(100);
            let submit = |x| scope.job(x).deadline(limit).submit();
            let stuck: Vec<_> = (0..20).map(|_| submit(1)).collect();
            let after: Vec<_> = (0..20).map(|_| submit(0)).collect();
            let late = stuck
                .into_iter()
                .filter(|_| true)
                .filter_map(|j| j.join().err());
            let late = late.count();
            Ok::<_, Error>((
                late,
                after.into_iter().filter_map(|j| j.join().ok()).count(),
            ))
        })?;
    pool.print(format_args!("{all:?}"))
}

/// A job that never returns, on another rank than 0: the run ends without it.
fn stuck(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let began = Instant::now();
    let late = pool
        .jobs_with(|context: &Context<()>, ()| {
            if context.rank() > 0 {
                an_hour();
            }
            Err::<(), _>("here")
        })
        .job_deadline(Duration::from_millis(200))
        .drive(|scope| {
            // Until one is where it never ends.
            loop {
                let Err(error) = scope.pipe(()) else { continue };
                if matches!(error.cause, Cause::Deadline(_)) {
                    return Ok::<_, Error>(error.rank);
                }
            }
        })?;
    pool.print(format_args!(
        "{} {}",
        late.is_some(),
        began.elapsed() < Duration::from_secs(10)
    ))
}

#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

fn unwritable(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let output = pool
        .jobs(|()| Unwritable)
        .drive(|scope| Ok::<_, Error>(scope.pipe(()).err().map(|e| e.to_string())))?;
    let input = pool.jobs(|_: Option<Unwritable>| 1).drive(|scope| {
        let failed = scope.pipe(Some(Unwritable)).err().map(|e| e.to_string());
        Ok::<_, Error>((failed, scope.pipe(None)?))
    })?;
    let told = |text: &Option<String>| text.as_ref().is_some_and(|t| t.contains("not today"));
    pool.print(format_args!(
        "{} {} {}",
        told(&output),
        told(&input.0),
        input.1
    ))
}
