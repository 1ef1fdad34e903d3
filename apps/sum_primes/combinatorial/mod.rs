//! Sums of primes up to a number without visiting the primes: the way to know an answer.
//!
//! Write `S(x)` for the sum of the primes up to `x`, `S_y(x)` for that of the numbers from 2 to `x` that are prime or
//! have no factor up to `y`, and `v` for the square root of `n`. Eratosthenes' sieve, told of sums (Lucy_Hedgehog,
//! Project Euler 10): for a prime `p` and `x >= p^2`,
//!
//! ```text
//! S_p(x) = S_(p-1)(x) - p (S_(p-1)(x / p) - S(p - 1))
//! ```
//!
//! From `n` on only values at `n / k` are ever asked for. Three things make that fast:
//!
//! - `n / k` is needed only for `k` without a factor up to `p` ([`Quotients`]): at once one in
//!   four, later one in ten.
//! - Up to `v` no sums are kept, but the sieve itself: one bit a number, and a sum for 64 of them
//!   ([`Marks`]). It stays in the second-level cache where an array of sums would go to memory, and a
//!   prime costs a pass over its words instead of one over all numbers.
//! - The recursion ends at `y`, the fourth root of `n` (Meissel, 1870; Lehmer, 1959). What is left in `S_y(n)` then
//!   are the primes and products of two or three primes above `y`, and those are summed over their smaller factors:
//!
//! ```text
//! S(n) = S_y(n) - sum over primes y < p <= v of p (S_y(n / p) - S(p - 1)) + T
//! ```
//!
//! The middle sum takes away each product `p q`, `p <= q`, and each product of three primes once for each of the
//! distinct ones among them, since `S_y(n / p)` has products of two left. `T` puts the surplus back: for `a < b < c`
//! twice `abc`, for two equal ones once, for a cube nothing.
//!
//! The quotients are divided out in floating point, which is exact: both numbers are below 2^51, so a quotient is at
//! least 2^-52 of itself away from the next integer that it is not.
//!
//! It takes O(n^(3/4) / log n) time and O(sqrt n) memory: 0.1 s and 10 MB at 10^12, 3 s and 90 MB at 10^14.

mod marks;
mod quotients;
#[cfg(test)]
mod tests;

use grange::isa::Isa;
use marks::Marks;
use quotients::Quotients;
use rayon::prelude::*;

/// The largest number that [`sum_to`] takes: there it needs about 0.9 GB.
pub const LIMIT: u64 = 10_u64.pow(16);

/// Up to here the primes are listed.
const LISTED: u64 = 1 << 16;

/// The sum of the primes up to `last`, on the threads of rayon.
///
/// # Panics
///
/// If `last` is above [`LIMIT`], or the processor lacks `isa`.
pub fn sum_to(last: u64, isa: Isa) -> u128 {
    assert!(last <= LIMIT, "{last} is too large");
    if last < LISTED {
        return sum_listed(last);
    }
    let root = last.isqrt();
    let fourth_root = root.isqrt();
    let mut marks = Marks::up_to(root);
    let mut quotients = Quotients::new(last, &marks);
    let mut below = quotients::WHEEL_PRIMES.iter().sum();
    for prime in quotients::FIRST_PRIME..=fourth_root {
        if marks.is_marked(prime) {
            marks.add_up();
            quotients.strike(prime, below, &marks, isa);
            marks.strike(prime);
            below += prime;
        }
    }
    marks.add_up();
    products(&quotients, below, &marks)
}

/// `S(last)` from what the recursion leaves; `below` is `S(y)`.
fn products(quotients: &Quotients, below: u64, marks: &Marks) -> u128 {
    let last = quotients.last();
    // The first is 1, the others are the primes from above y to the root.
    let primes = &quotients.divisors()[1..];
    let smallest = primes.partition_point(|&a| u128::from(a).pow(3) <= last.into());
    let triples: u128 = (0..smallest)
        .into_par_iter()
        .map(|at| triples_from(last, &primes[at..], marks))
        .sum();
    let (mut pairs, mut before) = (0, below);
    for (&prime, sum) in primes.iter().zip(&quotients.sums()[1..]) {
        pairs += u128::from(prime) * (sum - u128::from(before));
        before += u64::from(prime);
    }
    quotients.sums()[0] + triples - pairs
}

/// The part of `T` whose smallest factor is the first of `primes`.
fn triples_from(last: u64, primes: &[u32], marks: &Marks) -> u128 {
    let a = u64::from(primes[0]);
    let rest = last / a;
    let upto_a = marks.sum_to(a as u32);
    let mut sum = u128::from(a) * u128::from(marks.sum_to((rest / a) as u32) - upto_a);
    let mut upto_b = upto_a;
    let root = rest.isqrt();
    for b in primes[1..].iter().map(|&b| u64::from(b)) {
        if b > root {
            break;
        }
        upto_b += b;
        let larger = marks.sum_to((rest as f64 / b as f64) as u32) - upto_b;
        sum += u128::from(b) * u128::from(2 * larger + b);
    }
    u128::from(a) * sum
}

fn sum_listed(last: u64) -> u128 {
    let end = last as usize + 1;
    let mut composite = vec![false; end];
    let mut sum = 0;
    for number in 2..end {
        if !composite[number] {
            sum += number as u128;
            for multiple in (number * number..end).step_by(number) {
                composite[multiple] = true;
            }
        }
    }
    sum
}
