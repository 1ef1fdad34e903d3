//! How long threads were ready to run while something else had their cores.
//!
//! Linux counts that for every thread: the second number of `/proc/PID/task/TID/schedstat`, in nanoseconds. Elsewhere,
//! and in kernels without it, nothing is known, and nobody is said to have waited.

use crate::exec::panics::THREAD_NAME;
use std::fs;
use std::path::Path;

/// Of each of so many threads that compute, so far.
pub fn delays(threads: usize) -> Vec<u64> {
    let mut delays = vec![0; threads];
    for task in fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten()
    {
        let of = |file: &str| fs::read_to_string(Path::new(&task.path()).join(file)).ok();
        let name = of("comm");
        let number = name.as_deref().and_then(number);
        if let Some(delay) = number.and_then(|number| delays.get_mut(number)) {
            *delay += of("schedstat").as_deref().and_then(delay_in).unwrap_or(0);
        }
    }
    delays
}

/// Which of the threads that compute has that name.
fn number(name: &str) -> Option<usize> {
    name.trim_end().strip_prefix(THREAD_NAME)?.parse().ok()
}

/// The time on the core, the time without one, the times that it got one.
fn delay_in(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;
    use std::time::{Duration, Instant};

    #[test]
    fn lines_of_the_kernel() {
        assert_eq!(delay_in("31415926 2718 42\n"), Some(2718));
        assert_eq!(delay_in(""), None);
        assert_eq!(number("grange-7\n"), Some(7));
        assert_eq!(number("grange-progress\n"), None);
        assert_eq!(number("other-7\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn more_threads_than_cores_wait() {
        let cores = thread::available_parallelism().map_or(1, |n| n.get());
        // Of a number that no other test's threads have.
        let (first, more) = (9000, 2 * cores);
        let (ready, over) = (Barrier::new(more + 1), Barrier::new(more + 1));
        let waited = thread::scope(|scope| {
            for i in first..first + more {
                let name = format!("{THREAD_NAME}{i}");
                let spins = || {
                    ready.wait();
                    let since = Instant::now();
                    while since.elapsed() < Duration::from_millis(200) {}
                    over.wait();
                    over.wait();
                };
                let thread = thread::Builder::new().name(name);
                thread.spawn_scoped(scope, spins).expect("a thread");
            }
            ready.wait();
            over.wait();
            let waited = delays(first + more);
            over.wait();
            waited
        });
        let all: u64 = waited[first..].iter().sum();
        // A kernel that does not count says nothing of anybody.
        let counts = fs::read_to_string("/proc/self/schedstat").is_ok();
        assert!(!counts || all > 50_000_000, "{all}");
    }
}
