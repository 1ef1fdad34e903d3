//! Which message word to vary for numbers of one length.

use super::plan::forward_steps;

/// Largest place value of the varied word: its tail fits the two message words after it, and no
/// window passes over more tails than this for nothing.
const MAX_PLACE: u64 = 100_000;

/// Preparing a plan takes about as long as testing this many candidates.
pub(super) const PLAN_COST: u64 = 16;

/// Candidates that the last, incomplete group of a scan wastes on average, about.
const ROUNDING_COST: u64 = 24;

/// A split of the digits of a number: head, varied word, tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Digits of the whole number.
    pub(super) length: usize,
    /// The message word that varies.
    pub(super) word: usize,
    /// Digits in the varied word.
    pub(super) digits: usize,
    /// Place value of the last digit of the varied word: how many tails there are.
    pub(super) place: u64,
}

impl Layout {
    /// The split with `word` varying, or none where the place value would be too large.
    pub(super) fn varying(word: usize, length: usize) -> Option<Self> {
        let rest = length.checked_sub(4 * word).filter(|&rest| rest > 0)?;
        let digits = rest.min(4);
        let tail = (rest - digits) as u32;
        let place = 10u64
            .checked_pow(tail)
            .filter(|&place| place <= MAX_PLACE)?;
        Some(Self {
            length,
            word,
            digits,
            place,
        })
    }

    /// The fastest split for a window of `count` numbers of `length` digits.
    pub(super) fn fastest(length: usize, count: u64) -> Self {
        (0..length.div_ceil(4))
            .filter_map(|word| Self::varying(word, length))
            .min_by_key(|layout| layout.cost(count))
            .expect("the last word has no tail")
    }

    /// Values of the varied word.
    pub(super) fn values(self) -> u64 {
        10u64.pow(self.digits as u32)
    }

    /// How many numbers share a head.
    pub(super) fn span(self) -> u64 {
        self.values() * self.place
    }

    /// Relative time for a window of `count` numbers: steps times (real or equivalent) candidates.
    fn cost(self, count: u64) -> u64 {
        let per_scan = (count / self.place).clamp(1, self.values());
        let scans = count.div_ceil(per_scan).max(self.place);
        scans * (per_scan + ROUNDING_COST + PLAN_COST) * forward_steps(self.word) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varies_a_full_scan_for_every_length() {
        for length in 1..=39 {
            let layout = Layout::fastest(length, 1 << 24);
            assert!(layout.values() >= 1000 || length < 3, "{layout:?}");
            assert!(layout.place * 500 < 1 << 24, "{layout:?}");
            assert!(4 * layout.word + layout.digits <= length);
        }
    }

    #[test]
    fn prefers_words_with_few_steps_where_the_window_allows_it() {
        // 43 steps for the first word and 49 for the second; tails of 4 digits need many numbers.
        assert_eq!(Layout::fastest(8, 1 << 24).word, 0);
        assert_eq!(Layout::fastest(8, 1 << 16).word, 1);
        // 45 steps for the fourth word, though only partly filled, and 55 for the third.
        assert_eq!(Layout::fastest(15, 1 << 20).word, 3);
        assert_eq!(Layout::fastest(14, 1 << 20).word, 2);
    }
}
