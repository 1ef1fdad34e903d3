//! CPU time and load, as Linux tells them.

use std::fs;
use std::time::Duration;

/// CPU time of all threads of this process, to the nanosecond; `None` where the system does not say.
pub fn time() -> Option<Duration> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        sum += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(sum))
}

/// The load averages over 1, 5 and 15 minutes.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".to_owned());
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}
