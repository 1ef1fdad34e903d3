//! Events of a run of any length in bounded memory: neighbours become one when there are too many.

use serde::{Deserialize, Serialize};

/// The first resolution, in nanoseconds.
const LEAST: u64 = 1000;
/// Where nothing is alike within this, it never is.
const ENOUGH: u64 = 1 << 20;

/// Something that took some time.
pub trait Event {
    /// When it began, in nanoseconds.
    fn began(&self) -> u64;

    /// When it was over.
    fn ended(&self) -> u64;

    /// Whether it and what came after it may be one without anything being wrong.
    fn is_alike(&self, next: &Self) -> bool;

    /// What came after it becomes part of it, alike or not.
    fn absorb(&mut self, next: Self);
}

/// Events in the order in which they ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounded<T> {
    most: usize,
    /// Alike neighbours that last no longer than this together are one.
    resolution: u64,
    /// Or any neighbours, where those that differ alternate.
    any: bool,
    events: Vec<T>,
}

impl<T: Event> Bounded<T> {
    /// At most so many.
    pub fn new(most: usize) -> Self {
        Bounded {
            most: most.max(4),
            resolution: 0,
            any: false,
            events: Vec::new(),
        }
    }

    /// One more.
    pub fn push(&mut self, event: T) {
        match self.events.last_mut() {
            Some(last) if self.resolution > 0 && joins(last, &event, self.resolution, self.any) => {
                last.absorb(event)
            }
            _ => self.events.push(event),
        }
        while self.events.len() > self.most {
            self.resolution = self.resolution.saturating_mul(2).max(LEAST);
            self.compact();
            // Where neighbours differ time alone is little help.
            if !self.any && self.resolution >= ENOUGH && self.events.len() > self.most / 4 * 3 {
                self.any = true;
                self.compact();
            }
        }
    }

    fn compact(&mut self) {
        let mut kept: Vec<T> = Vec::with_capacity(self.events.len());
        for event in std::mem::take(&mut self.events) {
            match kept.last_mut() {
                Some(last) if joins(last, &event, self.resolution, self.any) => last.absorb(event),
                _ => kept.push(event),
            }
        }
        self.events = kept;
    }

    /// Neighbours that last no longer than this together, in nanoseconds, may have become one; 0 for none.
    pub fn resolution(&self) -> u64 {
        self.resolution
    }

    /// All of them.
    pub fn events(&self) -> &[T] {
        &self.events
    }
}

fn joins<T: Event>(last: &T, event: &T, resolution: u64, any: bool) -> bool {
    (any || last.is_alike(event)) && event.ended().saturating_sub(last.began()) <= resolution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Slice {
        kind: u8,
        from: u64,
        to: u64,
        count: u64,
    }

    impl Event for Slice {
        fn began(&self) -> u64 {
            self.from
        }
        fn ended(&self) -> u64 {
            self.to
        }
        fn is_alike(&self, next: &Self) -> bool {
            self.kind == next.kind
        }
        fn absorb(&mut self, next: Self) {
            (self.to, self.count) = (next.to, self.count + next.count);
        }
    }

    fn filled(n: u64, kinds: u64) -> Bounded<Slice> {
        let mut all = Bounded::new(100);
        for i in 0..n {
            let (from, to, kind) = (i * 5000, i * 5000 + 4000, (i % kinds) as u8);
            all.push(Slice {
                kind,
                from,
                to,
                count: 1,
            });
        }
        all
    }

    #[test]
    fn few_are_kept_as_they_are() {
        let all = filled(100, 1);
        assert_eq!((all.events().len(), all.resolution()), (100, 0));
    }

    #[test]
    fn many_are_merged_and_none_is_lost() {
        for kinds in [1, 2] {
            let all = filled(100_000, kinds);
            let n = all.events().len();
            assert!((20..=100).contains(&n) && all.resolution() > 0, "{n}");
            assert_eq!(all.events().iter().map(|e| e.count).sum::<u64>(), 100_000);
            let in_order = all.events().windows(2).all(|w| w[0].to <= w[1].from);
            assert!(in_order);
        }
    }
}
