//! Tasks a second and efficiency by the size of a task.

use super::metg;
use super::spin::{self, Spin};
use grange::{Error, Pool};
use std::time::Instant;

/// Nanoseconds of a task; 0 is the empty task.
const SIZES: [f64; 13] = [
    0.0, 1e2, 2e2, 5e2, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7,
];
/// Empty tasks for each second that a measurement is to take.
const EMPTY: f64 = 2e6;

/// One size and the wall times of its rounds.
struct Point {
    ns: f64,
    tasks: u64,
    seconds: Vec<f64>,
}

impl Point {
    fn best(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0
    }

    fn efficiency(&self, seconds: f64, cores: f64) -> f64 {
        self.tasks as f64 * self.ns / 1e9 / (seconds * cores)
    }
}

/// Measures and prints all sizes, METG(50 %), and the rate of `imap`.
pub fn report(pool: &Pool, spin: &Spin, seconds: f64, repeats: usize) -> Result<(), Error> {
    let cores = pool.total_threads() as f64;
    let count = |ns: f64| match ns {
        0.0 => EMPTY * seconds,
        // Tiny tasks are mostly overhead: no more of them than of empty ones.
        _ => (cores * seconds * 1e9 / ns).min(EMPTY * seconds),
    };
    let only = crate::setting("SIZE_US", f64::NAN) * 1e3;
    let mut points: Vec<Point> = SIZES
        .iter()
        .filter(|&&ns| only.is_nan() || ns == only)
        .map(|&ns| Point {
            ns,
            tasks: count(ns).max(1.0) as u64,
            seconds: Vec::new(),
        })
        .collect();
    let mut streamed = Point {
        ns: 0.0,
        tasks: (EMPTY * seconds / 4.0) as u64,
        seconds: Vec::new(),
    };
    map(pool, 10_000, 0)?;
    let mut plain = Vec::new();
    for _ in 0..repeats {
        plain.push(loops(pool, spin, seconds)?);
        for point in &mut points {
            point
                .seconds
                .push(map(pool, point.tasks, spin.iterations(point.ns))?);
        }
        streamed.seconds.push(imap(pool, streamed.tasks)?);
    }
    print(pool, &points, cores)?;
    plain.sort_by(f64::total_cmp);
    pool.print(format_args!(
        "the busy loop alone, on all cores at once: {:.4} median, {:.4} best",
        plain[plain.len() / 2],
        plain[plain.len() - 1]
    ))?;
    for (name, seconds) in [
        ("median", Point::median as fn(&Point) -> f64),
        ("best", Point::best),
    ] {
        let curve: Vec<_> = points
            .iter()
            .map(|p| (p.ns, p.efficiency(seconds(p), cores)))
            .collect();
        match metg::crossing(&curve, 0.5) {
            Some(ns) => pool.print(format_args!(
                "METG(50 %), {name}: {:.2} µs of work a task ({:.2} µs with the overhead, as Task Bench counts it)",
                ns / 1e3,
                2.0 * ns / 1e3
            ))?,
            None => pool.print(format_args!("METG(50 %), {name}: not within these sizes"))?,
        }
    }
    let rate = |seconds: f64| streamed.tasks as f64 / seconds;
    pool.print(format_args!(
        "imap in order: {:.0} values/s median, {:.0} best",
        rate(streamed.median()),
        rate(streamed.best())
    ))
}

fn print(pool: &Pool, points: &[Point], cores: f64) -> Result<(), Error> {
    pool.print(format_args!(
        "{:>10} {:>9} {:>11} {:>11} {:>11} {:>11}",
        "task µs", "tasks", "tasks/s", "best", "efficiency", "best"
    ))?;
    for p in points {
        let (median, best) = (p.median(), p.best());
        pool.print(format_args!(
            "{:>10} {:>9} {:>11.0} {:>11.0} {:>11.4} {:>11.4}",
            p.ns / 1e3,
            p.tasks,
            p.tasks as f64 / median,
            p.tasks as f64 / best,
            p.efficiency(median, cores),
            p.efficiency(best, cores)
        ))?;
    }
    Ok(())
}

/// Seconds of one `map` over `tasks` tasks, from before the call to when rank 0 has checked every value.
fn map(pool: &Pool, tasks: u64, iterations: u64) -> Result<f64, Error> {
    let began = Instant::now();
    let values = pool
        .range(0..tasks)
        .grain(1)
        .map(|i| spin::task(i, iterations))?;
    values.on_root(|values| {
        check(values.len() as u64 == tasks)?;
        check((0..).zip(&values).all(|(i, &v)| v == spin::value(i)))?;
        Ok::<_, Error>(began.elapsed().as_secs_f64())
    })
}

/// Seconds of one `imap` over `tasks` empty tasks, each value checked as it comes.
fn imap(pool: &Pool, tasks: u64) -> Result<f64, Error> {
    let began = Instant::now();
    pool.range(0..tasks)
        .grain(1)
        .imap(|i| spin::task(i, 0))
        .drive(|values| {
            let mut seen = 0;
            for value in values {
                check(value == spin::value(seen))?;
                seen += 1;
            }
            check(seen == tasks)?;
            Ok::<_, Error>(began.elapsed().as_secs_f64())
        })
}

/// What a core is worth while all are busy, against the calibration: tasks of 1 ms one after the other in a plain
/// loop on every thread. Nothing that schedules can do better.
fn loops(pool: &Pool, spin: &Spin, seconds: f64) -> Result<f64, Error> {
    let tasks = (seconds * 1e3).ceil() as u64;
    let iterations = spin.iterations(1e6);
    let threads = pool.total_threads() as u64;
    let took = pool.range(0..threads).grain(1).map(|thread| {
        let began = Instant::now();
        for i in 0..tasks {
            spin::task(thread + i, iterations);
        }
        began.elapsed().as_secs_f64()
    })?;
    took.on_root(|took| {
        let sum: f64 = took.iter().sum();
        Ok::<_, Error>(tasks as f64 / 1e3 * took.len() as f64 / sum)
    })
}

fn check(right: bool) -> Result<(), Error> {
    if right {
        Ok(())
    } else {
        Err(Error::User("a task's value is wrong or missing".into()))
    }
}
