//! Values at rank 0, and snapshots of them.

use super::load::combine;
use super::mutation::Mutation;
use super::random::{Random, mix};
use super::scenario::{Scenario, Task};
use crate::engine::node::{Node, NodeSet};
use crate::engine::span::{Span, SpanSet};

/// What rank 0's main thread folds values into.
#[derive(Clone, Debug)]
pub(super) enum Store {
    /// Nothing: there are side effects only, or the run is about time only.
    Absent,
    /// Of a reduction.
    Tree(NodeSet<f64>),
    /// Of a map, or of jobs.
    ByGrain(Vec<Option<f64>>),
    /// Of a search: the leftmost hit so far.
    Search(Option<u64>),
    /// Three mistakes: nodes added up as they come, kept apart, or put over their ancestors.
    InArrivalOrder(f64),
    Apart(Vec<(Node, f64)>),
    OverAncestor(NodeSet<f64>),
}

impl Store {
    pub fn new(scenario: &Scenario) -> Self {
        let grains = scenario.grains;
        match (scenario.task, scenario.mutation) {
            _ if !scenario.values => Store::Absent,
            (Task::Each, _) => Store::Absent,
            (Task::Find { .. }, _) => Store::Search(None),
            (Task::Jobs { .. } | Task::Stream { .. }, _) => {
                Store::ByGrain(vec![None; grains as usize])
            }
            (Task::Reduce, Some(Mutation::ArrivalOrder)) => Store::InArrivalOrder(0.0),
            (Task::Reduce, Some(Mutation::NeverCoalesce)) => Store::Apart(Vec::new()),
            (Task::Reduce, Some(Mutation::OverAncestor)) => {
                Store::OverAncestor(NodeSet::new(grains))
            }
            (Task::Reduce, _) => Store::Tree(NodeSet::new(grains)),
        }
    }

    pub fn insert(&mut self, grains: u64, node: Node, value: f64) {
        match self {
            Store::Absent => {}
            Store::Tree(set) => {
                set.insert(node, value, combine);
            }
            Store::ByGrain(values) => {
                if let Some(slot) = values.get_mut(node.start() as usize) {
                    slot.get_or_insert(value);
                }
            }
            Store::Search(best) => {
                *best = Some(best.map_or(node.start(), |b| b.min(node.start())));
            }
            Store::InArrivalOrder(sum) => *sum = combine(*sum, value),
            Store::Apart(list) => list.push((node, value)),
            Store::OverAncestor(set) => {
                let span = node.span(grains);
                if !set.contains(span) {
                    set.insert(node, value, combine);
                    return;
                }
                let nodes: Vec<_> = set.drain().collect();
                for (other, kept) in nodes {
                    let around = other.span(grains);
                    let over = around.start <= span.start && span.end <= around.end;
                    let kept = if over { combine(kept, value) } else { kept };
                    set.insert(other, kept, combine);
                }
            }
        }
    }

    /// How many nodes are held, of a reduction.
    pub fn nodes(&self) -> Option<usize> {
        match self {
            Store::Tree(set) | Store::OverAncestor(set) => Some(set.len()),
            Store::Apart(list) => Some(list.len()),
            _ => None,
        }
    }

    /// Whether the values tell what is done.
    pub fn tells(&self) -> bool {
        !matches!(self, Store::Absent | Store::Search(_))
    }

    /// The grains whose values are here; nothing where values do not tell.
    pub fn covered(&self, grains: u64) -> Option<SpanSet> {
        match self {
            Store::Tree(set) | Store::OverAncestor(set) => {
                Some(set.iter().map(|(node, _)| node.span(grains)).collect())
            }
            Store::ByGrain(values) => {
                let mut covered = SpanSet::new();
                let mut from = 0;
                for (at, value) in values.iter().enumerate() {
                    if value.is_none() {
                        covered.insert(Span::new(from as u64, at as u64));
                        from = at + 1;
                    }
                }
                covered.insert(Span::new(from as u64, values.len() as u64));
                Some(covered)
            }
            _ => None,
        }
    }
}

/// What is written of a session: its values, and what is done where they do not tell.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub store: Store,
    pub done: Option<SpanSet>,
}

impl Snapshot {
    /// What counts as done.
    pub fn covered(&self, grains: u64) -> SpanSet {
        let done = self.done.clone();
        done.or_else(|| self.store.covered(grains))
            .unwrap_or_default()
    }

    /// A hash of all that it holds.
    pub fn checksum(&self) -> u64 {
        let mut sum = 0;
        let mut add = |word: u64| sum = mix(sum ^ mix(word));
        match &self.store {
            Store::Tree(set) | Store::OverAncestor(set) => {
                for (node, value) in set.iter() {
                    add(u64::from(node.level));
                    add(node.index);
                    add(value.to_bits());
                }
            }
            Store::ByGrain(values) => {
                for (at, value) in values.iter().enumerate() {
                    if let Some(value) = value {
                        add(at as u64);
                        add(value.to_bits());
                    }
                }
            }
            Store::Search(best) => add(best.map_or(0, |b| b + 1)),
            _ => {}
        }
        for span in self.done.iter().flat_map(SpanSet::iter) {
            add(span.start);
            add(span.end);
        }
        sum
    }

    /// A write goes wrong: values or hits are other ones, or what is done is more than that.
    pub fn damage(&mut self, grains: u64, random: &mut Random) {
        match &mut self.store {
            Store::Tree(set) | Store::OverAncestor(set) => {
                let nodes: Vec<_> = set.drain().collect();
                for (node, value) in nodes {
                    set.insert(node, value + 1.0, |left, _| left);
                }
            }
            Store::ByGrain(values) => {
                for value in values.iter_mut().flatten() {
                    *value += 1.0;
                }
            }
            Store::Search(best) => *best = None,
            _ => {}
        }
        if let Some(done) = &mut self.done {
            done.insert(Span::new(random.below(grains), grains));
        }
    }
}
