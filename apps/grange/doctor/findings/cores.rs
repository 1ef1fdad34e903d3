//! Cores of a node: idle, shared, on several NUMA nodes, limited.

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::nodes::Node;
use crate::doctor::ranges::{count, of as named};
use crate::doctor::starter::Starter;

/// What is wrong with the cores of a node, one of so many, whatever other ranks it may have.
pub fn of(node: &Node<'_>, starter: Starter, nodes: usize) -> Vec<Finding> {
    let found = [
        confinement(node, starter),
        crowd(node, starter, nodes),
        quota(node),
        numa(node, starter),
    ];
    let found = found.into_iter().flatten();
    found.map(|finding| finding.on(node.host)).collect()
}

fn warning(kind: &'static str, what: String, mend: impl Into<String>) -> Option<Finding> {
    Some(Finding::new(Severity::Warning, kind, what, mend))
}

/// Cores that nobody can use, because whoever started the ranks may not.
fn confinement(node: &Node<'_>, starter: Starter) -> Option<Finding> {
    if node.idle() == 0 {
        return None;
    }
    let all = node.node_cores();
    let Some(outer) = node.confined() else {
        let mine = Vec::from_iter(node.union());
        let what = format!(
            "this process may only use {} of {all}",
            named("core", &mine)
        );
        return match starter {
            Starter::Nobody => warning("confined", what, starter.unbind()),
            _ => None,
        };
    };
    let (who, mend) = match starter {
        Starter::Nobody => (
            "this process, like the shell that started it,",
            "use a shell that is not bound (by taskset, a batch system or a cpuset)",
        ),
        Starter::Srun => ("the step", "ask for more CPUs: -c, or --exclusive"),
        _ => (
            "the launcher itself, and so every rank,",
            "start the launcher without taskset, in a shell that is not bound; in a batch job ask for more CPUs",
        ),
    };
    let what = format!("{who} may only use {} of {all}", named("core", outer));
    warning("confined", what, mend)
}

/// Cores that nobody uses, or that the wrong ranks share, where all ranks are known. One cause is told, not all
/// that follows from it.
pub fn of_all(node: &Node<'_>, starter: Starter) -> Option<Finding> {
    match confinement(node, starter) {
        Some(_) => None,
        None => Some(binding(node, starter)?.on(node.host)),
    }
}

fn binding(node: &Node<'_>, starter: Starter) -> Option<Finding> {
    let (idle, limit, ranks) = (node.idle(), node.limit(), node.ranks.len());
    let share = (limit as usize / ranks.max(1)).max(1) as u32;
    let mend = || match starter.each(share) {
        // The ranks fit in, each with cores of its own.
        Some(each) if (2..=limit).contains(&(ranks as u32)) => {
            format!("{}, or give each rank its cores: {each}", starter.unbind())
        }
        _ => starter.unbind(),
    };
    let stand = if idle == 1 { "stands" } else { "stand" };
    let stacked = |(cores, members): &(&&[u32], &Vec<u32>)| members.len() > cores.len();
    let groups = node.groups();
    if idle > 0
        && let Some((cores, members)) = groups.iter().find(stacked)
    {
        let what = format!(
            "{} ranks are bound to {}, while {idle} of {limit} cores {stand} idle",
            members.len(),
            named("core", cores)
        );
        return warning("stacked_ranks", what, mend());
    }
    if idle > 0 {
        let what = format!(
            "{idle} of {limit} cores {stand} idle: {} bound to {}",
            if ranks == 1 {
                "the rank is".into()
            } else {
                format!("{ranks} ranks are")
            },
            count(node.usable() as usize, "core")
        );
        return warning("idle_cores", what, mend());
    }
    // Ranks with the same cores divide them; others that overlap do not know of one another.
    if node.is_automatic() && groups.len() > 1 && node.threads() > node.usable().max(ranks as u32) {
        let what = format!(
            "the cores of ranks overlap: {} threads share {}",
            node.threads(),
            count(node.usable() as usize, "core")
        );
        return warning("overlapping_ranks", what, mend());
    }
    None
}

/// More ranks than cores, even if nothing were bound.
fn crowd(node: &Node<'_>, starter: Starter, nodes: usize) -> Option<Finding> {
    let (limit, ranks) = (node.limit(), node.ranks.len());
    if ranks as u32 <= limit {
        return None;
    }
    let what = format!("{ranks} ranks share {}", count(limit as usize, "core"));
    let fewer = match nodes {
        1 => format!("-n {limit}"),
        _ => starter.per_node(limit),
    };
    warning(
        "shared_cores",
        what,
        format!("start one rank a core at most: {fewer}"),
    )
}

fn quota(node: &Node<'_>) -> Option<Finding> {
    let (quota, union) = (node.quota()?, node.union().len() as u32);
    if quota >= union {
        return None;
    }
    let what = format!(
        "the control group allows the time of {}, and ranks may run on {union}: grange starts as many threads in all",
        count(quota as usize, "core")
    );
    let mend =
        "ask for more CPU time: --cpus of docker run, the CPU limit of a pod, CPUQuota of systemd";
    Some(Finding::new(Severity::Note, "quota", what, mend))
}

fn numa(node: &Node<'_>, starter: Starter) -> Option<Finding> {
    let spanning = node.spanning().len();
    if spanning == 0 {
        return None;
    }
    let what = format!(
        "the cores of {} are on several of {} NUMA nodes: memory of another is slower",
        count(spanning, "rank"),
        node.numa()
    );
    Some(Finding::new(
        Severity::Note,
        "numa",
        what,
        starter.numa(node.numa()),
    ))
}
