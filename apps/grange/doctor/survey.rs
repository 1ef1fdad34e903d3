//! What a rank tells of itself.

use super::numa;
use super::storage::{self, Storage};
use grange::machine::{self, Cores};
use serde::{Deserialize, Serialize};
use std::fs;

/// One rank, its cores, and the node below it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Survey {
    /// Of grange.
    pub version: String,
    /// Name and version of the MPI library.
    pub mpi: Option<String>,
    /// Name of the host.
    pub host: String,
    /// The lowest rank on the same node.
    pub node: u32,
    /// Cores that this rank may run on.
    pub cores: Vec<u32>,
    /// Cores that the node would give if nothing were bound.
    pub node_cores: u32,
    /// Cores' worth of time that the control group allows; 0 if not limited.
    pub quota: u32,
    /// Cores that the process may run on that started this one: the launcher on this node, or a shell.
    pub parent_cores: Vec<u32>,
    /// Cores of each NUMA node.
    pub numa: Vec<Vec<u32>>,
    /// Memory of the node in bytes, where the system tells it.
    pub memory: Option<u64>,
    /// The variable `RAYON_NUM_THREADS`, if it is set.
    pub wanted: Option<String>,
    /// The working directory, looked at by one rank of each node.
    pub storage: Option<Storage>,
}

impl Survey {
    /// Looks. `node` is the lowest rank on this rank's node.
    pub fn look(rank: u32, node: u32) -> Self {
        let Cores {
            mine,
            node: n,
            quota,
        } = machine::cores();
        let host = hostname::get().map_or_else(
            |_| "localhost".into(),
            |host| host.to_string_lossy().into_owned(),
        );
        Survey {
            version: env!("CARGO_PKG_VERSION").into(),
            mpi: machine::mpi_library().map(|library| library.name),
            host,
            node,
            cores: mine,
            node_cores: n,
            quota,
            parent_cores: parent_cores().unwrap_or_default(),
            numa: numa::look(),
            memory: fs::read_to_string("/proc/meminfo")
                .ok()
                .and_then(|text| memory_in(&text)),
            wanted: std::env::var("RAYON_NUM_THREADS").ok(),
            storage: (rank == node).then(storage::look),
        }
    }
}

fn parent_cores() -> Option<Vec<u32>> {
    let parent = std::os::unix::process::parent_id();
    let status = fs::read_to_string(format!("/proc/{parent}/status")).ok()?;
    cores_in(&status)
}

fn cores_in(status: &str) -> Option<Vec<u32>> {
    let named = |line: &str| Some(line.strip_prefix("Cpus_allowed_list:")?.trim().to_owned());
    status
        .lines()
        .find_map(named)
        .map(|list| machine::core_list(&list))
}

fn memory_in(meminfo: &str) -> Option<u64> {
    let named = |line: &str| Some(line.strip_prefix("MemTotal:")?.trim().to_owned());
    let text = meminfo.lines().find_map(named)?;
    let kib: u64 = text.strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_s_words() {
        let meminfo = "MemFree: 1 kB\nMemTotal:       24576000 kB\n";
        assert_eq!(memory_in(meminfo), Some(24_576_000 * 1024));
        assert_eq!(memory_in("MemTotal: many\n"), None);
        let status = "Name:\tsh\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1,5\n";
        assert_eq!(cores_in(status), Some(vec![0, 1, 5]));
    }
}
