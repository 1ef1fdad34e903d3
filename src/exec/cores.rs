//! Which cores this process may use, and which the node would give.

use std::fs;
use std::thread;

/// Cores as the operating system tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cores {
    /// Numbers of the cores that this process may run on.
    pub mine: Vec<u32>,
    /// How many the node would give if the launcher bound nothing; 0 if unknown.
    pub node: u32,
    /// Cores' worth of time that the control group allows; 0 if not limited.
    pub quota: u32,
}

/// Looks.
pub fn look() -> Cores {
    let threads = thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mine = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .map(|list| parse_list(list.trim()))
        .filter(|cores| !cores.is_empty())
        .unwrap_or_else(|| (0..threads).collect());
    // The standard library honours the affinity mask and cgroup quotas; where it gives less than the
    // mask, the difference is the quota.
    let quota = if threads < mine.len() as u32 {
        threads
    } else {
        0
    };
    Cores {
        node: node_cores(&mine),
        mine,
        quota,
    }
}

fn node_cores(mine: &[u32]) -> u32 {
    let list = |path: &str| {
        fs::read_to_string(path)
            .ok()
            .map(|text| parse_list(text.trim()).len() as u32)
    };
    let online = list("/sys/devices/system/cpu/online").unwrap_or(0);
    let group = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = group
        .lines()
        .find_map(|line| line.strip_prefix("0::").map(str::to_owned))
        .unwrap_or_default();
    let cpuset = list(&format!("/sys/fs/cgroup{group}/cpuset.cpus.effective"));
    let slurm = std::env::var("SLURM_CPUS_ON_NODE")
        .ok()
        .and_then(|t| t.parse().ok());
    let least = [Some(online), cpuset, slurm]
        .into_iter()
        .flatten()
        .filter(|&n| n > 0)
        .min();
    least.unwrap_or(0).max(mine.len() as u32)
}

/// `0-3,8,10-11`, as the kernel writes sets of cores.
pub fn parse_list(text: &str) -> Vec<u32> {
    let mut out = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.trim().parse::<u32>(), to.trim().parse::<u32>())
            && to.saturating_sub(from) < 1 << 16
        {
            out.extend(from..=to);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(parse_list("0-3,8,10-11"), [0, 1, 2, 3, 8, 10, 11]);
        assert!(parse_list("").is_empty());
        assert_eq!(parse_list("5"), [5]);
    }

    #[test]
    fn this_machine_has_cores() {
        let cores = look();
        assert!(!cores.mine.is_empty() && cores.node as usize >= cores.mine.len());
    }
}
