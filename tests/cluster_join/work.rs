//! What is run and joined: one call of each kind.

use grange::{Builder, Error, Frozen, Pool, Sum};
use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// One process of a run; how it takes part stands in its environment.
pub fn main() -> ExitCode {
    let var = |name: &str| env::var(name).ok();
    let kind = var("WORK").unwrap_or_default();
    let joins = var("JOIN").is_some();
    Builder::new()
        .version(format!("{kind} {}", var("ITEMS").unwrap_or_default()))
        .elastic(var("ELASTIC").map(Into::into))
        .join(var("JOIN"))
        .secret(var("SECRET").map(Into::into))
        .listen(var("LISTEN"))
        .grace(Duration::from_secs(20))
        .audit(var("AUDIT").and_then(|text| text.parse().ok()))
        .time_limit(var("LIMIT").and_then(|text| Some(Duration::from_secs(text.parse().ok()?))))
        .run(move |pool| {
            rounds(pool, || match kind.as_str() {
                "jobs" => jobs(pool),
                "mixed" => mixed(pool),
                "deferred" => deferred(pool),
                "fails" => fails(pool, joins),
                _ => one_of_each(pool, items()),
            })
        })
}

fn items() -> u64 {
    let items = env::var("ITEMS").ok().and_then(|text| text.parse().ok());
    items.unwrap_or(2_000)
}

pub fn all(pool: &Pool, n: u64) -> Result<(), Error> {
    rounds(pool, || one_of_each(pool, n))
}

/// The same again and again, with the same result, until there is the file that rank 0 was told of. How fast the
/// machine is does not matter then: nobody comes after the run is over.
fn rounds(pool: &Pool, round: impl Fn() -> Result<String, Error>) -> Result<(), Error> {
    let first = round()?;
    let is_enough = || env::var_os("ENOUGH").is_none_or(|path| Path::new(&path).exists());
    while !pool.root(|| Ok::<_, Error>(is_enough()))? {
        assert_eq!(round()?, first);
    }
    pool.print(format_args!("{first}"))
}

fn one_of_each(pool: &Pool, n: u64) -> Result<String, Error> {
    let before: u64 = pool
        .range(0..100u64)
        .name("before")
        .map_reduce_each(|x| x, Sum)?;
    let told = pool.root(|| Ok::<_, Error>(format!("told {before}")))?;
    let sum: f64 = pool
        .range(0..n)
        .name("sum")
        .grain(7)
        .map_reduce_each(|x| wave(x, 200), Sum)?;
    let texts = pool
        .range(0..n / 4)
        .name("texts")
        .map(|x| format!("{x}:{:x}", wave(x, 150).to_bits()))?
        .everywhere()?;
    let first = pool
        .range(0..n)
        .name("first")
        .grain(11)
        .find_first(|&x| x == n - 50 || wave(x, 50) > 2.0)?;
    let folded = texts
        .concat()
        .bytes()
        .fold(0u64, |sum, b| sum.rotate_left(5) ^ u64::from(b));
    Ok(format!(
        "{told} {:016x} {folded:016x} {first:?}",
        sum.to_bits()
    ))
}

fn jobs(pool: &Pool) -> Result<String, Error> {
    let n = items();
    let (sum, done, hosts) = pool
        .jobs(|x: u64| wave(x, 200))
        .name("jobs")
        .drive(|scope| {
            let jobs: Vec<_> = (0..n).map(|x| scope.submit(x)).collect();
            let mut sum = 0u64;
            for job in jobs {
                sum = sum.rotate_left(1) ^ job.join()?.to_bits();
            }
            let nodes = scope.statistics().nodes;
            let busy = nodes.iter().filter(|node| node.jobs > 0).count();
            let done: u64 = nodes.iter().map(|node| node.jobs).sum();
            Ok::<_, Error>((sum, done, busy as u64))
        })?;
    // How many took part is for the test to see, and not to be the same.
    eprintln!("done: {done} by {hosts}");
    Ok(format!("{sum:016x}"))
}

/// Jobs with small and large inputs and a value that all share. Some fail when a process tries them first, some nobody
/// wants after all, and there is a bound on how many run at the same time.
fn mixed(pool: &Pool) -> Result<String, Error> {
    static FAILED: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());
    type Input = (u64, Vec<u8>, Frozen<Vec<u64>>);
    let n = items();
    let sum = pool
        .try_jobs(|(x, bytes, table): Input| {
            let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
            if x % 13 == 3 && failed.insert(x) {
                return Err("not at first");
            }
            drop(failed);
            let sum = bytes.iter().map(|&b| u64::from(b)).sum::<u64>();
            Ok(wave(x, 200).to_bits() ^ table[x as usize % table.len()] ^ sum)
        })
        .name("mixed")
        .retries(20)
        .drive(|scope| {
            let table = scope.freeze((0..20_000u64).map(|i| i * i).collect::<Vec<_>>())?;
            let submit = |x: u64| {
                let bytes = if x.is_multiple_of(10) { 100_000 } else { 3 };
                scope.submit((x, vec![x as u8; bytes], table.clone()))
            };
            let jobs: Vec<_> = (0..n).map(|x| (x, submit(x))).collect();
            let wanted = |x: u64| x % 17 != 5;
            for (_, job) in jobs.iter().filter(|&&(x, _)| !wanted(x)) {
                job.cancel();
            }
            let mut sum = 0u64;
            for (_, job) in jobs.into_iter().filter(|&(x, _)| wanted(x)) {
                sum = sum.rotate_left(1) ^ job.join()?;
            }
            Ok::<_, Error>(sum)
        })?;
    Ok(format!("{sum:016x}"))
}

fn deferred(pool: &Pool) -> Result<String, Error> {
    let values: Vec<f64> = pool
        .range(0..items())
        .name("held")
        .grain(5)
        .deferred()
        .map_reduce_each(|x| vec![wave(x, 200)], grange::Concat)?;
    let sum = values
        .iter()
        .fold(0u64, |sum, v| sum.rotate_left(3) ^ v.to_bits());
    Ok(format!("{sum:016x}"))
}

fn fails(pool: &Pool, joins: bool) -> Result<String, Error> {
    let n = items();
    let sum: f64 = pool.range(0..n).name("fails").grain(7).map_reduce_each(
        |x| {
            assert!(!joins, "not on this host");
            wave(x, 200)
        },
        Sum,
    )?;
    Ok(format!("{:016x}", sum.to_bits()))
}

/// Some float that depends on all of `x`, after at least `cost` microseconds. It is waited for, so that more of these
/// runs than there are cores are as fast as one.
fn wave(x: u64, cost: u64) -> f64 {
    thread::sleep(Duration::from_micros(cost));
    (x as f64 * 0.731).sin() + x as f64 * 1e-7
}
