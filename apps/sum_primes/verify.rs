//! `--method combinatorial` and `--verify`.

use crate::combinatorial::{LIMIT, sum_to};
use crate::{Args, Method};
use grange::{Error, isa};

/// Whether the options make sense together, and the numbers are within the limit.
pub fn check(args: &Args, rounds: &[&[u128]]) -> Result<(), Error> {
    let combinatorial = args.method == Method::Combinatorial;
    let option = match (combinatorial, args.verify) {
        (false, false) => return Ok(()),
        (false, true) => "--verify",
        (true, false) => "--method combinatorial",
        (true, true) => {
            return Err(Error::Usage(
                "--verify checks the sieve's answers, so it makes no sense with --method combinatorial"
                    .to_owned(),
            ));
        }
    };
    if combinatorial && args.jobs {
        return Err(Error::Usage(
            "--jobs are sums by the sieve, so they make no sense with --method combinatorial"
                .to_owned(),
        ));
    }
    let mut all = rounds.iter().copied().flatten();
    match all.find(|&&n| n > LIMIT.into()) {
        Some(n) => Err(Error::Usage(format!(
            "{option} takes numbers up to {LIMIT} (1e16), not {n}"
        ))),
        None => Ok(()),
    }
}

/// The sum of the primes p with `from <= p < n`, the combinatorial way; `n` is within the limit.
pub fn sum_of_primes(from: u128, n: u128) -> u128 {
    if from >= n {
        return 0;
    }
    let below = |n: u128| match n {
        0 => 0,
        n => sum_to((n - 1) as u64, isa::current()),
    };
    below(n) - below(from)
}

/// An error if the two sums differ.
pub fn compare(from: u128, n: u128, sieve: u128, combinatorial: u128) -> Result<(), Error> {
    if sieve == combinatorial {
        return Ok(());
    }
    Err(Error::SelfTest(format!(
        "--verify: for the primes from {from} to below {n} the sieve has {sieve}, the combinatorial sum is \
         {combinatorial}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_differences() {
        assert_eq!(sum_of_primes(0, 0), 0);
        assert_eq!(sum_of_primes(0, 1), 0);
        assert_eq!(sum_of_primes(0, 100), 1060);
        assert_eq!(sum_of_primes(10, 5), 0);
        assert_eq!(sum_of_primes(97, 98), 97);
        assert_eq!(sum_of_primes(98, 101), 0);
    }

    #[test]
    fn sums_that_differ_are_an_error_with_code_7() {
        assert_eq!(compare(0, 100, 1060, 1060), Ok(()));
        let error = compare(0, 100, 1061, 1060).expect_err("these differ");
        assert_eq!(error.code(), 7);
        let text = error.to_string();
        assert!(text.contains("1061") && text.contains("1060"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
