//! The same call in two ways, in turns: figures of pairs of neighbours, on a machine that does other things too.

use super::cpu;
use super::median::median;
use grange::{Error, Pool};
use std::hint::black_box;
use std::time::Instant;

/// A number from the environment.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs `call` so often without and `with` something; prints the medians of the ratios of time and of rank 0's
/// CPU time. It is told in which pair it is.
pub fn compare(
    pool: &Pool,
    what: &str,
    with: &str,
    repeats: u64,
    call: impl Fn(Option<u64>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut ratios = Vec::new();
    for i in 0..repeats {
        let timed = |pair: Option<u64>| {
            let (since, before) = (Instant::now(), cpu::time().unwrap_or_default());
            call(pair)?;
            let busy = cpu::time().unwrap_or_default().saturating_sub(before);
            Ok::<_, Error>((since.elapsed().as_secs_f64(), busy.as_secs_f64()))
        };
        // In turns, so that neither is always first.
        let (plain, other) = match i % 2 {
            0 => (timed(None)?, timed(Some(i))?),
            _ => {
                let other = timed(Some(i))?;
                (timed(None)?, other)
            }
        };
        let ratio = (other.0 / plain.0, other.1 / plain.1.max(1e-9));
        pool.print(format_args!(
            "{what}: {:.2} s, CPU {:.2} s; {with} {:.2} s, CPU {:.2} s; ratio {:.4}, CPU {:.4}",
            plain.0, plain.1, other.0, other.1, ratio.0, ratio.1
        ))?;
        ratios.push(ratio);
    }
    pool.print(format_args!(
        "{what}, {with}: median ratio {:.4}, CPU {:.4}",
        median(ratios.iter().map(|r| r.0)),
        median(ratios.iter().map(|r| r.1))
    ))
}

/// Work of so many steps.
pub fn spin(spins: u64, x: u32) -> f64 {
    let mut v = f64::from(x) * 1e-3;
    for _ in 0..spins {
        v = black_box(v * 1.000_000_1 + 1e-9);
    }
    v
}

/// Steps a second.
pub fn spins_a_second() -> f64 {
    let since = Instant::now();
    black_box(spin(20_000_000, 7));
    20e6 / since.elapsed().as_secs_f64()
}
