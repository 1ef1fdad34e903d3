//! How far candidates run forward when they are compared with many digests.

use super::plan::last_use;

/// Where candidates are compared with a set of words, one of each digest.
///
/// With one digest they are compared before the last use of the varied word: the steps in between
/// are undone for each candidate, which is too much for many digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Just before the varied word is used last. That step and those after it are undone for every digest, once a
    /// plan, as if the varied word were 0: the word of state before it and the varied word add up to the same for all
    /// candidates.
    Use,
    /// Where the first word of the digest is made: the set is the same in all plans.
    End,
}

impl Reach {
    /// For constants that macros choose by.
    pub(super) const fn of(end: bool) -> Self {
        if end { Self::End } else { Self::Use }
    }

    /// The last step that runs forward when `word` varies; the word of state that it makes is compared, at
    /// [`Reach::Use`] plus the varied word.
    pub(super) const fn last_step(self, word: usize) -> usize {
        match self {
            // The four steps after it have words of state as results that the digest gives as well.
            Self::Use => last_use(word) - 4,
            Self::End => 60,
        }
    }
}
