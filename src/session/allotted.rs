//! How long the batch system lets a run go on.

use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// When a Slurm job ends, in seconds since 1970; Slurm 23.02 and later set it, `scripts/slurm` and `grange sbatch` do
/// where it does not.
const ENDS: &str = "SLURM_JOB_END_TIME";

/// Clocks of nodes are not quite the same.
const CLOCKS: Duration = Duration::from_secs(5);

/// The time that this process's Slurm job has left, if it is told.
pub fn time_left() -> Option<Duration> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    left(&env::var(ENDS).ok()?, now)
}

fn left(ends: &str, now: Duration) -> Option<Duration> {
    let ends = Duration::from_secs(ends.trim().parse().ok()?);
    // A job that is over would have been ended: this is what a shell remembers of another.
    let left = ends.checked_sub(now)?;
    Some(left.saturating_sub(CLOCKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_job() {
        let now = Duration::from_millis(1_795_337_452_500);
        let of = |text| left(text, now).map(|left| left.as_secs_f64());
        assert_eq!(of("1795337552"), Some(94.5));
        assert_eq!(of(" 1795337453\n"), Some(0.0));
        assert_eq!(of("1795337452"), None);
        assert_eq!(of("0"), None);
        assert_eq!(of("Unknown"), None);
        assert_eq!(of(""), None);
    }
}
