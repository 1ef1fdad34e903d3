//! What many digests ask of the candidates of a plan.

use super::{
    path::Path,
    plan::{Plan, last_use},
    set::Set,
    undo::Ends,
};

/// For each digest the word that a candidate is compared with at [`Reach::Use`](super::reach::Reach::Use), and on the
/// way to it what need not be undone again.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    set: Set,
    /// The first step that was undone, and the keys that were used; none at the start.
    of: Option<(usize, [u32; 64])>,
    /// The states before step `from`: the steps from there on had the same keys the last times. None at the start.
    partway: Vec<Ends>,
    from: usize,
}

impl Asked {
    /// Nothing yet; for digests of so many sides.
    pub(super) fn new(sides: usize) -> Self {
        Self {
            set: Set::new(sides),
            of: None,
            partway: Vec::new(),
            from: 0,
        }
    }

    /// Works it out for the plan, in which `word` varies, unless that asks for the same as the last one.
    pub(super) fn ask(&mut self, path: Path, plan: &Plan, word: usize, ends: &[Ends]) {
        let first = last_use(word);
        let changed = match &self.of {
            Some((same, keys)) if *same == first => (first..64)
                .rev()
                .find(|&step| keys[step] != plan.keys[step]),
            _ => Some(63),
        };
        let Some(changed) = changed else {
            return;
        };
        if changed >= self.from {
            self.partway.clear();
            self.partway.extend_from_slice(ends);
            self.from = 64;
        }
        if changed + 1 < self.from {
            path.undo(plan, changed + 1..self.from, &mut self.partway);
            self.from = changed + 1;
        }
        path.ask(plan, first..self.from, &self.partway, &mut self.set);
        self.of = Some((first, plan.keys));
    }

    /// The words, plus the varied word.
    pub(super) fn set(&self) -> &Set {
        &self.set
    }
}
