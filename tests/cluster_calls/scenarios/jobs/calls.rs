//! Submitting, joining, callbacks, groups, kinds.

use super::super::{Run, number};
use grange::{Error, Pool};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("jobs_handles", handles),
    ("jobs_kinds", kinds),
    ("jobs_method", method),
    ("jobs_callbacks", callbacks),
    ("jobs_callback_inside", callback_inside),
    ("jobs_groups", groups),
    ("jobs_maps", maps),
    ("jobs_statistics", statistics),
    ("jobs_rayon", rayon_inside),
    ("jobs_shown", shown),
];

fn is_prime(n: u64) -> bool {
    n >= 2
        && (2..)
            .take_while(|d| d * d <= n)
            .all(|d| !n.is_multiple_of(d))
}

fn sum_of_primes(n: u64) -> u64 {
    (2..n).filter(|&x| is_prime(x)).sum()
}

fn handles(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let sums = pool.jobs(sum_of_primes).drive(|scope| {
        let first = scope.submit(100);
        let (id, first) = (first.id(), first.join()?);
        let jobs: Vec<_> = (0..8).map(|i| scope.submit(20_000 + 100 * i)).collect();
        let last = jobs.last().map(grange::Job::id);
        let mut sums = vec![first];
        for job in jobs {
            // Without waiting as long as it is not done, then with.
            match job.try_join() {
                Ok(result) => sums.push(result?),
                Err(job) => {
                    let sum = job.join_for(Duration::from_secs(50));
                    sums.push(sum.map_err(|job| Error::user(format!("{job:?}")))??);
                }
            }
        }
        let job = scope.submit(2);
        while !job.is_done() {}
        let done = job.ran().is_some() && scope.in_flight() == 0;
        // Dropped handles do not cancel.
        drop(scope.submit(10));
        scope.wait()?;
        let all = scope.statistics().jobs();
        Ok::<_, Error>((id, last, sums, done, all))
    })?;
    pool.print(format_args!("{sums:?}"))
}

#[derive(Serialize, Deserialize)]
enum Question {
    Length(String),
    Halves(Vec<f64>),
    Nothing,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Answer {
    Length(usize),
    Halves { all: Vec<f64>, text: Option<String> },
    Nothing(()),
}

fn kinds(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let right = pool
        .jobs(|question: Question| match question {
            Question::Length(text) => Answer::Length(text.len()),
            Question::Halves(all) => Answer::Halves {
                all: all.iter().map(|x| x / 2.0).collect(),
                text: Some("é".repeat(all.len())),
            },
            Question::Nothing => Answer::Nothing(()),
        })
        .drive(|scope| {
            let jobs = [
                scope.submit(Question::Length("grange".into())),
                scope.submit(Question::Nothing),
                scope.submit(Question::Halves(vec![1.0, f64::INFINITY])),
            ];
            let mut answers = Vec::new();
            for job in jobs {
                answers.push(job.join()?);
            }
            let halves = Answer::Halves {
                all: vec![0.5, f64::INFINITY],
                text: Some("éé".into()),
            };
            Ok::<_, Error>(answers == [Answer::Length(6), Answer::Nothing(()), halves])
        })?;
    pool.print(format_args!("{right}"))
}

/// A handler with state: a method of a value that every rank has.
struct Polynomial(Vec<f64>);

impl Polynomial {
    fn at(&self, x: f64) -> f64 {
        self.0.iter().rev().fold(0.0, |sum, c| sum * x + c)
    }
}

fn method(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let polynomial = Polynomial(vec![1.0, 2.0, 3.0]);
    let values = pool
        .jobs(|x: f64| polynomial.at(x))
        .drive(|scope| scope.map([0.0, 1.0, 2.0]))?;
    pool.print(format_args!("{values:?}"))
}

/// Each callback once, one at a time, and those of jobs that callbacks submit.
fn callbacks(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let (sum, calls, inside) = (Cell::new(0u64), Cell::new(0u64), Cell::new(false));
    pool.jobs(|x: u64| x + 1).drive(|scope| {
        for x in 0..n {
            let job = scope.job(x).callback(|scope, done| {
                assert!(!inside.replace(true), "two callbacks at once");
                calls.set(calls.get() + 1);
                let value = done.result.copied().unwrap_or(0);
                sum.set(sum.get() + value);
                if value == 10 {
                    let more = scope.submit(100);
                    sum.set(sum.get() + more.join().unwrap_or(0));
                    // Its own callback runs after this one.
                    scope
                        .job(5000)
                        .callback(|_, done| {
                            assert!(!inside.get());
                            calls.set(calls.get() + 1);
                            sum.set(sum.get() + done.result.copied().unwrap_or(0));
                        })
                        .submit();
                }
                inside.set(false);
            });
            job.submit();
        }
        scope.wait()
    })?;
    pool.print(format_args!("{} {}", calls.get(), sum.get()))
}

/// A callback that asks for its own job does not wait for ever, and one that waits for others gets them.
fn callback_inside(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let seen = RefCell::new(Vec::new());
    let value = pool.jobs(|x: u64| x * 2).drive(|scope| {
        let job = scope
            .job(3)
            .callback(|scope, done| {
                let others: Vec<u64> = scope.map([5, 6]).unwrap_or_default();
                seen.borrow_mut().push((done.job, others));
            })
            .submit();
        let value = job.join()?;
        Ok::<_, Error>((value, seen.borrow().clone()))
    })?;
    pool.print(format_args!("{value:?}"))
}

fn groups(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let all = pool
        .jobs(|millis: u64| std::thread::sleep(Duration::from_millis(millis)))
        .drive(|scope| {
            let count = |n: u64, millis, group: &str| {
                (0..n).for_each(|_| drop(scope.job(millis).group(group).submit()));
            };
            count(3, 1, "quick");
            scope.wait_group("quick")?;
            let quick = scope.in_flight();
            count(1, 1500, "slow");
            count(3, 1, "quick");
            let in_time = scope.wait_group_for("slow", Duration::from_millis(30))?;
            let everything = scope.wait_for(Duration::from_millis(30))?;
            scope.wait_group("nobody")?;
            scope.wait()?;
            let after = scope.wait_group_for("slow", Duration::ZERO)?;
            Ok::<_, Error>((quick, in_time, everything, after, scope.in_flight()))
        })?;
    pool.print(format_args!("{all:?}"))
}

fn maps(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let values = pool
        .try_jobs(|x: i32| if x < 0 { Err("negative") } else { Ok(x * x) })
        .drive(|scope| {
            let squares = scope.map(0..100)?;
            let failed = scope.map([1, -1, 2]).err().map(|e| e.to_string());
            let one = scope.pipe(9)?;
            Ok::<_, Error>((squares.iter().sum::<i32>(), failed, one))
        })?;
    let (sum, failed, one) = values;
    let failed = failed.unwrap_or_default();
    let told = failed.contains("negative") && failed.contains("job 101 on rank");
    pool.print(format_args!("{sum} {told} {one}"))
}

/// Every job is somewhere, and time was spent there.
fn statistics(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let all = pool
        .jobs(|()| std::thread::sleep(Duration::from_millis(20)))
        .drive(|scope| {
            scope.map((0..40).map(|_| ()))?;
            Ok::<_, Error>(scope.statistics())
        })?;
    let shares: f64 = all.nodes.iter().map(|n| all.share(n)).sum();
    let busy = all.nodes.iter().filter(|n| n.jobs > 0).count();
    let hosts = all.nodes.iter().zip(pool.hosts());
    let right = all.jobs() == 40
        && (shares - 1.0).abs() < 1e-9
        && all.time() >= Duration::from_millis(800)
        && all.time() < all.elapsed * (pool.total_threads() as u32 + 1)
        && hosts.clone().count() == pool.size()
        && hosts.into_iter().all(|(node, host)| node.host == *host);
    let lines = all.to_string().lines().count();
    pool.print(format_args!("{right} {busy} {}", lines == busy + 3))
}

/// Parallelism inside of jobs.
fn rayon_inside(pool: &Pool, _: &[String]) -> Result<(), Error> {
    use rayon::prelude::*;
    let sums = pool
        .jobs(|n: u64| (0..n).into_par_iter().map(|x| x % 7).sum::<u64>())
        .drive(|scope| scope.map((0..50).map(|i| 10_000 + i)))?;
    let serial = |i: u64| (0..10_000 + i).map(|x| x % 7).sum::<u64>();
    let right = sums.into_iter().eq((0..50).map(serial));
    pool.print(format_args!("{right}"))
}

/// Progress of jobs, some of which fail or are cancelled.
fn shown(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let nap = |x: u64| {
        std::thread::sleep(Duration::from_millis(10));
        if x == 5 { Err("five") } else { Ok(()) }
    };
    pool.try_jobs(nap)
        .name("naps")
        .show_every(Duration::from_millis(10))
        .drive(|scope| {
            let jobs: Vec<_> = (0..60).map(|x| scope.submit(x)).collect();
            jobs[59].cancel();
            jobs.into_iter().for_each(|job| drop(job.join()));
            Ok::<_, Error>(())
        })
}
