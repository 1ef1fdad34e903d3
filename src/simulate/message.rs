//! What travels between ranks and coordinators.

use super::load::{Hits, combine, leaf};
use crate::engine::LeaseId;
use crate::engine::node::{Node, NodeSet, RunFold};
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
    /// It was told to stop, and has reported all that it did.
    Stopped,
}

/// From a coordinator to a member.
#[derive(Clone, Copy, Debug)]
pub(super) enum Down {
    Lease { lease: LeaseId, span: Span },
    Recall { lease: LeaseId },
    Workers { threads: u64 },
    Stop,
}

/// Values on their way to rank 0.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// None: side effects only, or the run is about time only.
    Absent,
    /// Of a reduction: combined as far as siblings meet.
    Folded(NodeSet<f64>),
    /// Of a map or of jobs: one each.
    Single(Vec<(Node, f64)>),
    /// Of a search: the hits.
    Found(Hits, Vec<(Node, f64)>),
}

impl Values {
    /// Computes a run of grains.
    pub fn compute(&mut self, span: Span, seed: u64) {
        let grains = span.start..span.end;
        match self {
            Values::Absent => {}
            Values::Folded(_) => {
                let mut fold = RunFold::default();
                for grain in grains {
                    fold.push(grain, leaf(seed, grain), combine);
                }
                self.insert(fold.into_nodes());
            }
            Values::Single(list) => {
                list.extend(grains.map(|g| (Node::leaf(g), leaf(seed, g))));
            }
            Values::Found(hits, list) => {
                let found = grains.filter(|&g| hits.contains(seed, g));
                list.extend(found.map(|g| (Node::leaf(g), 0.0)));
            }
        }
    }

    /// Adds what a member returned.
    pub fn insert(&mut self, values: Vec<(Node, f64)>) {
        match self {
            Values::Absent => {}
            Values::Folded(set) => {
                for (node, value) in values {
                    set.insert(node, value, combine);
                }
            }
            Values::Single(list) | Values::Found(_, list) => list.extend(values),
        }
    }

    /// Takes everything out.
    pub fn drain(&mut self) -> Vec<(Node, f64)> {
        match self {
            Values::Absent => Vec::new(),
            Values::Folded(set) => set.drain().collect(),
            Values::Single(list) | Values::Found(_, list) => std::mem::take(list),
        }
    }
}
