//! Where jobs ran, and how long.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Where jobs ran, and how long: as data, and as text by [`Display`](fmt::Display).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statistics {
    /// By rank.
    pub nodes: Vec<NodeStatistics>,
    /// Since the call began.
    pub elapsed: Duration,
}

/// The jobs of one rank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NodeStatistics {
    /// Which rank.
    pub rank: usize,
    /// Its host.
    pub host: String,
    /// Its threads.
    pub threads: usize,
    /// Jobs that ended there, well or not.
    pub jobs: u64,
    /// Time in these jobs, all threads together.
    pub time: Duration,
    /// It has died or stands still, and the run goes on without it.
    pub lost: bool,
}

impl Statistics {
    /// Jobs of all ranks.
    pub fn jobs(&self) -> u64 {
        self.nodes.iter().map(|n| n.jobs).sum()
    }

    /// Time in jobs of all ranks.
    pub fn time(&self) -> Duration {
        self.nodes.iter().map(|n| n.time).sum()
    }

    /// A rank's share of all jobs, from 0 to 1.
    pub fn share(&self, node: &NodeStatistics) -> f64 {
        match self.jobs() {
            0 => 0.0,
            all => node.jobs as f64 / all as f64,
        }
    }
}

impl NodeStatistics {
    /// The mean time of a job.
    pub fn time_per_job(&self) -> Duration {
        let seconds = self.time.as_secs_f64() / self.jobs.max(1) as f64;
        Duration::from_secs_f64(seconds)
    }
}

/// A table, a line for each rank that ran a job or was lost.
impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Job execution statistics:")?;
        writeln!(
            f,
            " job count | % of all jobs | job time sum | time per job | job server"
        )?;
        for node in self.nodes.iter().filter(|n| n.jobs > 0 || n.lost) {
            writeln!(
                f,
                "{:>10} | {:>13.2} | {:>12.4} | {:>12.6} | {} (rank {}, {} thread{}{})",
                node.jobs,
                100.0 * self.share(node),
                node.time.as_secs_f64(),
                node.time_per_job().as_secs_f64(),
                node.host,
                node.rank,
                node.threads,
                if node.threads == 1 { "" } else { "s" },
                if node.lost { ", lost" } else { "" }
            )?;
        }
        write!(
            f,
            "Time elapsed since server creation {:.4} s",
            self.elapsed.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        let node = |rank, jobs| NodeStatistics {
            rank,
            host: "n".into(),
            threads: 1,
            jobs,
            time: Duration::from_millis(10 * jobs),
            lost: rank == 3,
        };
        let all = Statistics {
            nodes: vec![node(0, 3), node(1, 1), node(2, 0), node(3, 0)],
            elapsed: Duration::from_secs(1),
        };
        assert_eq!((all.jobs(), all.time()), (4, Duration::from_millis(40)));
        let text = all.to_string();
        assert_eq!(text.lines().count(), 6);
        assert!(text.contains("(rank 3, 1 thread, lost)"));
        assert!(text.contains(
            "         3 |         75.00 |       0.0300 |     0.010000 | n (rank 0, 1 thread)"
        ));
    }
}
