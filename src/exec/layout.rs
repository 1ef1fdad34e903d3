//! Threads per rank from the cores of all ranks, and hints when cores stand idle or are shared.

use crate::wire::message::Hello;
use std::collections::{BTreeMap, BTreeSet};

/// More threads of one rank only get into each other's way.
pub const MOST_THREADS: u32 = 1024;

/// What the variable `RAYON_NUM_THREADS` asks for, if that is a number above 0.
pub fn wanted() -> Option<u32> {
    let text = std::env::var("RAYON_NUM_THREADS").ok()?;
    text.trim().parse().ok().filter(|&n| n > 0)
}

/// Threads of each rank, and one-line hints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// By rank.
    pub threads: Vec<u32>,
    /// For people.
    pub hints: Vec<String>,
}

/// Divides every node's cores among its ranks.
pub fn divide(hellos: &[Hello]) -> Layout {
    let mut layout = Layout {
        threads: vec![1; hellos.len()],
        hints: Vec::new(),
    };
    let mut nodes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (rank, hello) in hellos.iter().enumerate() {
        nodes.entry(hello.node).or_default().push(rank);
    }
    let mut told = BTreeSet::new();
    for ranks in nodes.values() {
        let hint = divide_node(hellos, ranks, &mut layout.threads);
        // Nodes are mostly alike: what holds for many is said once.
        if let Some((kind, text)) = hint
            && told.insert(kind)
        {
            layout.hints.push(text);
        }
    }
    layout
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Hint {
    Idle,
    Shared,
    Crowded,
}

fn divide_node(hellos: &[Hello], ranks: &[usize], threads: &mut [u32]) -> Option<(Hint, String)> {
    let union: BTreeSet<u32> = ranks
        .iter()
        .flat_map(|&r| hellos[r].cores.iter().copied())
        .collect();
    let quota = ranks
        .iter()
        .map(|&r| hellos[r].quota)
        .filter(|&q| q > 0)
        .min();
    let usable = quota
        .map_or(union.len() as u32, |q| q.min(union.len() as u32))
        .max(1);
    // Ranks with the same cores divide these; a quota is divided by all on the node.
    let mut groups: BTreeMap<&[u32], Vec<usize>> = BTreeMap::new();
    for &r in ranks {
        groups.entry(&hellos[r].cores).or_default().push(r);
    }
    for (cores, members) in &groups {
        let share =
            (cores.len() as u64 * u64::from(usable) / union.len().max(1) as u64).max(1) as usize;
        for (i, &r) in members.iter().enumerate() {
            let (each, rest) = (share / members.len(), share % members.len());
            threads[r] = ((each + usize::from(i < rest)) as u32).max(1);
        }
    }
    let automatic = ranks.iter().all(|&r| hellos[r].wanted == 0);
    for &r in ranks.iter().filter(|&&r| hellos[r].wanted > 0) {
        threads[r] = hellos[r].wanted;
    }
    let total: u32 = ranks.iter().map(|&r| threads[r]).sum();
    let (host, n) = (&hellos[ranks[0]].host, ranks.len());
    let node = hellos[ranks[0]].node_cores;
    let limit = quota.map_or(node, |q| q.min(node));
    if automatic && usable < limit {
        let text = format!(
            "{} of {limit} cores on {host} stand idle: the launcher bound its {n} rank(s) to {usable}; \
             with Open MPI add --bind-to none, with MPICH -bind-to none, with srun --cpu-bind=none or a larger -c",
            limit - usable
        );
        return Some((Hint::Idle, text));
    }
    if automatic && n as u32 > usable {
        return Some((
            Hint::Crowded,
            format!(
                "{n} ranks share {usable} core(s) on {host}: start one rank a core at most (-n {usable})"
            ),
        ));
    }
    if !automatic && total > usable.max(limit) {
        return Some((
            Hint::Shared,
            format!("{total} threads share {usable} core(s) on {host}: fewer --threads would do"),
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(node: u32, cores: &[u32], node_cores: u32) -> Hello {
        let (host, build) = (format!("n{node}"), String::new());
        Hello {
            host,
            node,
            cores: cores.to_vec(),
            node_cores,
            quota: 0,
            wanted: 0,
            build,
            process: crate::comm::process::Process::me(),
        }
    }

    #[test]
    fn unbound_ranks_divide_the_node() {
        let all: Vec<u32> = (0..16).collect();
        let layout = divide(&[hello(0, &all, 16), hello(0, &all, 16), hello(0, &all, 16)]);
        assert_eq!(
            layout,
            Layout {
                threads: vec![6, 5, 5],
                hints: vec![]
            }
        );
    }

    #[test]
    fn one_core_of_two_is_told() {
        let layout = divide(&[hello(0, &[1], 2)]);
        assert_eq!(layout.threads, [1]);
        assert!(
            layout.hints[0].contains("1 of 2 cores") && layout.hints[0].contains("--bind-to none")
        );
    }

    #[test]
    fn a_quota_counts() {
        let mut one = hello(0, &[0, 1, 2, 3], 4);
        one.quota = 2;
        assert_eq!(
            divide(&[one.clone(), one]),
            Layout {
                threads: vec![1, 1],
                hints: vec![]
            }
        );
    }

    #[test]
    fn crowds_and_wishes() {
        let crowd: Vec<Hello> = (0..16).map(|_| hello(0, &[0, 1], 2)).collect();
        let layout = divide(&crowd);
        assert_eq!(layout.threads, [1; 16]);
        assert!(layout.hints[0].contains("16 ranks share 2"));
        let mut wish = hello(0, &[0, 1], 2);
        wish.wanted = 1;
        assert_eq!(
            divide(&[wish.clone(), wish.clone()]),
            Layout {
                threads: vec![1, 1],
                hints: vec![]
            }
        );
        wish.wanted = 5;
        assert_eq!(divide(&[wish]).threads, [5]);
    }
}
