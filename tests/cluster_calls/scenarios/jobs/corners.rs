//! What went wrong once, or nearly.

use super::super::{Run, an_hour, number, wait_for};
use grange::{Cause, Context, Error, Frozen, Pool};
use serde::{Deserialize, Serialize, Serializer};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("jobs_cancel_at_once", cancel_at_once),
    ("jobs_cancel_groups", cancel_groups),
    ("jobs_cancel_large", cancel_large),
    ("jobs_refused", refused),
    ("jobs_callback_joins", callback_joins),
    ("jobs_callback_caught", callback_caught),
    ("jobs_late_callback_calls", late_callback_calls),
    ("jobs_static_resized", static_resized),
    ("jobs_frozen_inside", frozen_inside),
    ("jobs_frozen_returned", frozen_returned),
    ("jobs_endless", endless),
    ("jobs_family_fails", family_fails),
    ("jobs_completed", completed),
];

/// Cancelled as soon as they are submitted, and while they are on their way.
fn cancel_at_once(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let counts = pool
        .try_jobs(|x: u64| if x == 7 { Err("seven") } else { Ok(x) })
        .drive(|scope| {
            let mut kept = Vec::new();
            for x in 10..n {
                let job = scope.submit(x);
                if x % 3 == 0 {
                    kept.push((x, job));
                } else {
                    job.cancel();
                }
                if x % 50 == 0 {
                    scope.wait_for(Duration::from_millis(1))?;
                }
            }
            let mut right = 0;
            for (x, job) in kept {
                right += u64::from(job.join()? == x);
            }
            // The first fails, the others are cancelled.
            let first = scope.map((7..2000).chain(10..12)).is_err();
            Ok::<_, Error>((right, first, scope.map(20..30)?.len()))
        })?;
    pool.print(format_args!("{counts:?}"))
}

fn cancel_groups(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let counts = pool
        .jobs(|millis: u64| std::thread::sleep(Duration::from_millis(millis)))
        .drive(|scope| {
            let submit = |group: &str| {
                let jobs = (0..200).map(|_| scope.job(50).group(group).submit());
                jobs.collect::<Vec<_>>()
            };
            let (some, others) = (submit("some"), submit("others"));
            scope.cancel_group("some");
            let left = scope.in_flight();
            scope.cancel_all();
            let none = scope.in_flight();
            let all = some.into_iter().chain(others);
            let cancelled = all.filter_map(|job| job.join().err());
            let cancelled = cancelled.filter(|e| e.cause == Cause::Cancelled).count();
            Ok::<_, Error>((left <= 200, none, cancelled))
        })?;
    pool.print(format_args!("{counts:?}"))
}

/// Cancelled while their inputs travel: those that have not begun never do.
fn cancel_large(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = PathBuf::from(&args[0]);
    let ran = pool
        .jobs(|(id, input): (u64, Vec<u64>)| {
            let _ = std::fs::write(folder.join(id.to_string()), "");
            wait_for(&folder.join("go"));
            input.len()
        })
        .drive(|scope| {
            let jobs: Vec<_> = (0..30)
                .map(|id| scope.submit((id, vec![7; 1 << 20])))
                .collect();
            scope.cancel_all();
            drop(jobs);
            std::fs::write(folder.join("go"), "")?;
            // What had begun by then ends before these.
            scope.map((100..110).map(|id| (id, Vec::new())))?;
            let ran = (0..30u64).filter(|id| folder.join(id.to_string()).exists());
            Ok::<_, Error>(ran.count())
        })?;
    // One a thread may have begun.
    pool.print(format_args!("{}", ran <= pool.total_threads()))
}

#[derive(Deserialize)]
struct Odd(u64);

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 2 {
            1 => serializer.serialize_u64(self.0),
            _ => Err(serde::ser::Error::custom("it is even")),
        }
    }
}

/// Inputs that cannot be written are failures like others: callbacks run, joined ones are not told again.
fn refused(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let (called, failed) = (Cell::new(0), Cell::new(0));
    let joined = pool.jobs(|odd: Odd| odd.0).drive(|scope| {
        for x in 0..20 {
            scope
                .job(Odd(x))
                .callback(|_, done| {
                    called.set(called.get() + 1);
                    failed.set(failed.get() + u32::from(done.result.is_err()));
                })
                .submit();
        }
        scope.wait()?;
        let errors = (0..10).filter(|&x| scope.submit(Odd(2 * x)).join().is_err());
        Ok::<_, Error>(errors.count())
    })?;
    pool.print(format_args!("{joined} {} {}", called.get(), failed.get()))
}

/// What a callback submits and joins has its own callback run, too.
fn callback_joins(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let order = RefCell::new(Vec::new());
    pool.jobs(|x: u64| x).drive(|scope| {
        scope
            .job(1)
            .callback(|scope, done| {
                order.borrow_mut().push(done.job);
                let inner = scope
                    .job(2)
                    .callback(|_, done| order.borrow_mut().push(10 + done.job))
                    .submit();
                let value = inner.join().unwrap_or(0);
                order.borrow_mut().push(100 + value);
            })
            .submit();
        scope.wait()
    })?;
    pool.print(format_args!("{:?}", order.borrow()))
}

/// A driver that catches what a callback panics with loses no other callback, and no result.
fn callback_caught(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let called = Cell::new(0);
    let result = pool.jobs(|x: u64| x).drive(|scope| {
        let mut third = None;
        for x in 0..10 {
            let job = scope
                .job(x)
                .callback(|_, done| {
                    called.set(called.get() + 1);
                    assert!(done.job != 3, "not three");
                })
                .submit();
            if x == 3 {
                third = Some(job);
            }
        }
        let mut panics = 0;
        while scope.in_flight() > 0 || called.get() < 10 {
            let waited = catch_unwind(AssertUnwindSafe(|| scope.wait()));
            panics += u32::from(waited.is_err());
        }
        Ok::<_, Error>((panics, third.map(|job| job.join().ok())))
    })?;
    pool.print(format_args!("{result:?} {}", called.get()))
}

/// The last callbacks run after the driver, and may not call the pool either.
fn late_callback_calls(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let refused = Cell::new(false);
    pool.jobs(|millis: u64| std::thread::sleep(Duration::from_millis(millis)))
        .drive(|scope| {
            let call = |_: &grange::Scope<'_, u64, ()>, _: grange::Done<'_, ()>| {
                refused.set(pool.range(0..10u8).count(|_| true).is_err());
            };
            scope.job(50).callback(call).submit();
            Ok::<_, Error>(())
        })?;
    pool.print(format_args!("{}", pool.rank() > 0 || refused.get()))
}

/// Leases with large inputs that arrive where nobody works any more.
fn static_resized(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let mut sum = 0;
    for round in 0..number(args, 0) {
        sum += pool
            .jobs(|input: Vec<u8>| input.len() as u64)
            .schedule("static".parse()?)
            .drive(|scope| {
                let jobs: Vec<_> = (0..6).map(|_| scope.submit(vec![1; 4 << 20])).collect();
                scope.wait_for(Duration::from_millis(round % 5))?;
                scope.set_workers(1)?;
                let mut sum = 0;
                for job in jobs {
                    sum += job.join()?;
                }
                Ok::<_, Error>(sum)
            })?;
    }
    pool.print(format_args!("{}", sum >> 20))
}

/// A frozen value in a frozen value.
fn frozen_inside(pool: &Pool, _: &[String]) -> Result<(), Error> {
    type Outer = Frozen<(Frozen<Vec<u64>>, u64)>;
    let sums = pool
        .jobs_with(
            |context: &Context<(Outer, bool)>, (outer, first): (Outer, bool)| {
                if first {
                    context.submit((outer.clone(), false));
                }
                Ok::<_, String>(outer.0.iter().sum::<u64>() + outer.1)
            },
        )
        .drive(|scope| {
            let inner = scope.freeze((0..10_000).collect::<Vec<u64>>())?;
            let outer = scope.freeze((inner, 5))?;
            let jobs: Vec<_> = (0..20)
                .map(|_| scope.submit((outer.clone(), true)))
                .collect();
            let mut sums = Vec::new();
            for job in jobs {
                sums.extend(job.join_all()?);
            }
            Ok::<_, Error>(sums)
        })?;
    let right = sums.len() == 40 && sums.iter().all(|&s| s == 49_995_005);
    pool.print(format_args!("{right}"))
}

/// What only rank 0 has cannot be everybody's result.
fn frozen_returned(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs(|x: Frozen<u8>| *x)
        .drive(|scope| scope.freeze(7u8))
        .map(|_| ())
}

/// A job on rank 0 that never ends, past its deadline.
fn endless(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs_with(|context: &Context<()>, ()| {
        if context.rank() == 0 {
            an_hour();
        }
        Err::<(), _>("not here")
    })
    .job_deadline(Duration::from_millis(200))
    .drive(|scope| {
        loop {
            let error = scope.pipe(()).err();
            if error.is_some_and(|e| matches!(e.cause, Cause::Deadline(_))) {
                return Ok::<_, Error>(());
            }
        }
    })
}

/// A job that another one submitted fails, and nobody asks.
fn family_fails(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs_with(|context: &Context<u64>, x| {
        if x > 0 {
            context.submit(x - 1);
            return Ok(());
        }
        Err("the youngest")
    })
    .drive(|scope| {
        let first = scope.submit(3);
        scope.wait()?;
        first.join().map_err(Error::from)
    })?;
    pool.print(format_args!("done"))
}

/// In order of completion, on a worker each.
fn completed(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let order = pool
        .jobs(|millis: u64| {
            std::thread::sleep(Duration::from_millis(millis));
            millis
        })
        .drive(|scope| {
            scope.set_workers(4)?;
            let jobs: Vec<_> = [900, 0, 600, 300].map(|x| scope.submit(x)).into();
            let mut order = Vec::new();
            for job in scope.as_completed(jobs) {
                order.push(job.join()?);
            }
            let done = scope.submit(0);
            scope.wait()?;
            order.extend(scope.as_completed([done]).map(|job| job.id()));
            order.extend(scope.as_completed([]).map(|job| job.id()));
            Ok::<_, Error>(order)
        })?;
    pool.print(format_args!("{order:?}"))
}
