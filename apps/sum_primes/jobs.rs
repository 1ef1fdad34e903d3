//! A job for each sum, as in Parallel Python's example 1, `sum_primes.py`.

use crate::sieve::{Sieve, SievingPrimes};
use crate::{Args, tell, verify};
use grange::cli::{Report, jobs};
use grange::{Context, Error, Pool};
use std::convert::Infallible;
use std::sync::Arc;

/// What the example sums up to below: one job whose result it waits for, then eight at once.
const PP: [&[u128]; 2] = [
    &[100],
    &[
        100_000, 100_100, 100_200, 100_300, 100_400, 100_500, 100_600, 100_700,
    ],
];

/// Numbers to sum up to below: those of a round at once, one round after the other.
pub fn rounds(n: &[u128]) -> Vec<&[u128]> {
    if n.is_empty() { PP.to_vec() } else { vec![n] }
}

/// Sums the primes below each number, a thread each.
pub fn sum_each(
    pool: &Pool,
    args: &Args,
    rounds: &[&[u128]],
    mut report: Report<'_>,
) -> Result<(), Error> {
    jobs::check(&args.common)?;
    let statistics = pool
        .jobs_with(|context: &Context<'_, u128>, n| {
            let stop = || context.is_stopped();
            Ok::<_, Infallible>(sum_below(args.from, n, stop))
        })
        .name("sum of primes")
        .drive(|scope| {
            args.workers.apply(scope)?;
            for &round in rounds {
                let jobs: Vec<_> = round.iter().map(|&n| (n, scope.submit(n))).collect();
                for (n, job) in jobs {
                    let sum = job.join()?;
                    if args.verify {
                        verify::compare(args.from, n, sum, verify::sum_of_primes(args.from, n))?;
                    }
                    tell(&mut report, args.from, n, sum)?;
                }
            }
            Ok::<_, Error>(scope.statistics())
        })?;
    report.statistics(&statistics);
    report.finish()
}

/// The sum of the primes p with `from <= p < n`; 0 once `stop` is true, when nobody wants it.
fn sum_below(from: u128, n: u128, stop: impl Fn() -> bool) -> u128 {
    if from >= n {
        return 0;
    }
    // n is at most 2^64, so what is below it fits.
    let (first, last) = (from as u64, (n - 1) as u64);
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(last));
    Sieve::new(primes).sum_until(first, last, stop).unwrap_or(0)
}
