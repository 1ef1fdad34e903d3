//! What of one lease is not begun, and which of it a worker takes next.
//!
//! Where the order of grains matters it is one run, taken from the left. Where it does not, each worker goes on where
//! its last block ended, which a sieve's or a cache's state rewards; a worker that cannot takes a run that nobody is
//! about to go on with, or splits the longest, as a thief in work stealing does (Blumofe and Leiserson, *Scheduling
//! multithreaded computations by work stealing*, J. ACM 46, 1999). So there are never more runs than workers, and a
//! worker jumps about as often as the logarithm of the lease's length says, not at every block.

use crate::engine::span::{Span, aligned_end};

/// Runs of grains that are not begun.
#[derive(Debug, Default)]
pub struct Strands {
    /// From left to right; none is empty and no two touch but where one was split.
    runs: Vec<Span>,
}

impl Strands {
    /// One run.
    pub fn new(span: Span) -> Self {
        let runs = Some(span).filter(|span| !span.is_empty());
        Strands {
            runs: runs.into_iter().collect(),
        }
    }

    /// Whether all is begun.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Grains.
    pub fn grains(&self) -> u64 {
        self.runs.iter().map(Span::len).sum()
    }

    /// Which run begins at that grain.
    pub fn at(&self, grain: u64) -> Option<usize> {
        self.runs.iter().position(|run| run.start == grain)
    }

    /// The first run at whose beginning no worker is, when they have got so far.
    pub fn unclaimed(&self, reached: &[u64]) -> Option<usize> {
        self.runs
            .iter()
            .position(|run| !reached.contains(&run.start))
    }

    /// The length of the longest run.
    pub fn longest(&self) -> u64 {
        self.runs.iter().map(Span::len).max().unwrap_or(0)
    }

    /// Splits the longest run in the middle, or leaves it whole if that is impossible; which run is free now.
    ///
    /// # Panics
    /// When there is none.
    pub fn split(&mut self) -> usize {
        // Of several the first.
        let by_length = |&i: &usize| (self.runs[i].len(), std::cmp::Reverse(i));
        let longest = (0..self.runs.len()).max_by_key(by_length);
        let longest = longest.expect("there is something to take");
        let run = &mut self.runs[longest];
        let middle = aligned_end(run.start, run.len() / 2, run.len() / 8);
        if middle == run.start {
            return longest;
        }
        let right = Span::new(middle, run.end);
        run.end = middle;
        self.runs.insert(longest + 1, right);
        longest + 1
    }

    /// Takes about `want` grains from the left of a run.
    pub fn take(&mut self, which: usize, want: u64) -> Span {
        let run = &mut self.runs[which];
        let want = want.clamp(1, run.len());
        let start = run.start;
        let end = aligned_end(start, want, want / 2);
        run.start = end;
        if run.is_empty() {
            self.runs.remove(which);
        }
        Span::new(start, end)
    }

    /// Gives so many grains back, from the right, or all.
    pub fn give_back(&mut self, mut grains: u64) -> Vec<Span> {
        let mut back = Vec::new();
        while let Some(run) = self.runs.last_mut().filter(|_| grains > 0) {
            let at = run.end - grains.min(run.len());
            grains -= run.end - at;
            back.push(Span::new(at, run.end));
            run.end = at;
            if run.is_empty() {
                self.runs.pop();
            }
        }
        back.reverse();
        back
    }

    /// Drops the grains from `grain` on; how many those are.
    pub fn cut(&mut self, grain: u64) -> u64 {
        let before = self.grains();
        self.runs.retain_mut(|run| {
            run.end = run.end.min(grain);
            run.start < run.end
        });
        before - self.grains()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::span::SpanSet;
    use proptest::prelude::*;

    #[test]
    fn a_run_is_split_where_nodes_end() {
        let mut strands = Strands::new(Span::new(3, 1003));
        assert_eq!(strands.split(), 1);
        assert_eq!(strands.take(1, 1), Span::new(448, 449));
        assert_eq!((strands.at(449), strands.at(3)), (Some(1), Some(0)));
        assert_eq!(strands.unclaimed(&[3, 0]), Some(1));
        assert_eq!(strands.unclaimed(&[3, 449]), None);
    }

    #[test]
    fn a_single_grain_is_taken_whole() {
        let mut strands = Strands::new(Span::new(7, 8));
        let run = strands.split();
        assert_eq!(strands.take(run, 5), Span::new(7, 8));
        assert!(strands.is_empty());
    }

    #[test]
    fn what_is_given_back_is_from_the_right() {
        let mut strands = Strands::new(Span::new(0, 64));
        strands.split();
        assert_eq!(
            strands.give_back(40),
            [Span::new(24, 32), Span::new(32, 64)]
        );
        assert_eq!(strands.grains(), 24);
        assert_eq!(strands.give_back(100), [Span::new(0, 24)]);
        assert_eq!(strands.give_back(1), []);
    }

    proptest! {
        /// Whatever is done, every grain is in one place.
        #[test]
        fn nothing_is_lost(start in 0u64..1_000, length in 0u64..5_000, steps in prop::collection::vec((0u8..4, 0u64..2_000), 0..60)) {
            let whole = Span::new(start, start + length);
            let mut strands = Strands::new(whole);
            let (mut taken, mut end) = (SpanSet::new(), whole.end);
            for (what, n) in steps {
                if strands.is_empty() {
                    break;
                }
                match what {
                    0 => {
                        let which = strands.split();
                        let span = strands.take(which, n);
                        prop_assert_eq!(taken.insert(span), span.len());
                    }
                    1 => {
                        let span = strands.take(0, n);
                        prop_assert!(span.len() <= n.max(1));
                        prop_assert_eq!(taken.insert(span), span.len());
                    }
                    2 => {
                        let before = strands.grains();
                        let back: u64 = strands.give_back(n).into_iter().map(|span| taken.insert(span)).sum();
                        prop_assert_eq!(back, n.min(before));
                    }
                    _ => {
                        let before = strands.grains();
                        prop_assert_eq!(strands.cut(start + 2 * n), before - strands.grains());
                        end = end.min(start + 2 * n);
                    }
                }
            }
            while !strands.is_empty() {
                let span = strands.take(0, 100);
                prop_assert!(span.end <= end);
                prop_assert_eq!(taken.insert(span), span.len());
            }
            // What was cut may have been taken before.
            prop_assert!(taken.grains() >= end.saturating_sub(start).min(length));
        }

        /// Workers that go on where they were jump seldom, and none waits while there is something.
        #[test]
        fn workers_jump_seldom(workers in 1usize..9, length in 1u64..20_000, turns in prop::collection::vec(0usize..9, 64)) {
            let mut strands = Strands::new(Span::new(0, length));
            let mut reached = vec![u64::MAX; workers];
            let (mut jumps, mut turn) = (0, turns.iter().cycle());
            while !strands.is_empty() {
                let me = turn.next().unwrap() % workers;
                let which = strands.at(reached[me]).or_else(|| {
                    jumps += 1;
                    strands.unclaimed(&reached)
                });
                let which = which.unwrap_or_else(|| strands.split());
                reached[me] = strands.take(which, 1).end;
                prop_assert!(strands.runs.len() <= workers);
            }
            let bound = workers as u64 * (2 + u64::from(length.ilog2()));
            prop_assert!(jumps <= 2 * bound, "{} jumps", jumps);
        }
    }
}
