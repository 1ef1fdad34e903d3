//! Waiting for what Slurm does.

use std::thread;
use std::time::{Duration, Instant};

/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `is` gives something; fails with what `told` says where it never does.
#[track_caller]
pub fn some<T>(what: &str, told: impl Fn() -> String, mut is: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = is() {
            return found;
        }
        assert!(since.elapsed() < PATIENCE, "never {what}\n{}", told());
        // Slurm calls nobody: nothing but asking again tells.
        thread::sleep(Duration::from_millis(50));
    }
}
