//! How many cores there are to run on.

use std::{env, thread};

/// Cores of this machine that this process may use.
pub fn here() -> u64 {
    thread::available_parallelism().map_or(1, |n| n.get() as u64)
}

/// Cores of the allocation that this process is in.
pub fn allocated() -> Option<u64> {
    sum_of_counts(&env::var("SLURM_JOB_CPUS_PER_NODE").ok()?)
}

/// Of `72(x2),36`, as Slurm writes counts for its nodes.
fn sum_of_counts(text: &str) -> Option<u64> {
    let count = |part: &str| {
        let (count, times) = match part.split_once("(x") {
            Some((count, times)) => (count, times.strip_suffix(')')?.parse().ok()?),
            None => (part, 1u64),
        };
        count.parse::<u64>().ok()?.checked_mul(times)
    };
    text.split(',')
        .map(count)
        .try_fold(0, |sum, n| u64::checked_add(sum, n?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_nodes() {
        assert_eq!(sum_of_counts("72(x2),36"), Some(180));
        assert_eq!(sum_of_counts("4"), Some(4));
        for text in ["", "x", "4(x", "4(xy)"] {
            assert_eq!(sum_of_counts(text), None, "{text}");
        }
    }
}
