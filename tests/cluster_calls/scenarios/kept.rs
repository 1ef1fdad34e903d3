//! Calls that are kept in a file: stopped, failed, resumed.

use super::{Run, number};
use grange::{Builder, Error, Pool, Sum, fingerprint};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[
    ("kept_logged", logged),
    ("logged", unkept),
    ("kept_all", all),
    ("kept_jobs", jobs),
    ("kept_list", list),
    ("kept_failures", failures),
    ("retried", retried),
    ("kept_typed", typed),
    ("kept_slow_main", slow_main),
    ("kept_long", long),
];

/// Settings of the run, out of the environment.
pub fn settings(builder: Builder) -> Builder {
    let var = |name: &str| std::env::var(name).ok();
    let seconds = |name: &str| {
        let text = var(name)?;
        text.parse().ok().map(Duration::from_secs_f64)
    };
    // Rank 1 has half of the threads.
    let rank = ["OMPI_COMM_WORLD_RANK", "PMI_RANK"]
        .iter()
        .find_map(|name| var(name));
    let threads = var("HALF").map(|_| if rank.as_deref() == Some("1") { 1 } else { 2 });
    let builder = threads.into_iter().fold(builder, Builder::threads);
    let builder = seconds("KEPT_EVERY")
        .into_iter()
        .fold(builder, Builder::checkpoint_every);
    let builder = seconds("KEPT_GRACE")
        .into_iter()
        .fold(builder, Builder::grace);
    builder
        .audit(var("AUDIT").and_then(|share| share.parse().ok()))
        .time_limit(seconds("KEPT_LIMIT"))
        .restart(var("KEPT_RESTART").is_some())
        .checkpoint(var("KEPT_FILE").map(PathBuf::from))
        .stats(var("STATS").is_some())
        .report(var("REPORT").map(PathBuf::from))
        .trace(var("TRACE").map(PathBuf::from))
}

/// One line more in a file that all ranks write.
pub fn note(path: &Path, line: &str) -> Result<(), Error> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    // In one piece, so that lines of several ranks do not mix.
    file.write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}

/// LOG: items without end that leave a line each, kept nowhere.
fn unkept(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let log = PathBuf::from(&args[0]);
    pool.range(0..1_000_000u64).try_for_each(|x| {
        std::thread::sleep(Duration::from_millis(10));
        note(&log, &x.to_string())
    })
}

/// FILE LOG ITEMS MILLISECONDS: every item leaves a line in the log.
fn logged(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (log, items, time) = (PathBuf::from(&args[1]), number(args, 2), number(args, 3));
    let sum: f64 = pool
        .range(0..items)
        .grain(1)
        .name("logged")
        .checkpoint(&args[0])
        .try_map_reduce(
            |xs| {
                let mut sum = 0.0;
                for x in xs {
                    std::thread::sleep(Duration::from_millis(time));
                    note(&log, &x.to_string())?;
                    sum += 1.0 / (x + 1) as f64;
                }
                Ok::<f64, Error>(sum)
            },
            Sum,
        )?;
    pool.print(format_args!("{:016x}", sum.to_bits()))
}

/// FILE [NEVER]: a call of each kind, which fails if something is computed although it never should be.
fn all(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let never = args.len() > 1;
    let check = || assert!(!never, "computed again");
    let file = &args[0];
    let sum: f64 = pool
        .range(1..=3000u32)
        .grain(8)
        .checkpoint(file)
        .map_reduce_each(
            |x| {
                check();
                1.0 / f64::from(x)
            },
            Sum,
        )?;
    let count = pool.range(0..5000u64).checkpoint(file).count(|x| {
        check();
        x % 3 == 0
    })?;
    let texts = pool.range(0..700i64).grain(3).checkpoint(file).map(|x| {
        check();
        format!("<{x}>")
    })?;
    let texts = texts.everywhere()?.concat().len();
    let first = pool.range(0..90_000u64).checkpoint(file).find_first(|&x| {
        check();
        x == 61_234
    })?;
    pool.range(0..500u64)
        .checkpoint(file)
        .for_each(|_| check())?;
    let streamed = pool.range(0..800u64).checkpoint(file).imap(|x| {
        check();
        x * x
    });
    let streamed = streamed
        .drive(|values| Ok::<u64, Error>(values.enumerate().map(|(i, v)| i as u64 * v).sum()))?;
    let handled = pool.range(0..300u64).checkpoint(file).amap(|x| {
        check();
        x + 1
    });
    let handled: u64 = handled.drive(|handle| handle.get().map(|v| v.iter().sum::<u64>()))?;
    let deferred: Vec<u64> = pool
        .range(0..64u64)
        .deferred()
        .checkpoint(file)
        .map_reduce_each(
            |x| {
                check();
                vec![x]
            },
            grange::Concat,
        )?;
    let nothing: u64 = pool
        .range(0..0u64)
        .checkpoint(file)
        .map_reduce_each(|x| x, Sum)?;
    let jobs = pool
        .jobs(|x: u64| {
            check();
            x as f64 / 3.0
        })
        .checkpoint(file)
        .drive(|scope| Ok::<f64, Error>(scope.map(0..50)?.iter().sum()))?;
    pool.print(format_args!(
        "{sum:?} {count} {texts} {first:?} {streamed} {handled} {} {nothing} {jobs:?}",
        deferred.len()
    ))
}

/// FILE LOG JOBS MILLISECONDS: every job leaves a line in the log; every third submits another.
fn jobs(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (log, n, time) = (PathBuf::from(&args[1]), number(args, 2), number(args, 3));
    let sum = pool
        .jobs_with(|context, x: u64| {
            std::thread::sleep(Duration::from_millis(time));
            note(&log, &x.to_string())?;
            if x < 1000 && x.is_multiple_of(3) {
                context.submit(x + 1000);
            }
            Ok::<u64, Error>(x * x)
        })
        .checkpoint(&args[0])
        .drive(|scope| {
            let table = scope.freeze(vec![1u64])?;
            let from_callbacks = std::rc::Rc::new(std::cell::Cell::new(0));
            let count = from_callbacks.clone();
            for x in 0..n {
                let count = count.clone();
                let job = scope.job(x).key(format!("job {x}"));
                job.callback(move |scope, done| {
                    count.set(count.get() + done.result.copied().unwrap_or(0));
                    if done.job == 0 {
                        scope.submit(5000);
                    }
                })
                .submit();
            }
            scope.wait()?;
            Ok::<_, Error>(from_callbacks.get() + table[0])
        })?;
    pool.print(format_args!("{sum}"))
}

/// FILE [VERSION|items]: a list, whose contents a checkpoint does not know by itself.
fn list(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let items: Vec<u64> = (0..100).map(|x| x + args.len() as u64 / 4).collect();
    let work = pool.list(&items).checkpoint(&args[0]);
    let work = match args.get(1).map(String::as_str) {
        None => work,
        Some("items") => work.version(fingerprint(&items)?),
        Some(version) => work.version(version),
    };
    let sum: u64 = work.map_reduce_each(|x| *x, Sum)?;
    pool.print(format_args!("{sum}"))
}

/// FILE LOG MENDED: items fail until there is the file MENDED.
fn failures(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let (log, mended) = (PathBuf::from(&args[1]), PathBuf::from(&args[2]));
    let bad = |x: u64| matches!(x, 3 | 77 | 400) && !mended.exists();
    let sum: f64 = pool
        .range(0..500u64)
        .grain(2)
        .name("some fail")
        .skip_failures()
        .checkpoint(&args[0])
        .map_reduce_each(
            |x| {
                assert!(!bad(x), "bad luck with {x}");
                if let Err(error) = note(&log, &x.to_string()) {
                    panic!("{error}");
                }
                1.0 / (x + 1) as f64
            },
            Sum,
        )?;
    let values = pool
        .range(0..500u64)
        .name("some values fail")
        .skip_failures()
        .checkpoint(&args[0])
        .try_map(|x| match bad(x) {
            true => Err(format!("no value for {x}")),
            false => Ok(x),
        })?;
    let values = values.everywhere()?;
    let streamed = pool.range(0..500u64).skip_failures().imap(|x| {
        assert!(!bad(x), "no luck with {x}");
        x
    });
    let streamed = streamed.drive(|values| Ok::<u64, Error>(values.sum()))?;
    let first = pool.range(0..500u64).skip_failures().find_first(|&x| {
        assert!(!bad(x), "no hit at {x}");
        x == 499
    })?;
    let failures = pool.root(|| Ok::<_, Error>(pool.failures().len()))?;
    pool.print(format_args!(
        "{:016x} {} {} {streamed} {first:?} {failures}",
        sum.to_bits(),
        values.len(),
        values.iter().sum::<u64>()
    ))
}

/// FOLDER RETRIES: the first two tries of item 40 fail, by a panic and by an error.
fn retried(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let folder = PathBuf::from(&args[0]);
    let f = |x: u64| {
        let tries = ["first", "second"];
        for (i, name) in tries.iter().enumerate().filter(|_| x == 40) {
            if OpenOptions::new()
                .create_new(true)
                .write(true)
                .open(folder.join(name))
                .is_ok()
            {
                assert!(i > 0, "the first try of {x}");
                return Err(format!("the second try of {x}"));
            }
        }
        Ok(x)
    };
    let retries = number(args, 1) as u32;
    let values = pool
        .range(0..100u64)
        .grain(10)
        .retries(retries)
        .try_map(f)?;
    let values = values.everywhere()?;
    pool.print(format_args!("{}", values.iter().sum::<u64>()))
}

/// FILE: values of several types, for others to read.
fn typed(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let file = &args[0];
    let floats: f64 = pool
        .range(1..=1000u32)
        .grain(1)
        .name("floats")
        .checkpoint(file)
        .map_reduce_each(|x| 1.0 / f64::from(x), Sum)?;
    let whole: u128 = pool
        .range(0..1000u64)
        .name("whole")
        .checkpoint(file)
        .map_reduce_each(|x| u128::from(x) << 60, Sum)?;
    let values = pool
        .range(0..200u64)
        .name("values")
        .checkpoint(file)
        .map(|x| (x as i64 - 100, x as f64 / 8.0, x % 2 == 0))?;
    drop(values.everywhere()?);
    let texts = pool
        .range(0..20u64)
        .name("texts")
        .checkpoint(file)
        .map(|x| "x".repeat(x as usize))?;
    drop(texts.everywhere()?);
    pool.print(format_args!("{floats:?} {whole}"))
}

/// FILE LOG: items of an hour, which say that they have begun.
fn long(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let log = PathBuf::from(&args[1]);
    pool.range(0..10u64).checkpoint(&args[0]).try_for_each(|x| {
        note(&log, &x.to_string())?;
        super::an_hour();
        Ok::<_, Error>(())
    })
}

/// FILE: rank 0's main is busy between calls for longer than it may.
fn slow_main(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let file = PathBuf::from(&args[0]);
    let sum: u64 = pool
        .range(0..100u64)
        .checkpoint(&file)
        .map_reduce_each(|x| x, Sum)?;
    pool.print(format_args!("{sum}"))?;
    if pool.rank() == 0 {
        note(&file.with_extension("busy"), "")?;
        super::an_hour();
    }
    pool.range(0..100u64)
        .checkpoint(&file)
        .map_reduce_each(|x| x, Sum)
        .map(|_: u64| ())
}
