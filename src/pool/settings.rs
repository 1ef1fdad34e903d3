//! Settings of one call.

use super::Pool;
use crate::engine::schedule::Schedule;
use crate::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// At most so many grains by default, for anything but a reducer that says otherwise.
pub const MOST_GRAINS: u64 = 1 << 20;

/// What a user may set on a call; unset things have defaults that depend on the kind of call.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub name: Option<String>,
    pub grain: Option<u128>,
    pub schedule: Option<Schedule>,
    pub deadline: Option<Duration>,
    pub speculate: Option<bool>,
    pub deferred: bool,
    pub retries: u32,
    pub skip: bool,
    pub buffer: Option<u64>,
    /// Progress is shown; without a terminal, so often.
    pub show: Option<Duration>,
    /// Where it is kept, and what else is to be the same.
    pub checkpoint: Option<PathBuf>,
    pub version: Option<String>,
    /// The share of its grains that is computed again.
    pub audit: Option<f64>,
}

/// Where a call is kept, if it is, and what it is computed over.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The file.
    pub path: PathBuf,
    /// Tells its items from others, where these do by themselves.
    pub inputs: Option<u64>,
    /// What the user says is to be the same.
    pub version: String,
}

impl Keeping {
    /// Where a call is kept that says `path` and a version of its `own`, if it says so, on that pool.
    pub fn new(
        pool: &Pool,
        path: Option<&PathBuf>,
        own: Option<&str>,
        inputs: Option<u64>,
    ) -> Option<Self> {
        let manner = &pool.manner;
        let path = path.or(manner.path.as_ref())?;
        let words = [manner.version.as_str(), own.unwrap_or_default()];
        let version = words.join(" ").trim().to_owned();
        Some(Keeping {
            path: path.clone(),
            // The program's own arguments do not tell what a list has in it.
            inputs: inputs.or(own.map(|_| 0)),
            version,
        })
    }
}

/// The default cut: the smallest power of two that gives at most so many grains. It depends on the workload
/// alone, never on ranks, threads or timing, since it decides the bits of a float reduction.
pub fn default_grain(items: u128, most_grains: u64) -> u128 {
    let least = items.div_ceil(u128::from(most_grains.max(1))).max(1);
    least.checked_next_power_of_two().unwrap_or(1 << 127)
}

/// How many grains there are.
pub fn grains(items: u128, grain: u128) -> Result<u64, Error> {
    if grain == 0 {
        return Err(Error::Usage(
            "a grain of 0 items; it takes at least 1".into(),
        ));
    }
    let n = items.div_ceil(grain);
    u64::try_from(n).ok().filter(|&n| n <= 1 << 48).ok_or_else(|| {
        Error::Usage(format!("{items} items in grains of {grain} are {n} grains; at most 2^48 can be scheduled: use a larger grain"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_cut() {
        for (items, grain) in [
            (0, 1),
            (1, 1),
            (1 << 20, 1),
            ((1 << 20) + 1, 2),
            (1_000_000_000, 1024),
        ] {
            assert_eq!(default_grain(items, 1 << 20), grain, "{items}");
        }
        assert!(grains(u128::MAX, default_grain(u128::MAX, 1 << 20)).is_ok_and(|n| n <= 1 << 20));
        assert!(grains(5, 0).is_err() && grains(u128::MAX, 1).is_err());
        assert_eq!(grains(0, 7), Ok(0));
    }
}
