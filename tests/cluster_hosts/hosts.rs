//! The hosts, from among them: h1 to h4, and the one without ranks on which `mpirun` runs.

use crate::support::run::{Run, Running};
use std::time::{Duration, Instant};
use std::{env, thread};

pub const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clusters/hosts.sh");

/// What makes `mpirun` notice within 8 s that a host is gone.
const KEEPALIVE: [(&str, &str); 3] = [
    ("OMPI_MCA_oob_tcp_keepalive_time", "4"),
    ("OMPI_MCA_oob_tcp_keepalive_intvl", "1"),
    ("OMPI_MCA_oob_tcp_keepalive_probes", "4"),
];

/// `mpirun` over all hosts, one rank of one thread on each.
pub fn mpirun() -> Run {
    Run::new(SCRIPT).arg("mpirun").env("RAYON_NUM_THREADS", "1")
}

/// The same over these.
pub fn mpirun_on(hosts: &str) -> Run {
    mpirun().args(["--host", hosts])
}

/// It notices soon when a host is gone.
pub fn watchful(run: Run) -> Run {
    KEEPALIVE
        .into_iter()
        .fold(run, |run, (name, value)| run.env(name, value))
}

/// This very program as a rank.
pub fn me() -> String {
    let me = env::current_exe().expect("this program has a path");
    me.to_string_lossy().into_owned()
}

/// Something happens to a host.
#[derive(Clone, Copy)]
pub enum Fate {
    /// Its cable is cut.
    Cut,
    /// Its cable is plugged in again.
    Plugged,
    /// Its power is cut.
    Killed,
}

impl Fate {
    pub fn befalls(self, host: u32) {
        let host = host.to_string();
        let run = Run::new(SCRIPT);
        let run = match self {
            Fate::Cut => run.args(["link", &host, "down"]),
            Fate::Plugged => run.args(["link", &host, "up"]),
            Fate::Killed => run.args(["kill", &host]),
        };
        run.finish().ok();
    }
}

/// Waits until it is so, for so many seconds at most. Returns how long that took.
#[track_caller]
pub fn wait_until(run: &Running, seconds: u64, is_so: impl Fn() -> bool) -> Duration {
    let since = Instant::now();
    while !is_so() {
        assert!(
            since.elapsed() < Duration::from_secs(seconds),
            "it did not come to that within {seconds} s; so far:\n{}",
            run.said()
        );
        thread::sleep(Duration::from_millis(5));
    }
    since.elapsed()
}

/// Waits until a line of grange's own says so.
#[track_caller]
pub fn wait_for_line(run: &Running, seconds: u64, says: &[&str]) -> Duration {
    wait_until(run, seconds, || is_said(&run.said(), says))
}

/// Whether a line of grange's own has all of it.
pub fn is_said(text: &str, says: &[&str]) -> bool {
    let own = |line: &&str| line.starts_with("grange: ");
    let mut own = text.lines().filter(own);
    own.any(|line| says.iter().all(|word| line.contains(word)))
}
