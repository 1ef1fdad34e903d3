//! What a launcher that died left behind on this machine. All that a study starts has its mark in the environment,
//! which only Linux shows; elsewhere there is nothing to find.

use super::guard::marked;
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use std::{process, thread};

/// The variable with the mark.
pub const MARK: &str = "GRANGE_SCALING_STUDY";

/// For the system to take away what was ended.
const GOING: Duration = Duration::from_secs(2);

/// This study's: no other process has this id as long as it lives.
pub fn mark() -> String {
    process::id().to_string()
}

/// Ends them, and waits until they are gone.
pub fn end() {
    let since = Instant::now();
    loop {
        let alive: Vec<Pid> = marked(MARK, &mark()).collect();
        if alive.is_empty() || since.elapsed() > GOING {
            return;
        }
        for id in alive {
            let _ = kill_process(id, Signal::KILL);
        }
        // They are not this process's children: nothing but looking again tells that they are gone.
        thread::sleep(Duration::from_millis(10));
    }
}
