//! What the time of cores goes into.

use super::model::number;
use serde::Deserialize;

/// Seconds of cores.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Parts {
    /// In the user's function.
    #[serde(deserialize_with = "number")]
    pub useful: f64,
    /// Merging, encoding and handing over results.
    #[serde(deserialize_with = "number")]
    pub overhead: f64,
    /// Idle in a call before the thread's last grain.
    #[serde(deserialize_with = "number")]
    pub waiting: f64,
    /// Idle in a call after it, while others were at work.
    #[serde(deserialize_with = "number")]
    pub tail: f64,
    /// Idle while rank 0 folded the result.
    #[serde(deserialize_with = "number")]
    pub gather: f64,
    /// Between calls, and in sections of rank 0 alone.
    #[serde(deserialize_with = "number")]
    pub serial: f64,
    /// Before the first call.
    #[serde(deserialize_with = "number")]
    pub startup: f64,
    /// After the last one.
    #[serde(deserialize_with = "number")]
    pub shutdown: f64,
    /// Of ranks that are lost; older reports do not have it.
    #[serde(default, deserialize_with = "number")]
    pub lost: f64,
}

/// Names of [`Parts`] in the order in which they are shown, and what they mean. Figures have a colour for each
/// place, so that order is that of scaling studies too.
pub const PARTS: [(&str, &str); 9] = [
    ("useful", "in the program's own function"),
    (
        "overhead",
        "merging, encoding and handing over results on the worker threads",
    ),
    ("waiting", "idle in a call, waiting for more work"),
    (
        "tail",
        "idle in a call after the thread's last grain, while others were still at work",
    ),
    (
        "gather",
        "idle in a call after all grains were done, while rank 0 put the result together",
    ),
    (
        "serial",
        "idle between calls and in sections of rank 0 alone",
    ),
    ("startup", "before the first call began"),
    ("shutdown", "after the last call"),
    ("lost", "nobody knows: its rank died or stood still"),
];

impl Parts {
    /// In the order of [`PARTS`].
    pub fn values(&self) -> [f64; PARTS.len()] {
        [
            self.useful,
            self.overhead,
            self.waiting,
            self.tail,
            self.gather,
            self.serial,
            self.startup,
            self.shutdown,
            self.lost,
        ]
    }

    /// Names for a figure of these: time that is lost is one of them only where there is some.
    pub fn names(of: impl IntoIterator<Item = Parts>) -> Vec<String> {
        let lost = of.into_iter().any(|parts| parts.lost > 0.0);
        let all = PARTS.iter().map(|(name, _)| *name);
        all.filter(|name| lost || *name != "lost")
            .map(str::to_owned)
            .collect()
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.values().iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_time_is_a_part_where_there_is_some() {
        let whole: Parts = serde_json::from_str(
            r#"{"useful": 2, "overhead": 0, "waiting": 0, "tail": 0, "gather": 0, "serial": 0,
                "startup": 0, "shutdown": 0}"#,
        )
        .unwrap();
        let lost = Parts {
            lost: 1.0,
            ..whole.clone()
        };
        assert_eq!((whole.total(), lost.total()), (2.0, 3.0));
        assert_eq!(Parts::names([whole.clone()]).len(), PARTS.len() - 1);
        let names = Parts::names([whole, lost]);
        assert_eq!(
            (names.len(), names.last().unwrap().as_str()),
            (PARTS.len(), "lost")
        );
    }
}
