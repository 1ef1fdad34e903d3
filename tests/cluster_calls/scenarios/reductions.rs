//! Reductions whose bits must not depend on anything.

use super::{Run, number};
use grange::{Concat, Count, Error, Max, Min, Pool, Reduce, Sum};

pub const ALL: &[(&str, Run)] = &[
    ("floats", floats),
    ("odd_reducer", odd_reducer),
    ("many_reducers", many_reducers),
    ("overflow", overflow),
    ("histogram", histogram),
    ("rayon_inside", rayon_inside),
    ("sizes", sizes),
];

/// Values of wildly different magnitude, so that every other order of adding shows.
pub fn wild(x: u64) -> f64 {
    let mixed =
        (x.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (x >> 3)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed as i64 as f64) * 2f64.powi((mixed % 90) as i32 - 45)
}

fn floats(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let work = pool.range(0..number(args, 0)).grain(number(args, 1).into());
    let sum = work.map_reduce_each(wild, Sum)?;
    pool.print(format_args!("{:016x}", sum.to_bits()))
}

/// Combines in a way that is neither associative nor commutative.
struct Odd;

impl Reduce<f64> for Odd {
    type Acc = (f64, u64);
    type Output = (f64, u64);

    fn identity(&self) -> (f64, u64) {
        (1.0, 0)
    }

    fn fold(&self, acc: &mut (f64, u64), value: f64) {
        *acc = (
            acc.0 / 3.0 - value,
            acc.1.wrapping_mul(31).wrapping_add(value.to_bits()),
        );
    }

    fn combine(&self, l: (f64, u64), r: (f64, u64)) -> (f64, u64) {
        (
            l.0 * 0.75 - r.0,
            l.1.wrapping_mul(1_000_003) ^ r.1.rotate_left(7),
        )
    }

    fn finish(&self, acc: (f64, u64)) -> Result<(f64, u64), Error> {
        Ok(acc)
    }
}

fn odd_reducer(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let work = pool.range(0..number(args, 0)).grain(number(args, 1).into());
    let work = if args.len() > 2 {
        work.deferred()
    } else {
        work
    };
    let (value, hash) = work.map_reduce(|items| items.map(wild).sum::<f64>(), Odd)?;
    pool.print(format_args!("{:016x} {hash:016x}", value.to_bits()))
}

fn many_reducers(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let value = |x: u64| {
        (
            (x * x) as i64 - 5000,
            x.wrapping_mul(7919) % 1009,
            wild(x),
            x.is_multiple_of(3),
        )
    };
    let (sum, min, max, count) = pool
        .range(0..1000u64)
        .map_reduce_each(value, (Sum, Min, Max, Count))?;
    let concat = pool
        .range(0..50u64)
        .grain(3)
        .map_reduce_each(|x| (x % 7 == 0).then_some(x), Concat)?;
    pool.print(format_args!(
        "{sum} {min:?} {:016x} {count} {concat:?}",
        max.unwrap_or(0.0).to_bits()
    ))
}

fn overflow(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let fits: u8 = pool.range(0..255u32).map_reduce_each(|_| 1u8, Sum)?;
    pool.print(format_args!("{fits}"))?;
    pool.range(0..256u32)
        .map_reduce_each(|_| 1u8, Sum)
        .map(drop)
}

/// Adds a bucket to a histogram.
struct Histogram(usize);

impl Reduce<Vec<usize>> for Histogram {
    type Acc = Vec<u64>;
    type Output = Vec<u64>;
    const EXACT: bool = true;
    const COMMUTATIVE: bool = true;

    fn identity(&self) -> Vec<u64> {
        vec![0; self.0]
    }

    fn fold(&self, acc: &mut Vec<u64>, buckets: Vec<usize>) {
        buckets.into_iter().for_each(|b| acc[b] += 1);
    }

    fn combine(&self, mut left: Vec<u64>, right: Vec<u64>) -> Vec<u64> {
        left.iter_mut().zip(right).for_each(|(l, r)| *l += r);
        left
    }

    fn finish(&self, acc: Vec<u64>) -> Result<Vec<u64>, Error> {
        Ok(acc)
    }
}

/// Prints the sum of squares of the counts, and the most memory that any rank has used, in MB.
fn histogram(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let buckets = number(args, 0) as usize;
    let items = 4_000_000u64;
    let work = pool.range(0..items).grain(1000).deferred();
    let place = |x: u64| (x.wrapping_mul(0x9E37_79B9_7F4A_7C15) % buckets as u64) as usize;
    let histogram = work.map_reduce(
        |items| items.map(place).collect::<Vec<_>>(),
        Histogram(buckets),
    )?;
    assert_eq!(histogram.iter().sum::<u64>(), items);
    let squares: u64 = histogram.iter().map(|c| c * c).sum();
    drop(histogram);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .unwrap_or("0");
    let peak: u64 = peak
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .map_err(Error::user)?;
    pool.print(format_args!("{squares}"))?;
    // Each rank's own, since every rank takes one of as many items as there are ranks, sooner or later.
    eprintln!("rank {} peak {} MB", pool.rank(), peak / 1000);
    Ok(())
}

fn rayon_inside(pool: &Pool, _: &[String]) -> Result<(), Error> {
    use rayon::prelude::*;
    let total = pool.range(0..64u64).grain(1).map_reduce_each(
        |x| (0..10_000u64).into_par_iter().map(|y| x ^ y).sum::<u64>(),
        Sum,
    )?;
    pool.print(format_args!("{total}"))
}

/// No items, one, and fewer than ranks; ranges to the ends of their types.
fn sizes(pool: &Pool, _: &[String]) -> Result<(), Error> {
    let none: f64 = pool.range(0..0u8).map_reduce_each(f64::from, Sum)?;
    let min = pool.range(5..5u8).map_reduce_each(|x| x, Min)?;
    let one: u64 = pool.range(7..=7u64).map_reduce_each(|x| x, Sum)?;
    let few: i32 = pool
        .range(-1..=1i32)
        .grain(1)
        .map_reduce_each(|x| x * x, Sum)?;
    let list = pool.list(&[] as &[u8]).map(|x| *x)?.everywhere()?;
    let ends = pool
        .range((1u128 << 64) - 2..=1 << 64)
        .map(|x| x)?
        .everywhere()?;
    let far = pool.range(0..u128::MAX).find_first(|&x| x == 3)?;
    pool.print(format_args!(
        "{none} {min:?} {one} {few} {list:?} {ends:?} {far:?}"
    ))
}
