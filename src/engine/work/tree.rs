//! A workload of a known number of grains, leased left to right.

use super::Work;
use crate::engine::MemberId;
use crate::engine::span::{Span, SpanSet, aligned_end};
use std::collections::BTreeSet;

/// The grains of a range or a list: free, leased or done.
///
/// Leases go from left to right and end on multiples of a power of two, so that a lease in flight
/// costs the ledger O(1) nodes.
#[derive(Clone, Debug)]
pub struct Tree {
    total: u64,
    /// Neither leased nor done, and below the ceiling.
    free: SpanSet,
    done: SpanSet,
    /// Grains from here on are not leased yet: back-pressure.
    ceiling: u64,
    /// Grains from here on need no doing: something left of them settled the call.
    needed: u64,
    /// Grains of the last lease from above, in a group.
    batch: Option<u64>,
    /// No lease reaches across these.
    edges: BTreeSet<u64>,
}

impl Tree {
    /// `total` grains, all free.
    pub fn new(total: u64) -> Self {
        let free = SpanSet::from_iter([Span::new(0, total)]);
        Tree {
            total,
            free,
            done: SpanSet::new(),
            ceiling: total,
            needed: total,
            batch: None,
            edges: BTreeSet::new(),
        }
    }

    /// `total` grains of which only those below `ceiling` may be leased, until it is raised.
    pub fn with_ceiling(total: u64, ceiling: u64) -> Self {
        let mut tree = Tree::new(total);
        tree.ceiling = ceiling.min(total);
        tree.free.remove(Span::new(tree.ceiling, total));
        tree
    }

    /// `total` grains none of which is here yet: the workload of a sub-coordinator.
    pub fn empty(total: u64) -> Self {
        Tree {
            free: SpanSet::new(),
            batch: Some(0),
            ..Tree::new(total)
        }
    }

    /// Grains that another coordinator leased to this one; to be leased `apart` from all others, if so.
    pub fn add(&mut self, span: Span, apart: bool) {
        self.batch = Some(span.len());
        if apart {
            self.edges.extend([span.start, span.end]);
        }
        for part in self.done.missing(span) {
            self.free.insert(part);
        }
    }

    /// Takes half or all of the free grains of `lease` away, from the right, to be returned undone.
    pub fn surrender(&mut self, lease: &SpanSet, all: bool) -> Vec<Span> {
        let free: Vec<Span> = lease
            .iter()
            .flat_map(|span| self.free.within(span))
            .collect();
        let grains = free.iter().map(Span::len).sum::<u64>();
        let mut left = if all { grains } else { grains.div_ceil(2) };
        let mut out = Vec::new();
        for run in free.into_iter().rev() {
            if left == 0 {
                break;
            }
            let part = Span::new(run.end - run.len().min(left), run.end);
            self.free.remove(part);
            left -= part.len();
            out.push(part);
        }
        out
    }

    /// What is done of `span` is remembered no more: it was returned above.
    pub fn forget(&mut self, span: Span) {
        self.done.remove(span);
        while let Some(&edge) = self.edges.range(span.start..span.end).next() {
            self.edges.remove(&edge);
        }
    }

    /// Grains below `ceiling` may be leased from now on; never lowers it.
    pub fn raise_ceiling(&mut self, ceiling: u64) {
        let ceiling = ceiling.min(self.needed);
        if ceiling > self.ceiling {
            let opened = Span::new(self.ceiling, ceiling);
            self.ceiling = ceiling;
            for part in self.done.missing(opened) {
                self.free.insert(part);
            }
        }
    }

    /// Grains from `grain` on need no doing.
    pub fn truncate(&mut self, grain: u64) {
        if grain < self.needed {
            self.needed = grain;
            self.free.remove(Span::new(grain, self.total));
        }
    }

    /// One past the last grain that needs doing.
    pub fn needed(&self) -> u64 {
        self.needed
    }

    /// What is done.
    pub fn covered(&self) -> &SpanSet {
        &self.done
    }
}

impl Work for Tree {
    fn total(&self) -> u64 {
        self.total
    }

    fn batch(&self) -> Option<u64> {
        self.batch
    }

    fn available(&self) -> u64 {
        self.free.grains()
    }

    fn take(
        &mut self,
        _member: MemberId,
        want: u64,
        near: Option<u64>,
        exact: bool,
    ) -> Option<Span> {
        let run = near
            .and_then(|g| self.free.at_or_after(g))
            .or_else(|| self.free.first())?;
        let start = run.start.max(
            near.filter(|&g| run.intersect(Span::new(g, g + 1)).is_some())
                .unwrap_or(run.start),
        );
        let want = want.max(1);
        let end = if exact {
            start.saturating_add(want)
        } else {
            aligned_end(start, want, want / 4)
        };
        let edge = self.edges.range(start.saturating_add(1)..).next();
        let end = edge.map_or(end, |&edge| end.min(edge));
        let span = Span::new(start, end.min(run.end));
        self.free.remove(span);
        Some(span)
    }

    fn give_back(&mut self, span: Span) {
        let open = Span::new(span.start, span.end.min(self.needed).max(span.start));
        for part in self.done.missing(open) {
            self.free.insert(part);
        }
    }

    fn done(&mut self, span: Span) -> Vec<Span> {
        let span = Span::new(span.start, span.end.min(self.total).max(span.start));
        let fresh = self.done.missing(span);
        self.done.insert(span);
        self.free.remove(span);
        fresh
    }

    fn undone(&self, span: Span) -> Vec<Span> {
        let open = Span::new(span.start, span.end.min(self.needed).max(span.start));
        self.done.missing(open)
    }

    fn finished(&self) -> bool {
        self.done.covers(Span::new(0, self.needed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_go_left_to_right_on_aligned_ends() {
        let mut tree = Tree::new(1000);
        let mut at = 0;
        while let Some(span) = tree.take(0, 100, None, false) {
            assert_eq!(span.start, at);
            assert!(span.end == 1000 || span.end % 16 == 0, "{span:?}");
            at = span.end;
        }
        assert_eq!(at, 1000);
        assert!(!tree.finished());
        tree.done(Span::new(0, 1000));
        assert!(tree.finished());
    }

    #[test]
    fn a_late_return_after_give_back_is_not_leased_again() {
        let mut tree = Tree::new(8);
        let span = tree.take(0, 8, None, false).unwrap();
        tree.give_back(span);
        assert_eq!(tree.done(Span::new(2, 8)), [Span::new(2, 8)]);
        assert_eq!(tree.available(), 2);
        assert_eq!(tree.done(Span::new(0, 8)), [Span::new(0, 2)]);
        assert!(tree.finished() && tree.available() == 0);
    }

    #[test]
    fn truncate_and_ceiling() {
        let mut tree = Tree::with_ceiling(100, 10);
        assert_eq!(tree.available(), 10);
        tree.raise_ceiling(50);
        assert_eq!(tree.available(), 50);
        tree.truncate(20);
        tree.raise_ceiling(100);
        assert_eq!(tree.available(), 20);
        tree.done(Span::new(0, 20));
        assert!(tree.finished());
    }

    #[test]
    fn near_is_a_wish() {
        let mut tree = Tree::new(64);
        assert_eq!(tree.take(0, 8, Some(32), false), Some(Span::new(32, 40)));
        assert_eq!(tree.take(0, 64, Some(33), false), Some(Span::new(40, 64)));
        assert_eq!(tree.take(0, 64, Some(60), false), Some(Span::new(0, 32)));
    }
}
