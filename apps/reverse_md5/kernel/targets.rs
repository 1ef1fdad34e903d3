//! The digests that are searched for.

use std::collections::HashMap;

use super::{
    Digest,
    rounds::INITIAL,
    set::{SIDE, Set},
    undo::Ends,
};

/// Digests, all different, with what is prepared of them once.
#[derive(Clone, Debug)]
pub struct Targets {
    digests: Vec<Digest>,
    positions: HashMap<Digest, u32>,
    ends: Vec<Ends>,
    first_words: Set,
}

impl Targets {
    /// Those digests. A digest that comes twice is found at its last position.
    pub fn new(digests: Vec<Digest>) -> Self {
        let mut targets = Self {
            positions: HashMap::new(),
            ends: Vec::new(),
            first_words: Set::new(0),
            digests,
        };
        // One is searched for without all that.
        if targets.digests.len() != 1 {
            targets.prepare();
        }
        targets
    }

    fn prepare(&mut self) {
        let positions = self.digests.iter().zip(0..);
        self.positions = positions.map(|(&digest, at)| (digest, at)).collect();
        for digests in self.digests.chunks(SIDE) {
            let mut ends = [[0; SIDE]; 4];
            // What is left over asks for the last digest again.
            let last = digests.last().into_iter().cycle();
            for (lane, digest) in digests.iter().chain(last).take(SIDE).enumerate() {
                let words = digest.words().into_iter().zip(INITIAL);
                for (end, (word, initial)) in ends.iter_mut().zip(words) {
                    end[lane] = word.wrapping_sub(initial);
                }
            }
            self.ends.push(ends);
        }
        self.first_words = Set::new(self.ends.len());
        for ends in &self.ends {
            self.first_words.put(ends[0]);
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.digests.len()
    }

    /// The only digest, if there is one only.
    pub(super) fn only(&self) -> Option<Digest> {
        match self.digests[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Which of them the digest is.
    pub(super) fn position(&self, digest: Digest) -> Option<u32> {
        match self.only() {
            Some(only) => (only == digest).then_some(0),
            None => self.positions.get(&digest).copied(),
        }
    }

    /// The states after the last step, where there are several digests.
    pub(super) fn ends(&self) -> &[Ends] {
        &self.ends
    }

    /// The words of state that step 60 makes, where there are several digests.
    pub(super) fn first_words(&self) -> &Set {
        &self.first_words
    }
}
