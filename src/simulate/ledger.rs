//! What rank 0 keeps, and the checks on it.

use super::broken::Broken;
use super::load::{Hits, leaf, serial};
use super::message::Values;
use super::mutation::Mutation;
use super::scenario::{Scenario, Task};
use super::store::{Snapshot, Store};
use crate::engine::node::{Node, NodeSet};
use crate::engine::span::{Span, SpanSet};

/// Counts and values at rank 0. The coordinator's thread counts and puts values into the inbox; the
/// main thread folds these into the store, later.
#[derive(Debug)]
pub(super) struct Ledger {
    seed: u64,
    grains: u64,
    task: Task,
    counted: SpanSet,
    inbox: Vec<(Node, f64)>,
    store: Store,
    mutation: Option<Mutation>,
    pub peak_nodes: usize,
}

impl Ledger {
    pub fn new(scenario: &Scenario) -> Self {
        Ledger {
            seed: scenario.seed,
            grains: scenario.grains,
            task: scenario.task,
            counted: SpanSet::new(),
            inbox: Vec::new(),
            store: Store::new(scenario),
            mutation: scenario.mutation,
            peak_nodes: 0,
        }
    }

    /// Goes on from a checkpoint; returns what is done in it.
    pub fn restore(&mut self, snapshot: Snapshot) -> SpanSet {
        self.counted = snapshot.covered(self.grains);
        self.store = snapshot.store;
        self.counted.clone()
    }

    /// What a member's values start as.
    pub fn empty_values(&self) -> Values {
        match (&self.store, self.task) {
            (Store::Absent, _) => Values::Absent,
            (Store::ByGrain(_), _) => Values::Single(Vec::new()),
            (_, Task::Find { hit }) => Values::Found(Hits { first: hit }, Vec::new()),
            _ => Values::Folded(NodeSet::new(self.grains)),
        }
    }

    /// Grains that count, of what the coordinator was told and what it called news.
    pub fn count(&mut self, told: &[Span], fresh: &[Span]) -> Result<(), Broken> {
        let all = self.mutation == Some(Mutation::CountDuplicates);
        for &span in if all { told } else { fresh } {
            if let Some(twice) = self.counted.within(span).first() {
                return Err(Broken::CountedTwice(twice.start));
            }
            self.counted.insert(span);
        }
        Ok(())
    }

    /// Values arrive: before their grains count, or at the same moment.
    pub fn receive(&mut self, values: Vec<(Node, f64)>) {
        self.inbox.extend(values);
    }

    /// How many values have arrived that are not in the store.
    pub fn waiting(&self) -> usize {
        self.inbox.len()
    }

    /// The main thread turns to what has arrived.
    pub fn fold(&mut self) -> Result<(), Broken> {
        for (node, value) in self.inbox.drain(..) {
            self.store.insert(self.grains, node, value);
        }
        self.check_memory()
    }

    /// The leftmost hit so far.
    pub fn best_hit(&self) -> Option<u64> {
        match self.store {
            Store::Search(best) => best,
            _ => None,
        }
    }

    /// The grains that count.
    pub fn counted(&self) -> &SpanSet {
        &self.counted
    }

    /// What a checkpoint holds: the store, and `done` if that does not tell it.
    pub fn snapshot(&self, done: SpanSet) -> Snapshot {
        let leased = self.mutation == Some(Mutation::LeasedIsDone);
        Snapshot {
            store: self.store.clone(),
            done: (!self.store.tells() || leased).then_some(done),
        }
    }

    /// A run of n leaves folds to at most 2·log2(n) nodes, so gaps bound nodes.
    fn check_memory(&mut self) -> Result<(), Broken> {
        let Some(nodes) = self.store.nodes() else {
            return Ok(());
        };
        self.peak_nodes = self.peak_nodes.max(nodes);
        let levels = usize::from(Node::root(self.grains).level) + 1;
        // Values may be ahead of the count: a group returns those of all its leases at once.
        let gaps = self.counted.runs() + 1;
        let bound = 2 * levels * gaps;
        if nodes > bound && !self.is_ahead() {
            return Err(Broken::TooManyNodes { nodes, gaps });
        }
        Ok(())
    }

    /// Whether values lie here of grains that are not counted yet.
    fn is_ahead(&self) -> bool {
        match &self.store {
            Store::Tree(set) => set
                .iter()
                .any(|(node, _)| !self.counted.covers(node.span(self.grains))),
            _ => false,
        }
    }

    /// How many grains from the first count without a gap.
    pub fn prefix(&self) -> u64 {
        self.counted.holding(0).map_or(0, |run| run.end)
    }

    /// Checks the end of a run that needed the grains before `needed`.
    pub fn check_end(mut self, needed: u64) -> Result<(), Broken> {
        self.fold()?;
        if let Some(gap) = self.counted.missing(Span::new(0, needed)).first() {
            return Err(Broken::Missing(gap.start));
        }
        match self.store {
            Store::Absent => Ok(()),
            Store::ByGrain(values) => {
                let right = |g: usize, v: Option<f64>| {
                    v.is_some_and(|v| v.to_bits() == leaf(self.seed, g as u64).to_bits())
                };
                match values.iter().enumerate().find(|&(g, &v)| !right(g, v)) {
                    Some((g, _)) => Err(Broken::WrongValue(g as u64)),
                    None => Ok(()),
                }
            }
            Store::Search(got) => {
                let leftmost = match self.task {
                    Task::Find { hit } if hit < self.grains => Some(hit),
                    _ => None,
                };
                match got == leftmost {
                    true => Ok(()),
                    false => Err(Broken::WrongHit { got, leftmost }),
                }
            }
            Store::Tree(set) | Store::OverAncestor(set) => {
                check_bits(self.seed, self.grains, set.into_root())
            }
            Store::InArrivalOrder(sum) => check_bits(self.seed, self.grains, Some(sum)),
            Store::Apart(list) => {
                let sum = list.into_iter().map(|(_, v)| v);
                check_bits(self.seed, self.grains, sum.reduce(super::load::combine))
            }
        }
    }
}

fn check_bits(seed: u64, grains: u64, got: Option<f64>) -> Result<(), Broken> {
    let serial = serial(seed, 0, grains);
    let same = got.is_some_and(|v| v.to_bits() == serial.to_bits()) || grains == 0;
    if same {
        Ok(())
    } else {
        Err(Broken::WrongBits { got, serial })
    }
}
