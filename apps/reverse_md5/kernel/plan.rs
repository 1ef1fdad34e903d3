//! Everything about a block that does not depend on the varied word, worked out ahead.
//!
//! A [`Plan`] is for one target digest and one varied message word. It keeps the keys of all
//! steps, the state before the varied word is first used, and the constants of the meeting point:
//! what is left of the target after its last steps have been undone. See the README of this
//! folder for the derivation.

use std::ops::Range;

use super::rounds::{CONSTANTS, INITIAL, STEPS_USING, backward, forward, mix, rotation, word_of};

/// Message words that can hold digits: 39 digits reach into the tenth.
pub(super) const DIGIT_WORDS: usize = 10;

/// The last step that uses message word `word`.
pub(super) const fn last_use(word: usize) -> usize {
    STEPS_USING[word][3]
}

/// The last step to run forward when `word` varies; its result is compared with what [`Meet`] gives.
pub(super) const fn meeting_step(word: usize) -> usize {
    last_use(word) - 6
}

/// How many steps run forward for each candidate when `word` varies.
pub(super) const fn forward_steps(word: usize) -> usize {
    meeting_step(word) + 1 - word
}

// The three steps undone from `last_use` down must use the varied word only in the first.
const _: () = {
    let mut word = 0;
    while word < DIGIT_WORDS {
        let last = last_use(word);
        assert!(word_of(last - 1) != word && word_of(last - 2) != word);
        assert!(meeting_step(word) > word + 4);
        word += 1;
    }
};

/// What the target says of the state around the last use of the varied word, at step `s`.
///
/// With `q[i]` the word of state made by step `i`, the candidate `w` fits the target only if
/// ```text
/// q[s-4] = near - w
/// q[s-5] = middle - mix(s-1, q2, q3, q[s-4])
/// q[s-6] = far - mix(s-2, q3, q[s-4], q[s-5])
/// ```
///
/// The words are `[near, middle, far, q2, q3]`, `q2` being `q[s-2]` and `q3` being `q[s-3]`.
pub(super) type Meet = [u32; 5];

/// The part of the search for one target that is common to all values of one message word.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// What is added in each step: its constant and its message word, the varied word taken as 0.
    /// In the four steps from the first use on, it also has the part of the state that does not
    /// vary yet: `a`, and in the first of them the round function.
    pub(super) keys: [u32; 64],
    /// State before the first use of the varied word.
    pub(super) start: [u32; 4],
    pub(super) meet: Meet,
    words: [u32; 16],
    end: [u32; 4],
}

impl Plan {
    /// A plan for the target digest of these words, with all message words 0.
    pub(super) fn new(target: [u32; 4]) -> Self {
        let mut end = target;
        for (word, initial) in end.iter_mut().zip(INITIAL) {
            *word = word.wrapping_sub(initial);
        }
        Self {
            keys: CONSTANTS,
            start: INITIAL,
            meet: [0; 5],
            words: [0; 16],
            end,
        }
    }

    /// Sets the whole message block, in which what varies is 0.
    pub(super) fn set_block(&mut self, varied: usize, block: &[u8; 64]) {
        self.set_words(varied, block, 0..16);
    }

    /// Takes over the message words in which the block differs from the one before.
    pub(super) fn set_words(&mut self, varied: usize, block: &[u8; 64], words: Range<usize>) {
        for word in words {
            self.set_word(word, block);
        }
        let keys = &self.keys;
        self.start = (0..varied).fold(INITIAL, |state, step| forward(state, step, keys[step]));
        self.finish(varied);
    }

    fn set_word(&mut self, word: usize, block: &[u8; 64]) {
        let value = u32::from_le_bytes(block.as_chunks().0[word]);
        self.words[word] = value;
        for step in STEPS_USING[word] {
            self.keys[step] = CONSTANTS[step].wrapping_add(value);
        }
    }

    /// Folds the start into the keys after it, and undoes the last steps.
    fn finish(&mut self, varied: usize) {
        let [a, b, c, d] = self.start;
        let constants = [a.wrapping_add(mix(varied, b, c, d)), d, c, b];
        for (step, constant) in (varied..).zip(constants) {
            self.keys[step] = CONSTANTS[step]
                .wrapping_add(self.words[step])
                .wrapping_add(constant);
        }

        let last = last_use(varied);
        let mut state = self.end;
        for step in (last + 1..64).rev() {
            state = backward(state, step, self.keys[step]);
        }
        // Now the state is [q[s-3], q[s], q[s-1], q[s-2]].
        let [q3, _, q1, q2] = state;
        let [near, ..] = backward(state, last, self.keys[last]);
        let undo = |step: usize, new: u32, b: u32| {
            new.wrapping_sub(b)
                .rotate_right(rotation(step))
                .wrapping_sub(self.keys[step])
        };
        self.meet = [near, undo(last - 1, q1, q2), undo(last - 2, q2, q3), q2, q3];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_are_those_of_the_readme() {
        let steps: [usize; DIGIT_WORDS] = std::array::from_fn(forward_steps);
        assert_eq!(steps, [43, 49, 55, 45, 51, 41, 47, 37, 43, 49]);
    }
}
