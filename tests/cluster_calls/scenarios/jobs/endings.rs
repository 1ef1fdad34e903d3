//! Whatever the driver does, the run ends.

use super::super::{Run, an_hour, number};
use grange::{Error, Pool};
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("jobs_early", early),
    ("jobs_error", error),
    ("jobs_panic", panic),
    ("jobs_callback_panic", callback_panic),
    ("jobs_forget", forget),
    ("jobs_none", none),
    ("jobs_call_inside", call_inside),
    ("jobs_call_deadline", call_deadline),
    ("jobs_other_rank_fails", other_rank_fails),
    ("jobs_one_after_another", one_after_another),
];

fn sleep(millis: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(millis));
    millis
}

/// Returns well at once: what is in flight is waited for, callbacks included.
fn early(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let called = std::cell::Cell::new(0);
    let value = pool.jobs(sleep).drive(|scope| {
        for _ in 0..20 {
            let job = scope.job(10).callback(|_, _| called.set(called.get() + 1));
            job.submit();
        }
        Ok::<_, Error>(7)
    })?;
    pool.print(format_args!("{value} {}", called.get()))
}

/// Returns an error while long jobs wait and run.
fn error(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs(sleep).drive(|scope| {
        (0..1000).for_each(|_| drop(scope.submit(100)));
        scope.wait_for(Duration::from_millis(50))?;
        Err::<(), _>(Error::user("enough"))
    })
}

/// Panics after a number of submissions that the argument decides.
fn panic(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let moment = number(args, 0);
    pool.jobs(|x: u64| sleep(x % 3)).drive(|scope| {
        let mut jobs = Vec::new();
        for x in 0.. {
            jobs.push(scope.submit(x));
            if x % 7 == 0 {
                let _ = jobs.swap_remove(jobs.len() / 2).join();
            }
            assert!(x < moment, "the driver's moment");
        }
        Ok::<_, Error>(())
    })
}

fn callback_panic(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs(sleep).drive(|scope| {
        for x in 0..10 {
            scope
                .job(x)
                .callback(|_, done| assert!(done.job != 5, "in a callback"))
                .submit();
        }
        scope.wait()
    })
}

/// Leaks all handles.
fn forget(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let all = pool.jobs(sleep).drive(|scope| {
        (0..50).for_each(|_| std::mem::forget(scope.submit(1)));
        scope.wait()?;
        Ok::<_, Error>(scope.statistics().jobs())
    })?;
    pool.print(format_args!("{all}"))
}

/// No jobs at all.
fn none(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let value = pool.jobs(sleep).drive(|scope| {
        scope.wait()?;
        Ok::<_, Error>(scope.map([])?.len())
    })?;
    pool.print(format_args!("{value}"))
}

/// A call of the pool where the other ranks cannot follow.
fn call_inside(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs(sleep)
        .drive(|_| pool.range(0..10u8).count(|_| true).map(|_| ()))
}

/// A job that never ends, and a deadline of the call.
fn call_deadline(pool: &Pool, _: &[String]) -> Result<(), Error> {
    pool.jobs(|()| an_hour())
        .deadline(Duration::from_millis(500))
        .drive(|scope| scope.pipe(()))
}

/// While the driver waits, another rank's main has gone on, to its error.
fn other_rank_fails(pool: &Pool, _: &[String]) -> Result<(), Error> {
    if pool.rank() == 1 {
        return Err(Error::user("rank 1 does not like jobs"));
    }
    pool.jobs(sleep).drive(|scope| {
        while scope.wait_for(Duration::from_millis(10))? {
            scope.submit(1);
        }
        scope.wait()
    })
}

/// Many calls with a few jobs each.
fn one_after_another(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let mut sum = 0;
    for i in 0..number(args, 0) {
        sum += pool
            .jobs(|x: u64| x + i)
            .drive(|scope| Ok::<_, Error>(scope.map(0..3)?.into_iter().sum::<u64>()))?;
    }
    pool.print(format_args!("{sum}"))
}
