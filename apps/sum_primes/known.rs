//! What `--self-test` computes.

use crate::combinatorial;
use crate::sieve::{Sieve, SievingPrimes};
use grange::isa::{Isa, Known};
use std::sync::Arc;

/// The sums up to powers of ten are those of OEIS A046731; that of the window was summed from what
/// `primesieve 1e15 -d1e7 -p` prints (version 11.0).
pub const KNOWN: [Known; 3] = [
    Known::new("sum of the primes up to 1e8, by the sieve", |isa| {
        equal(sieve(0, 100_000_000, isa), 279_209_790_387_276)
    }),
    Known::new(
        "sum of the primes from 1e15 to 1e15 + 1e7, by the sieve",
        |isa| {
            let first = 1_000_000_000_000_000;
            equal(
                sieve(first, first + 10_000_000, isa),
                289_394_001_447_073_963_570,
            )
        },
    ),
    Known::new("sum of the primes up to 1e11, combinatorial", |isa| {
        let sum = combinatorial::sum_to(100_000_000_000, isa);
        equal(sum, 201_467_077_743_744_681_014)
    }),
];

fn sieve(first: u64, last: u64, isa: Isa) -> u128 {
    Sieve::on(Arc::new(SievingPrimes::up_to_sqrt_of(last)), isa).sum(first, last)
}

fn equal(sum: u128, right: u128) -> Result<(), String> {
    match sum == right {
        true => Ok(()),
        false => Err(format!("{sum} instead of {right}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grange::isa;

    #[test]
    fn the_known_answers_are_right() {
        isa::check(&KNOWN).expect("all are right");
    }
}
