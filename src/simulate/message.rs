//! What travels between ranks and coordinators.

use super::load::combine;
use crate::engine::LeaseId;
use crate::engine::node::{Node, NodeSet};
use crate::engine::span::Span;

/// From a member to its coordinator.
#[derive(Clone, Debug)]
pub(super) enum Up {
    Ask {
        rate: Option<f64>,
        backlog: u64,
    },
    Return {
        lease: LeaseId,
        done: Vec<Span>,
        values: Vec<(Node, f64)>,
    },
    GiveBack {
        lease: LeaseId,
        back: Vec<Span>,
    },
}

/// From a coordinator to a member.
#[derive(Clone, Copy, Debug)]
pub(super) enum Down {
    Lease { lease: LeaseId, span: Span },
    Recall { lease: LeaseId },
    Workers { threads: u64 },
}

/// Values on their way to rank 0.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// None: the run is about time only.
    Absent,
    /// Of a range or a list: combined as far as siblings meet.
    Folded(NodeSet<f64>),
    /// Of jobs: one each.
    Single(Vec<(Node, f64)>),
}

impl Values {
    /// Adds the nodes of a run of grains.
    pub fn insert(&mut self, nodes: Vec<(Node, f64)>, seed: u64) {
        match self {
            Values::Absent => {}
            Values::Folded(set) => {
                for (node, value) in nodes {
                    set.insert(node, value, combine);
                }
            }
            Values::Single(list) => {
                // A run of jobs folds to nodes, but each job has its own result.
                for (node, value) in nodes {
                    if node.level == 0 {
                        list.push((node, value));
                        continue;
                    }
                    let jobs = node.span(u64::MAX);
                    list.extend(
                        (jobs.start..jobs.end).map(|j| (Node::leaf(j), super::load::leaf(seed, j))),
                    );
                }
            }
        }
    }

    /// Takes everything out.
    pub fn drain(&mut self) -> Vec<(Node, f64)> {
        match self {
            Values::Absent => Vec::new(),
            Values::Folded(set) => set.drain().collect(),
            Values::Single(list) => std::mem::take(list),
        }
    }
}
