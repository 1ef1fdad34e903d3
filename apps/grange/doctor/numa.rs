//! NUMA nodes of this machine, as Linux shows them.

use std::fs;
use std::path::Path;

/// The cores of each NUMA node; none where the system does not tell.
pub fn look() -> Vec<Vec<u32>> {
    look_in(Path::new("/sys/devices/system/node"))
}

fn look_in(folder: &Path) -> Vec<Vec<u32>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut nodes: Vec<(u32, Vec<u32>)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix("node")?.parse().ok()?;
            let text = fs::read_to_string(entry.path().join("cpulist")).ok()?;
            Some((number, grange::machine::core_list(text.trim())))
        })
        // Some have memory only.
        .filter(|(_, cores): &(u32, Vec<u32>)| !cores.is_empty())
        .collect();
    nodes.sort_unstable();
    nodes.into_iter().map(|(_, cores)| cores).collect()
}

/// How many NUMA nodes have some of `cores`.
pub fn spanned(nodes: &[Vec<u32>], cores: &[u32]) -> usize {
    let touches = |node: &&Vec<u32>| node.iter().any(|core| cores.contains(core));
    nodes.iter().filter(touches).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_with_cores_count() {
        let folder = std::env::temp_dir().join(format!("grange-numa-{}", std::process::id()));
        for (name, cores) in [
            ("node0", "0-1,4"),
            ("node1", "2-3"),
            ("node10", "5"),
            ("node2", ""),
        ] {
            fs::create_dir_all(folder.join(name)).unwrap();
            fs::write(folder.join(name).join("cpulist"), format!("{cores}\n")).unwrap();
        }
        fs::write(folder.join("online"), "0-2,10\n").unwrap();
        let nodes = look_in(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(nodes, [vec![0, 1, 4], vec![2, 3], vec![5]]);
        assert_eq!(spanned(&nodes, &[0, 4]), 1);
        assert_eq!(spanned(&nodes, &[1, 2, 5]), 3);
        assert!(look_in(&folder).is_empty());
    }
}
