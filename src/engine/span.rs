//! Contiguous runs of grains, and sets of grains stored as such runs.

use std::collections::BTreeMap;

/// A contiguous run of grains `start..end`; never empty when it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first grain.
    pub start: u64,
    /// One past the last grain.
    pub end: u64,
}

impl Span {
    /// The run `start..end`.
    ///
    /// # Panics
    /// In debug builds, when `end < start`.
    pub fn new(start: u64, end: u64) -> Self {
        debug_assert!(start <= end, "span {start}..{end} runs backwards");
        Span { start, end }
    }

    /// How many grains it has.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether it has no grain.
    pub fn is_empty(&self) -> bool {
        self.end == self.start
    }

    /// Whether `grain` is in it.
    pub fn contains(&self, grain: u64) -> bool {
        self.start <= grain && grain < self.end
    }

    /// The grains in both, if any.
    pub fn intersect(&self, other: Span) -> Option<Span> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Span { start, end })
    }
}

/// An end near `start + want`, on a multiple of the largest power of two up to `slack`: fewer, larger nodes.
pub fn aligned_end(start: u64, want: u64, slack: u64) -> u64 {
    let unit = 1u64 << (63 - slack.max(1).leading_zeros());
    let end = start.saturating_add(want) / unit * unit;
    if end > start {
        end
    } else {
        start.saturating_add(want)
    }
}

/// A set of grains. Its memory grows with the number of gaps, not of grains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanSet {
    /// Start to end; runs neither touch nor overlap.
    runs: BTreeMap<u64, u64>,
    grains: u64,
}

impl SpanSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many grains are in the set.
    pub fn grains(&self) -> u64 {
        self.grains
    }

    /// Whether no grain is in the set.
    pub fn is_empty(&self) -> bool {
        self.grains == 0
    }

    /// How many runs store the set.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The runs, left to right.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Span> + '_ {
        self.runs.iter().map(|(&start, &end)| Span { start, end })
    }

    /// The leftmost run.
    pub fn first(&self) -> Option<Span> {
        self.iter().next()
    }

    /// The run that holds `grain`, or else the next one to its right.
    pub fn at_or_after(&self, grain: u64) -> Option<Span> {
        self.holding(grain).or_else(|| {
            let (&start, &end) = self.runs.range(grain..).next()?;
            Some(Span { start, end })
        })
    }

    /// The run that holds `grain`.
    pub fn holding(&self, grain: u64) -> Option<Span> {
        let (&start, &end) = self.runs.range(..=grain).next_back()?;
        (grain < end).then_some(Span { start, end })
    }

    /// Whether every grain of `span` is in the set.
    pub fn covers(&self, span: Span) -> bool {
        span.is_empty()
            || self
                .holding(span.start)
                .is_some_and(|run| run.end >= span.end)
    }

    /// The parts of `span` that are in the set, left to right.
    pub fn within(&self, span: Span) -> Vec<Span> {
        self.overlapping(span)
            .filter_map(|run| run.intersect(span))
            .collect()
    }

    /// The parts of `span` that are not in the set, left to right.
    pub fn missing(&self, span: Span) -> Vec<Span> {
        let mut out = Vec::new();
        let mut from = span.start;
        for run in self.overlapping(span) {
            if run.start > from {
                out.push(Span::new(from, run.start));
            }
            from = from.max(run.end);
        }
        if from < span.end {
            out.push(Span::new(from, span.end));
        }
        out
    }

    /// Adds `span`; returns how many of its grains were new.
    pub fn insert(&mut self, span: Span) -> u64 {
        if span.is_empty() {
            return 0;
        }
        let before = self.grains;
        let (mut start, mut end) = (span.start, span.end);
        // Runs that touch count too, so that neighbours merge.
        while let Some((&s, &e)) = self.runs.range(..=end).next_back() {
            if e < start {
                break;
            }
            self.runs.remove(&s);
            self.grains -= e - s;
            start = start.min(s);
            end = end.max(e);
        }
        self.runs.insert(start, end);
        self.grains += end - start;
        self.grains - before
    }

    /// Takes `span` out; returns how many of its grains were there.
    pub fn remove(&mut self, span: Span) -> u64 {
        if span.is_empty() {
            return 0;
        }
        let mut gone = 0;
        while let Some((&s, &e)) = self.runs.range(..span.end).next_back() {
            if e <= span.start {
                break;
            }
            self.runs.remove(&s);
            if e > span.end {
                self.runs.insert(span.end, e);
            }
            if s < span.start {
                self.runs.insert(s, span.start);
            }
            gone += e.min(span.end) - s.max(span.start);
        }
        self.grains -= gone;
        gone
    }

    fn overlapping(&self, span: Span) -> impl Iterator<Item = Span> + '_ {
        let from = self.holding(span.start).map_or(span.start, |run| run.start);
        self.runs
            .range(from..span.end.max(from))
            .map(|(&start, &end)| Span { start, end })
    }
}

impl FromIterator<Span> for SpanSet {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut set = SpanSet::new();
        for span in spans {
            set.insert(span);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_array(ops in prop::collection::vec((any::<bool>(), 0u64..40, 0u64..40), 0..60)) {
            let mut plain = [false; 40];
            let mut set = SpanSet::new();
            for (add, a, b) in ops {
                let span = Span::new(a.min(b), a.max(b));
                let inside: Vec<u64> = (span.start..span.end).filter(|&g| plain[g as usize]).collect();
                let missing: u64 = set.missing(span).iter().map(Span::len).sum();
                let within: u64 = set.within(span).iter().map(Span::len).sum();
                prop_assert_eq!(missing, span.len() - inside.len() as u64);
                prop_assert_eq!(within, inside.len() as u64);
                prop_assert_eq!(set.covers(span), inside.len() as u64 == span.len());
                let changed = if add { set.insert(span) } else { set.remove(span) };
                prop_assert_eq!(changed, if add { missing } else { within });
                plain[span.start as usize..span.end as usize].fill(add);
                prop_assert_eq!(set.grains(), plain.iter().filter(|&&x| x).count() as u64);
                let runs: Vec<Span> = set.iter().collect();
                prop_assert!(runs.windows(2).all(|w| w[0].end < w[1].start));
                for g in 0..40 {
                    prop_assert_eq!(set.holding(g).is_some(), plain[g as usize]);
                }
            }
        }
    }
}
