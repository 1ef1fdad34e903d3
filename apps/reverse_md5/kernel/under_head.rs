//! The search of the candidates that have one head: a scan for each tail.

use std::ops::{ControlFlow, Range};

use super::{
    layout::{Layout, PLAN_COST},
    reach::Reach,
    searcher::Searcher,
    space::Shape,
};

/// Candidates that have the same head.
pub(super) struct UnderHead<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) layout: Layout,
    /// How candidates are compared with many digests, if there are many.
    pub(super) reach: Option<Reach>,
    pub(super) head: u128,
    /// The number of the first of them.
    pub(super) first: u128,
}

impl UnderHead<'_> {
    /// The search of those from `begin` up to and without `end` that have one of the tails; breaks when
    /// stopped or nothing else is to be found.
    pub(super) fn search(
        &self,
        searcher: &mut Searcher,
        tails: Range<u64>,
        (begin, mut end): (u64, u64),
        stop: &impl Fn() -> bool,
    ) -> ControlFlow<()> {
        let (shape, layout) = (self.shape, self.layout);
        let Layout { word, place, .. } = layout;
        let mut block = [0; 64];
        shape.write_head(layout, self.head, &mut block);
        searcher.plan.set_block(word, &block);

        let mut found = ControlFlow::Continue(());
        for tail in tails {
            // The values of the word that, with this tail, make candidates in the window.
            let values = value_at(begin, place, tail)..value_at(end, place, tail);
            searcher.since_stop += PLAN_COST;
            if !values.is_empty() {
                let words = shape.write_tail(layout, tail, &mut block);
                searcher.plan.set_words(word, &block, words);
                if self.reach == Some(Reach::Use) {
                    searcher.ask(word);
                }
                let scan = Scan {
                    under: self,
                    block: &block,
                    tail,
                };
                if let Some(hit) = scan.run(searcher, values, stop)? {
                    // Only a smaller one can be better now.
                    found = ControlFlow::Break(());
                    end = hit;
                }
            }
            searcher.go_on_at_times(stop)?;
        }
        found
    }
}

/// The candidates that have the same tail as well.
struct Scan<'a> {
    under: &'a UnderHead<'a>,
    /// Without what varies.
    block: &'a [u8; 64],
    tail: u64,
}

impl Scan<'_> {
    /// Scans those with these values of the varied word; breaks when stopped. Gives the place of the
    /// first hit under this head if no other is wanted.
    fn run(
        &self,
        searcher: &mut Searcher,
        mut values: Range<u64>,
        stop: &impl Fn() -> bool,
    ) -> ControlFlow<(), Option<u64>> {
        let UnderHead {
            shape,
            layout,
            reach,
            first,
            ..
        } = *self.under;
        let (table, stride) = (shape.table(layout), searcher.path.stride());
        while !values.is_empty() {
            let count = (values.end - values.start).min(stride);
            let rest = &table[values.start as usize..];
            let scanned = searcher.scan(layout.word, reach, rest, count as usize);
            let passed = scanned.map_or(count, |index| index as u64);
            searcher.since_stop += passed;
            values.start += passed;
            if scanned.is_some() {
                let offset = values.start * layout.place + self.tail;
                let text = self.text(table[values.start as usize]);
                let number = first + u128::from(offset);
                if searcher.verify(number, &text[..layout.length]).is_break() {
                    return ControlFlow::Continue(Some(offset));
                }
                values.start += 1;
            } else {
                searcher.go_on_at_times(stop)?;
            }
        }
        ControlFlow::Continue(None)
    }

    /// The block with that varied word.
    fn text(&self, varied: u32) -> [u8; 64] {
        let mut text = *self.block;
        let word = &mut text[4 * self.under.layout.word..];
        for (byte, more) in word.iter_mut().zip(varied.to_le_bytes()) {
            *byte |= more;
        }
        text
    }
}

/// The least value with `value * place + tail >= offset`.
fn value_at(offset: u64, place: u64, tail: u64) -> u64 {
    offset / place + u64::from(tail < offset % place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Digest, Path, Space, Targets, decimal};
    use std::sync::Arc;

    /// The cost model uses some layouts only for windows that are too long for a test.
    #[test]
    fn every_layout_of_every_length_finds_its_numbers() {
        for path in Path::available() {
            for length in 1..=decimal::MAX_DIGITS {
                let shape = Shape::Decimal(length);
                for layout in (0..10).filter_map(|word| shape.layout(word)) {
                    for reach in [None, Some(Reach::Use), Some(Reach::End)] {
                        check(path, shape, layout, reach);
                    }
                }
            }
        }
    }

    fn check(path: Path, shape: Shape<'_>, layout: Layout, reach: Option<Reach>) {
        let span = u128::from(layout.span());
        let high = decimal::last_of_length(10u128.pow(shape.length() as u32 - 1));
        let n = high - high / 7;
        let (head, offset) = (n / span, (n % span) as u64);
        let mut digests = vec![Digest::of_decimal(n)];
        if reach.is_some() {
            // Another one that the window has not, so that there are several.
            digests.push(Digest::of_bytes(b"no number"));
        }
        let space = Arc::new(Space::Decimal);
        let mut searcher = Searcher::over(space, Arc::new(Targets::new(digests)), path);
        let mut find = |begin, end| {
            let first = head * span;
            let under = UnderHead {
                shape,
                layout,
                reach,
                head,
                first,
            };
            searcher.hits.clear();
            let _ = under.search(&mut searcher, 0..layout.place, (begin, end), &|| false);
            searcher.hits.last().map(|hit| (hit.index, hit.target))
        };
        let (low, high) = (offset.saturating_sub(3), (offset + 4).min(layout.span()));
        let what = (path, layout, reach);
        assert_eq!(find(low, high), Some((n, 0)), "{what:?}");
        assert_eq!(find(offset, offset + 1), Some((n, 0)), "{what:?}");
        assert_eq!(find(low, offset), None, "{what:?}");
        assert_eq!(find(offset + 1, high), None, "{what:?}");
    }
}
