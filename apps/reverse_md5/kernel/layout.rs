//! Which message word to vary for candidates of one length.

use std::ops::Range;

use super::{
    plan::{forward_steps, last_use},
    reach::Reach,
    space::Shape,
};

/// Largest place value of the varied word: no window passes over more tails than this for nothing.
pub(super) const MAX_PLACE: u64 = 100_000;

/// Preparing a plan takes about as long as testing this many candidates.
pub(super) const PLAN_COST: u64 = 16;

/// Candidates that the last, incomplete group of a scan wastes on average, about.
const ROUNDING_COST: u64 = 24;

/// What asking a set takes, in steps of a candidate.
const SET_COST: u64 = 4;

/// A split of what makes a candidate: head, varied word, tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes of the whole candidate.
    pub(super) length: usize,
    /// The message word that varies.
    pub(super) word: usize,
    /// Bytes that vary in it.
    pub(super) digits: usize,
    /// How far apart candidates are whose varied words are neighbours: how many tails there are.
    pub(super) place: u64,
    /// Values of the varied word.
    pub(super) values: u64,
}

/// How many digests are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Many {
    /// So many.
    pub(super) digests: u64,
    /// What undoing the last steps for one of them takes, in steps of a candidate.
    pub(super) undo_cost: u64,
}

impl Layout {
    /// The fastest split for a window of `count` candidates of one shape.
    pub(super) fn fastest(shape: Shape<'_>, count: u64) -> Self {
        layouts(shape)
            .min_by_key(|layout| {
                layout.scans(count) * layout.steps(count, forward_steps(layout.word), 0)
            })
            .expect("every shape has a word without tails")
    }

    /// The same where candidates are compared with a set.
    pub(super) fn fastest_of_many(shape: Shape<'_>, count: u64, many: Many) -> (Self, Reach) {
        layouts(shape)
            .flat_map(|layout| [(layout, Reach::Use), (layout, Reach::End)])
            .min_by_key(|(layout, reach)| {
                let steps = reach.last_step(layout.word) + 1 - layout.word;
                let undone = match reach {
                    Reach::Use => layout.asked(shape, count) * many.digests * many.undo_cost,
                    Reach::End => 0,
                };
                layout.scans(count) * layout.steps(count, steps, SET_COST) + undone
            })
            .expect("every shape has a word without tails")
    }

    /// Whether what many digests ask of a plan depends on what any of these words has besides what varies: they are
    /// used in the step that uses the varied word last, or after it.
    fn asks(self, mut words: Range<usize>) -> bool {
        words.any(|word| last_use(word) >= last_use(self.word))
    }

    /// Whether many digests ask the same under all heads, but not of all tails.
    pub(super) fn asks_tails_alone(self, shape: Shape<'_>) -> bool {
        self.asks(shape.tail_words(self)) && !self.asks(shape.head_words(self))
    }

    /// How often the last steps are undone in a window of `count` candidates.
    fn asked(self, shape: Shape<'_>, count: u64) -> u64 {
        let heads = match self.asks(shape.head_words(self)) {
            true => count.div_ceil(self.span()),
            false => 1,
        };
        let tails = match self.asks(shape.tail_words(self)) {
            true => self.place,
            false => 1,
        };
        heads * tails
    }

    /// How many candidates share a head.
    pub(super) fn span(self) -> u64 {
        self.values * self.place
    }

    /// Candidates of a scan, in a window of `count`.
    fn per_scan(self, count: u64) -> u64 {
        (count / self.place).clamp(1, self.values)
    }

    /// Scans of a window of `count` candidates.
    fn scans(self, count: u64) -> u64 {
        count.div_ceil(self.per_scan(count)).max(self.place)
    }

    /// Relative time for a scan: steps times (real or equivalent) candidates.
    fn steps(self, count: u64, steps: usize, more: u64) -> u64 {
        (self.per_scan(count) + ROUNDING_COST + PLAN_COST) * (steps as u64 + more)
    }
}

fn layouts(shape: Shape<'_>) -> impl Iterator<Item = Layout> {
    (0..shape.length().div_ceil(4)).filter_map(move |word| shape.layout(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::space::Strings;

    fn decimal(length: usize, count: u64) -> Layout {
        Layout::fastest(Shape::Decimal(length), count)
    }

    #[test]
    fn varies_a_full_scan_for_every_length() {
        for length in 1..=39 {
            let layout = decimal(length, 1 << 24);
            assert!(layout.values >= 1000 || length < 3, "{layout:?}");
            assert!(layout.place * 500 < 1 << 24, "{layout:?}");
            assert!(4 * layout.word + layout.digits <= length);
        }
    }

    #[test]
    fn prefers_words_with_few_steps_where_the_window_allows_it() {
        // 43 steps for the first word and 49 for the second; tails of 4 digits need many numbers.
        assert_eq!(decimal(8, 1 << 24).word, 0);
        assert_eq!(decimal(8, 1 << 16).word, 1);
        // 45 steps for the fourth word, though only partly filled, and 55 for the third.
        assert_eq!(decimal(15, 1 << 20).word, 3);
        assert_eq!(decimal(14, 1 << 20).word, 2);
    }

    #[test]
    fn strings_vary_their_first_word_where_it_has_enough_values() {
        let strings = |text: &str| {
            let sets = text.bytes().map(|byte| match byte {
                b'd' => b"0123456789".to_vec(),
                _ => vec![byte],
            });
            Strings::new(sets.collect()).expect("few candidates")
        };
        for (mask, word) in [
            ("dddddddd", 0),
            ("d", 0),
            ("xxxxdddd", 1),
            ("xxxddddd", 1),
            ("dxxxddddd", 1),
            ("xxxxxxxxxxxxdddd", 3),
            ("xxxx", 0),
        ] {
            let strings = strings(mask);
            let layout = Layout::fastest(Shape::Strings(&strings), 1 << 24);
            assert_eq!(layout.word, word, "{mask}");
        }
    }

    /// The fourth round uses the words in the order 0 7 14 5 12 3 10 1 8 15 6 13 4 11 2 9.
    #[test]
    fn what_digests_ask_depends_on_words_that_are_used_later() {
        let counts = |shape: Shape<'_>| {
            let asked = layouts(shape).map(|layout| layout.asked(shape, 1 << 24));
            asked.collect::<Vec<_>>()
        };
        // The second word under its 100 tails, and the third, which has no tail, once.
        assert_eq!(counts(Shape::Decimal(10)), [100, 1]);
        let digits = Strings::new(vec![b"0123456789".to_vec(); 10]).expect("few candidates");
        // The first word for each that are behind it, the second for each third, of which there is one.
        assert_eq!(counts(Shape::Strings(&digits)), [1678, 1]);
        // Two characters of the only word vary, and the other two belong to the heads.
        let printable = Strings::new(vec![(b' '..=b'~').collect(); 4]).expect("few candidates");
        assert_eq!(counts(Shape::Strings(&printable)), [1859]);
    }

    #[test]
    fn many_digests_are_undone_only_where_scans_are_worth_it() {
        let reach = |digests, count| {
            let many = Many {
                digests,
                undo_cost: 60,
            };
            Layout::fastest_of_many(Shape::Decimal(10), count, many).1
        };
        for digests in [10, 1000] {
            assert_eq!(reach(digests, 1 << 24), Reach::Use);
        }
        assert_eq!(reach(100_000, 1 << 24), Reach::End);
        assert_eq!(reach(100, 1000), Reach::End);
    }
}
