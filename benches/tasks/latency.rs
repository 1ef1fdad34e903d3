//! What a call costs, what waiting costs, and how soon an idle rank starts.

use super::cpu;
use super::median::median;
use super::spin::{self, Spin};
use grange::{Error, Pool};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

/// How long ranks are kept waiting.
const IDLE: Duration = Duration::from_secs(2);
/// Idle times after which the reaction is measured.
const ROUNDS: usize = 11;
/// Calls one after another.
const CALLS: u32 = 1000;

/// Measures and prints.
pub fn report(pool: &Pool, spin: &Spin) -> Result<(), Error> {
    let iterations = spin.iterations(1e5);
    let mut single: Vec<f64> = Vec::new();
    let began = Instant::now();
    for _ in 0..CALLS {
        let call = Instant::now();
        pool.range(0..1u64).map(|x| x)?.into_root();
        single.push(micros(call.elapsed()));
    }
    let each = micros(began.elapsed()) / f64::from(CALLS);
    let median = median(single);
    pool.print(format_args!(
        "a call over 1 item: {median:.0} µs median; {CALLS} of them: {each:.0} µs each"
    ))?;

    let threads = pool.total_threads() as u64;
    let began = Instant::now();
    for _ in 0..CALLS {
        pool.range(0..threads)
            .grain(1)
            .map(|x| spin::task(x, iterations))?
            .into_root();
    }
    let each = micros(began.elapsed()) / f64::from(CALLS);
    pool.print(format_args!(
        "a call over one 100 µs task a thread: {each:.0} µs, mean of {CALLS}"
    ))?;

    waiting(pool)?;
    reaction(pool)
}

/// CPU time of ranks that wait for rank 0, which sleeps.
fn waiting(pool: &Pool) -> Result<(), Error> {
    let before = cpu::time();
    pool.root(|| {
        sleep(IDLE);
        Ok::<_, Error>(())
    })?;
    let spent = cpu::time()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    let share = spent.map_or(f64::NAN, |t| t.as_secs_f64() / IDLE.as_secs_f64());
    let rank = pool.rank();
    // Rank 0 holds its own up, so that the others have some.
    let hold = || {
        if rank == 0 {
            sleep(Duration::from_millis(20))
        }
    };
    let grains = 4 * pool.total_threads() as u64;
    let told = pool.range(0..grains).grain(1).map(|_| {
        hold();
        (rank, share)
    })?;
    let mut told = told.into_root().unwrap_or_default();
    told.sort_by_key(|(rank, _)| *rank);
    told.dedup_by_key(|(rank, _)| *rank);
    for (rank, share) in told {
        let what = if rank == 0 {
            "asleep in its section"
        } else {
            "waiting for rank 0"
        };
        pool.print(format_args!(
            "rank {rank}, {what}: {:.2} % of a core",
            100.0 * share
        ))?;
    }
    Ok(())
}

/// From the end of an idle time to the start of a task on another rank.
fn reaction(pool: &Pool) -> Result<(), Error> {
    let rank = pool.rank();
    let threads = pool.total_threads() as u64;
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        let since: SystemTime = pool.root(|| {
            sleep(IDLE / 4);
            Ok::<_, Error>(SystemTime::now())
        })?;
        // Rank 0 holds its own up, so that the others have some.
        let begun = pool.range(0..2 * threads).grain(1).map(|_| {
            let age = since.elapsed().map_or(f64::NAN, micros);
            if rank == 0 {
                sleep(Duration::from_millis(20));
            }
            (rank, age)
        })?;
        let begun = begun.into_root().into_iter().flatten();
        starts.extend(
            begun
                .filter(|(rank, _)| *rank > 0)
                .map(|(_, age)| age)
                .min_by(f64::total_cmp),
        );
    }
    starts.sort_by(f64::total_cmp);
    if let (Some(median), Some(longest)) = (starts.get(starts.len() / 2), starts.last()) {
        pool.print(format_args!(
            "after idleness another rank starts its first task within {median:.0} µs (longest of {}: {longest:.0})",
            starts.len()
        ))?;
    }
    Ok(())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
