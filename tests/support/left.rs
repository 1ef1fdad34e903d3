//! Which processes of a run are alive.
//!
//! Launchers put ranks into process groups of their own, so the group of the launcher does not tell. What all
//! descendants inherit is the environment: each run has a mark of its own there. Only Linux shows it to
//! others; elsewhere there is nothing to find.

use std::time::{Duration, Instant};
use std::{fs, process, thread};

/// The variable that holds the mark.
pub const MARK: &str = "GRANGE_TEST_RUN";

const KILL: i32 = 9;
const TERM: i32 = 15;

unsafe extern "C" {
    fn kill(process: i32, signal: i32) -> i32;
    #[link_name = "signal"]
    fn handle(signal: i32, how: usize) -> usize;
}

/// What is started from now on heeds an interrupt, even if this test was started in the background of a shell
/// that has such programs ignore it.
pub fn heed_interrupts() {
    const INTERRUPT: i32 = 2;
    const DEFAULT: usize = 0;
    // SAFETY: takes two numbers; an interrupt then ends this process, as it would without the shell.
    unsafe { handle(INTERRUPT, DEFAULT) };
}

/// Processes with the mark, by id, each with its command line.
pub fn alive(mark: &str) -> Vec<(i32, String)> {
    let wanted = format!("{MARK}={mark}");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // A zombie's is empty: it is over, and its parent will notice.
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|&byte| byte == 0)
            .any(|variable| variable == wanted.as_bytes())
        {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            found.push((id, String::from_utf8_lossy(&line).replace('\0', " ")));
        }
    }
    found
}

/// Waits until no process with the mark is alive; gives those that still are after `patience`.
pub fn after(mark: &str, patience: Duration) -> Vec<(i32, String)> {
    let since = Instant::now();
    loop {
        let left = alive(mark);
        if left.is_empty() || since.elapsed() > patience {
            return left;
        }
        // They are not our children: nothing but looking again tells that they are gone.
        thread::sleep(Duration::from_millis(5));
    }
}

/// Asks the process group to end, so that a launcher tidies up, then ends all that has the mark.
pub fn end(group: u32, mark: &str) {
    signal(-(group as i32), TERM);
    after(mark, Duration::from_secs(2));
    signal(-(group as i32), KILL);
    for (id, _) in alive(mark) {
        signal(id, KILL);
    }
}

/// Sends a signal to a process or, where negative, to a process group.
pub fn signal(process: i32, signal: i32) {
    // 0 and -1 would be this test's own group and everything.
    assert!(!(-1..=1).contains(&process), "{process}");
    // SAFETY: takes two numbers; that there is no such process any more is no harm.
    unsafe { kill(process, signal) };
}

/// A mark that no other run has.
pub fn new_mark() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}-{}",
        process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}
