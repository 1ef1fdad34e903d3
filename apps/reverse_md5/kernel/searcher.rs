//! The search of a window: cut by length and head.

use std::{ops::ControlFlow, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Digest,
    asked::Asked,
    layout::{Layout, Many},
    path::Path,
    plan::Plan,
    reach::Reach,
    space::{Shape, Space},
    targets::Targets,
    under_head::UnderHead,
};

/// Windows up to this many numbers are hashed one by one.
const SMALL: u128 = 2;

/// Longer windows are searched in chunks of this many numbers. A chunk is not searched in
/// numerical order, so this bounds the work done beyond the first hit.
pub(super) const CHUNK: u128 = 1 << 24;

/// A candidate that has one of the digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hit {
    /// The candidate's number.
    pub index: u128,
    /// The digest's place among the targets.
    pub target: u32,
}

/// Searches windows of candidates for digests; made once for a thread and used for any number of
/// windows.
#[derive(Clone, Debug)]
pub struct Searcher {
    space: Arc<Space>,
    targets: Arc<Targets>,
    pub(super) path: Path,
    pub(super) plan: Plan,
    asked: Asked,
    /// Candidates tested since it was asked whether to stop.
    pub(super) since_stop: u64,
    pub(super) hits: Vec<Hit>,
}

impl Searcher {
    /// A searcher for numbers with that digest, on the instruction set of this process
    /// ([`grange::isa::current`]).
    #[allow(dead_code, reason = "for tests and measurements")]
    pub fn new(target: Digest) -> Self {
        Self::with_path(target, Path::of(grange::isa::current()))
    }

    /// A searcher for numbers with that digest on a given path.
    pub fn with_path(target: Digest, path: Path) -> Self {
        let targets = Targets::new(vec![target]);
        Self::over(Arc::new(Space::Decimal), Arc::new(targets), path)
    }

    /// A searcher for any of the targets.
    pub fn over(space: Arc<Space>, targets: Arc<Targets>, path: Path) -> Self {
        let only = targets.only().map_or([0; 4], Digest::words);
        Self {
            space,
            path,
            plan: Plan::new(only),
            asked: Asked::new(targets.ends().len()),
            since_stop: 0,
            targets,
            hits: Vec::new(),
        }
    }

    /// The least of the candidates from `first` to `last` that has the digest, if there is one digest
    /// only.
    ///
    /// Asks `stop` several times in a millisecond, and returns `None` soon after it is true.
    pub fn find(&mut self, first: u128, last: u128, stop: impl Fn() -> bool) -> Option<u128> {
        debug_assert!(self.targets.only().is_some());
        // Within a chunk each hit is further left than the one before.
        self.search(first, last, stop).last().map(|hit| hit.index)
    }

    /// All candidates from `first` to `last` that have one of the digests, in order; if there is one
    /// digest only, the first that has it.
    ///
    /// Asks `stop` several times in a millisecond, and returns nothing soon after it is true.
    pub fn find_all(&mut self, first: u128, last: u128, stop: impl Fn() -> bool) -> Vec<Hit> {
        self.search(first, last, stop);
        let mut hits = std::mem::take(&mut self.hits);
        if self.targets.only().is_some() {
            hits = hits.pop().into_iter().collect();
        }
        hits.sort_unstable();
        hits
    }

    /// The hits, in the order in which they are found.
    fn search(&mut self, first: u128, last: u128, stop: impl Fn() -> bool) -> &[Hit] {
        self.hits.clear();
        let space = Arc::clone(&self.space);
        let mut from = first;
        while from <= last && self.go_on(&stop).is_continue() {
            let (shape, base, end) = space.segment(from);
            let to = last.min(end).min(from.saturating_add(CHUNK - 1));
            let found = self.find_in_chunk(shape, base, (from - base, to - base), &stop);
            let Some(next) = to.checked_add(1).filter(|_| found.is_continue()) else {
                break;
            };
            from = next;
        }
        &self.hits
    }

    /// The search of a chunk, of candidates of one shape, counted from `base`; breaks when stopped or
    /// nothing else is to be found.
    fn find_in_chunk(
        &mut self,
        shape: Shape<'_>,
        base: u128,
        (from, to): (u128, u128),
        stop: &impl Fn() -> bool,
    ) -> ControlFlow<()> {
        if to - from < SMALL {
            for index in from..=to {
                let text = self.space.text(base + index);
                self.verify(base + index, &text)?;
            }
            return ControlFlow::Continue(());
        }
        let (layout, reach) = self.layout(shape, (to - from + 1) as u64);
        let span = u128::from(layout.span());
        // Where all heads ask the same, that is worked out once for a tail.
        let at_once = match reach {
            Some(Reach::Use) if layout.asks_tails_alone(shape) => 1,
            _ => layout.place,
        };
        for tail in (0..layout.place / at_once).map(|part| part * at_once) {
            for head in from / span..=to / span {
                let start = head * span;
                let begin = from.saturating_sub(start) as u64;
                let end = (to - start).min(span - 1) as u64 + 1;
                let under = UnderHead {
                    shape,
                    layout,
                    reach,
                    head,
                    first: base + start,
                };
                under.search(self, tail..tail + at_once, (begin, end), stop)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The fastest split of a window of so many candidates.
    fn layout(&self, shape: Shape<'_>, count: u64) -> (Layout, Option<Reach>) {
        if self.targets.only().is_some() {
            return (Layout::fastest(shape, count), None);
        }
        let many = Many {
            digests: self.targets.count() as u64,
            undo_cost: self.path.undo_cost(),
        };
        let (layout, reach) = Layout::fastest_of_many(shape, count, many);
        (layout, Some(reach))
    }

    /// Takes a candidate for a hit if it has a digest; breaks if that is the only one.
    pub(super) fn verify(&mut self, index: u128, text: &[u8]) -> ControlFlow<()> {
        let Some(target) = self.targets.position(Digest::of_bytes(text)) else {
            return ControlFlow::Continue(());
        };
        self.hits.push(Hit { index, target });
        match self.targets.only() {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }

    /// The least index below `count` of an entry of `table` that may make a hit.
    pub(super) fn scan(
        &self,
        word: usize,
        reach: Option<Reach>,
        table: &[u32],
        count: usize,
    ) -> Option<usize> {
        let (path, plan) = (self.path, &self.plan);
        let Some(reach) = reach else {
            return path.scan(word, plan, table, count);
        };
        let set = match reach {
            Reach::Use => self.asked.set(),
            Reach::End => self.targets.first_words(),
        };
        path.scan_set((word, reach), plan, table, count, set)
    }

    /// As [`Searcher::go_on`], but asks only once in a while.
    pub(super) fn go_on_at_times(&mut self, stop: &impl Fn() -> bool) -> ControlFlow<()> {
        if self.since_stop < self.path.stride() {
            return ControlFlow::Continue(());
        }
        self.since_stop = 0;
        self.go_on(stop)
    }

    /// Breaks, with no hits, when stopped.
    pub(super) fn go_on(&mut self, stop: &impl Fn() -> bool) -> ControlFlow<()> {
        if !stop() {
            return ControlFlow::Continue(());
        }
        self.hits.clear();
        ControlFlow::Break(())
    }

    /// Works out what the digests ask of the plan that is set.
    pub(super) fn ask(&mut self, word: usize) {
        self.asked
            .ask(self.path, &self.plan, word, self.targets.ends());
    }
}
