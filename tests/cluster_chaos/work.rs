//! What is run, killed and resumed: one call of each kind, all kept in one file.

use grange::{Builder, Error, Pool, Sum};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const ITEMS: u64 = 2_500;

/// One rank; without a file nothing is kept.
pub fn main(file: Option<PathBuf>) -> ExitCode {
    let share = std::env::var("AUDIT").ok();
    Builder::new()
        .quiet(true)
        .audit(share.and_then(|share| share.parse().ok()))
        .checkpoint(file)
        .checkpoint_every(Duration::from_millis(30))
        .grace(Duration::from_secs(2))
        .run(work)
}

fn work(pool: &Pool) -> Result<(), Error> {
    let sum: f64 = pool
        .range(0..ITEMS)
        .name("sum")
        .grain(7)
        .map_reduce_each(|x| wave(x, 40), Sum)?;
    let count = pool
        .range(0..ITEMS)
        .name("count")
        .grain(3)
        .count(|x| wave(x, 20) < 2.0)?;
    let texts = pool
        .range(0..ITEMS / 4)
        .name("texts")
        .map(|x| format!("{x}:{:x}", wave(x, 60).to_bits()))?
        .everywhere()?;
    let values = pool
        .range(0..ITEMS / 4)
        .name("values")
        .grain(5)
        .map(|x| wave(x, 60))?;
    let values = values.everywhere()?;
    let first = pool
        .range(0..ITEMS)
        .name("first")
        .grain(11)
        .find_first(|&x| x == ITEMS - 50 || wave(x, 20) > 2.0)?;
    pool.range(0..ITEMS / 4).name("each").for_each(|x| {
        black_box(wave(x, 40));
    })?;
    let streamed = pool
        .range(0..ITEMS / 4)
        .name("streamed")
        .imap(|x| wave(x, 60))
        .drive(|values| {
            let folded = values
                .zip(0u32..)
                .fold(0, |sum: u64, (v, n)| sum.rotate_left(n % 64) ^ v.to_bits());
            Ok::<_, Error>(folded)
        })?;
    let jobs = pool
        .jobs_with(|context, (x, deep): (u64, bool)| {
            if deep {
                context.submit((x + 100_000, false));
            }
            Ok::<_, Error>(wave(x, 200))
        })
        .name("jobs")
        .drive(|scope| {
            let jobs: Vec<_> = (0..400).map(|x| scope.submit((x, x % 5 == 0))).collect();
            let mut sum = 0u64;
            for job in jobs {
                sum = sum.rotate_left(1) ^ job.join()?.to_bits();
            }
            scope.wait()?;
            let done: u64 = scope.statistics().nodes.iter().map(|n| n.jobs).sum();
            Ok::<_, Error>((sum, done))
        })?;
    let folded = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0u64, |sum, &b| sum.rotate_left(5) ^ u64::from(b))
    };
    let texts = folded(texts.concat().as_bytes());
    let values = values
        .iter()
        .fold(0u64, |sum, v| sum.rotate_left(3) ^ v.to_bits());
    assert!(jobs.1 <= 480, "{} jobs", jobs.1);
    pool.print(format_args!(
        "{:016x} {count} {texts:016x} {values:016x} {first:?} {streamed:016x} {:016x}",
        sum.to_bits(),
        jobs.0
    ))
}

/// Some float that depends on all of `x`, after about `cost` microseconds.
fn wave(x: u64, cost: u32) -> f64 {
    let mut v = x as f64 * 0.731;
    for _ in 0..cost * 50 {
        v = black_box((v * 1.37 + 0.11).sin() + 0.5);
    }
    v + x as f64 * 1e-7
}

/// What the folder of a checkpoint may have in it when all is over.
pub fn is_expected(file: &Path, name: &str) -> bool {
    let own = file.file_name().map(|n| n.to_string_lossy().into_owned());
    let own = own.unwrap_or_default();
    ["", ".previous", ".pieces"]
        .iter()
        .any(|end| name == format!("{own}{end}"))
}
