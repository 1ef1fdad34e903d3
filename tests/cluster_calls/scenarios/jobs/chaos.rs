//! Very many jobs of any length, some of which fail, some of which nobody wants any more.

use super::super::{Run, number};
use grange::{Cause, Error, Pool};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

pub const ALL: &[(&str, Run)] = &[("jobs_chaos", chaos)];

/// A number that looks random, of `x` alone.
fn hash(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What a job does: every seventh returns an error, every eleventh panics.
fn handle(x: u64) -> Result<u64, String> {
    let h = hash(x);
    let micros = match h % 1000 {
        0 => 2000,
        1..20 => 100,
        n => n % 10,
    };
    let began = Instant::now();
    while began.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
    match (h % 7, h % 11) {
        (0, _) => Err("seven".to_owned()),
        (_, 0) => panic!("eleven"),
        _ => Ok(h),
    }
}

/// So many jobs; every 13th is cancelled at some moment. Each has a callback, which is to come once, with what
/// is right.
fn chaos(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let n = number(args, 0);
    let calls = RefCell::new(vec![0u8; n as usize]);
    let (wrong, cancelled) = (Cell::new(0u64), Cell::new(0u64));
    let (calls, wrong) = (&calls, &wrong);
    let counts = pool.try_jobs(handle).window(20_000).drive(|scope| {
        let mut handles = Vec::new();
        for x in 0..n {
            let job = scope
                .job(x)
                .priority((hash(x ^ 77) % 3) as i32)
                .callback(move |_, done| {
                    let h = hash(x);
                    let right = match done.result {
                        Ok(&value) => value == h && h % 7 != 0 && h % 11 != 0,
                        Err(error) => {
                            let cause = match &error.cause {
                                Cause::Failed(text) => text == "seven" && h % 7 == 0,
                                Cause::Panic(text) => text.contains("eleven") && h % 11 == 0,
                                Cause::Cancelled => x % 13 == 0,
                                _ => false,
                            };
                            cause && error.job == x
                        }
                    };
                    calls.borrow_mut()[x as usize] += 1;
                    wrong.set(wrong.get() + u64::from(!right));
                })
                .submit();
            if x % 13 == 0 {
                handles.push(job);
            }
            if hash(x) % 50 == 0 && !handles.is_empty() {
                let at = hash(x ^ 5) as usize % handles.len();
                let job = handles.swap_remove(at);
                cancelled.set(cancelled.get() + u64::from(job.cancel()));
            }
        }
        for job in handles {
            if job.id() % 2 == 0 {
                cancelled.set(cancelled.get() + u64::from(job.cancel()));
            }
        }
        scope.wait()?;
        let once = calls.borrow().iter().filter(|&&c| c == 1).count() as u64;
        let all = scope.statistics().jobs() + cancelled.get();
        Ok::<_, Error>((once, wrong.get(), all, cancelled.get() > 0))
    })?;
    pool.print(format_args!("{counts:?}"))
}
