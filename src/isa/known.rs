//! Known answers of a program's kernels, for `--self-test`.

use super::{Isa, available, forced};
use crate::error::Error;

/// An answer that is known, and how to see whether the machine at hand gives it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What is computed, such as `sum of the primes below 1e8`.
    pub what: &'static str,
    /// Computes it on that instruction set, and compares: an error says what came out and what is right.
    pub check: fn(Isa) -> Result<(), String>,
}

impl Known {
    /// An answer by its name and its check.
    pub const fn new(what: &'static str, check: fn(Isa) -> Result<(), String>) -> Self {
        Known { what, check }
    }
}

/// Checks all answers on the instruction set that is forced, or on each that this processor has; gives those sets.
///
/// # Errors
/// When `GRANGE_ISA` makes no sense, or an answer is wrong.
pub fn check(known: &[Known]) -> Result<Vec<Isa>, Error> {
    let sets: Vec<Isa> = match forced()? {
        Some(isa) => vec![isa],
        None => available().collect(),
    };
    for &isa in &sets {
        for Known { what, check } in known {
            check(isa).map_err(|wrong| {
                Error::SelfTest(format!("self-test with {isa}: {what}: {wrong}"))
            })?;
        }
    }
    Ok(sets)
}
