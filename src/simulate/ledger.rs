//! What rank 0 keeps, and the checks on it.

use super::load::{combine, leaf, serial};
use super::message::Values;
use super::mutation::Mutation;
use super::scenario::{Scenario, Task};
use crate::engine::node::{Node, NodeSet};
use crate::engine::span::{Span, SpanSet};

/// How a run broke a promise.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Broken {
    /// A grain counted twice.
    #[error("grain {0} counted twice")]
    CountedTwice(u64),
    /// The run ended without a grain that it needed.
    #[error("the run ended without grain {0}")]
    Missing(u64),
    /// The result differs from the serial one.
    #[error("the result is {got:?}, serial it is {serial:?}")]
    WrongBits {
        /// What came out; nothing if the tree has no root.
        got: Option<f64>,
        /// What should have.
        serial: f64,
    },
    /// A job's result differs from the serial one or is not there.
    #[error("the result of job {0} is wrong or missing")]
    WrongJob(u64),
    /// A job was given again to a rank that had failed at it, while there were others.
    #[error("job {0} went again to the rank that had failed at it")]
    Shunned(u64),
    /// More nodes are held than the gaps explain.
    #[error("the ledger holds {nodes} nodes for {gaps} gaps")]
    TooManyNodes {
        /// Nodes held.
        nodes: usize,
        /// Gaps between what is done.
        gaps: usize,
    },
    /// A streamed result came before its consumer was ready for it.
    #[error("grain {grain} was done when only those before {ceiling} might be")]
    TooFarAhead {
        /// Which grain.
        grain: u64,
        /// The first that should have waited.
        ceiling: u64,
    },
    /// The coordinator says done what has no value, or the other way round.
    #[error("grains are counted whose values are not there")]
    NoValue,
    /// The run did not end in time.
    #[error("not finished after {at} ns of virtual time; the bound was {bound} ns")]
    NotFinished {
        /// When it was given up.
        at: u64,
        /// See [`super::Report::bound`].
        bound: u64,
    },
}

/// Counts and values at rank 0.
#[derive(Debug)]
pub(super) struct Ledger {
    seed: u64,
    grains: u64,
    counted: SpanSet,
    values: Store,
    mutation: Option<Mutation>,
    pub peak_nodes: usize,
}

#[derive(Debug)]
enum Store {
    Absent,
    Tree(NodeSet<f64>),
    Jobs(Vec<Option<f64>>),
    /// Two mistakes: nodes added up as they come, or kept apart.
    InArrivalOrder(f64),
    Apart(Vec<(Node, f64)>),
}

impl Ledger {
    pub fn new(scenario: &Scenario) -> Self {
        let grains = scenario.grains;
        let values = match (scenario.task, scenario.mutation) {
            _ if !scenario.values => Store::Absent,
            (Task::Jobs { .. }, _) => Store::Jobs(vec![None; grains as usize]),
            (_, Some(Mutation::ArrivalOrder)) => Store::InArrivalOrder(0.0),
            (_, Some(Mutation::NeverCoalesce)) => Store::Apart(Vec::new()),
            _ => Store::Tree(NodeSet::new(grains)),
        };
        let counted = SpanSet::new();
        Ledger {
            seed: scenario.seed,
            grains,
            counted,
            values,
            mutation: scenario.mutation,
            peak_nodes: 0,
        }
    }

    /// What a member's values start as.
    pub fn empty_values(&self) -> Values {
        match self.values {
            Store::Absent => Values::Absent,
            Store::Jobs(_) => Values::Single(Vec::new()),
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
        self.check_memory()
    }

    /// Values arrive.
    pub fn keep(&mut self, values: Vec<(Node, f64)>) {
        for (node, value) in values {
            match &mut self.values {
                Store::Absent => {}
                Store::Tree(set) => {
                    set.insert(node, value, combine);
                }
                Store::Jobs(jobs) => {
                    if let Some(slot) = jobs.get_mut(node.start() as usize) {
                        slot.get_or_insert(value);
                    }
                }
                Store::InArrivalOrder(sum) => *sum = combine(*sum, value),
                Store::Apart(list) => list.push((node, value)),
            }
        }
    }

    /// A run of n leaves folds to at most 2·log2(n) nodes, so gaps bound nodes.
    fn check_memory(&mut self) -> Result<(), Broken> {
        let nodes = match &self.values {
            Store::Tree(set) => set.len(),
            Store::Apart(list) => list.len(),
            _ => return Ok(()),
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
        match &self.values {
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

    /// Whether `grain` counts.
    pub fn has(&self, grain: u64) -> bool {
        self.counted.holding(grain).is_some()
    }

    /// Checks the end of a run that needed the grains before `needed`.
    pub fn check_end(self, needed: u64) -> Result<(), Broken> {
        if let Some(gap) = self.counted.missing(Span::new(0, needed)).first() {
            return Err(Broken::Missing(gap.start));
        }
        let whole = needed == self.grains;
        match self.values {
            Store::Absent => Ok(()),
            Store::Jobs(jobs) => {
                let right = |j: usize, v: Option<f64>| {
                    v.is_some_and(|v| v.to_bits() == leaf(self.seed, j as u64).to_bits())
                };
                match jobs.iter().enumerate().find(|&(j, &v)| !right(j, v)) {
                    Some((j, _)) => Err(Broken::WrongJob(j as u64)),
                    None => Ok(()),
                }
            }
            // A find has a prefix only; that every one of its grains has a value is checked.
            Store::Tree(set) if !whole => {
                let there = SpanSet::from_iter(set.iter().map(|(node, _)| node.span(self.grains)));
                if there.covers(Span::new(0, needed)) {
                    Ok(())
                } else {
                    Err(Broken::NoValue)
                }
            }
            Store::Tree(set) => check_bits(self.seed, self.grains, set.into_root()),
            Store::InArrivalOrder(sum) => check_bits(self.seed, self.grains, Some(sum)),
            Store::Apart(list) => check_bits(
                self.seed,
                self.grains,
                list.into_iter().map(|(_, v)| v).reduce(combine),
            ),
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
