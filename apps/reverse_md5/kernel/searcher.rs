//! The search of a window: cut by length and head, then one scan for each tail.

use std::ops::ControlFlow;

use super::{
    Digest, decimal,
    layout::{Layout, PLAN_COST},
    path::Path,
    plan::Plan,
};

/// Windows up to this many numbers are hashed one by one.
const SMALL: u128 = 2;

/// Longer windows are searched in chunks of this many numbers. A chunk is not searched in
/// numerical order, so this bounds the work done beyond the first hit.
pub(super) const CHUNK: u128 = 1 << 24;

/// Searches windows of numbers for one digest; made once for a thread and used for any number of
/// windows.
#[derive(Clone, Debug)]
pub struct Searcher {
    target: Digest,
    path: Path,
    plan: Plan,
}

impl Searcher {
    /// A searcher for `target` on the instruction set of this process ([`grange::isa::current`]).
    pub fn new(target: Digest) -> Self {
        Self::with_path(target, Path::of(grange::isa::current()))
    }

    /// A searcher for `target` on a given path.
    pub fn with_path(target: Digest, path: Path) -> Self {
        Self {
            target,
            path,
            plan: Plan::new(target.words()),
        }
    }

    /// The smallest `n` with `first <= n <= last` whose decimal string has the digest.
    ///
    /// Asks `stop` several times in a millisecond, and returns `None` soon after it is true.
    pub fn find(&mut self, first: u128, last: u128, stop: impl Fn() -> bool) -> Option<u128> {
        let mut from = first;
        while from <= last && !stop() {
            let to = last
                .min(decimal::last_of_length(from))
                .min(from.saturating_add(CHUNK - 1));
            if let ControlFlow::Break(result) = self.find_in_chunk(from, to, &stop) {
                return result;
            }
            from = to.checked_add(1)?;
        }
        None
    }

    /// The search of a chunk, of numbers of one length; breaks when found or stopped.
    fn find_in_chunk(
        &mut self,
        from: u128,
        to: u128,
        stop: &impl Fn() -> bool,
    ) -> ControlFlow<Option<u128>> {
        if to - from < SMALL {
            return match (from..=to).find(|&n| Digest::of_decimal(n) == self.target) {
                Some(n) => ControlFlow::Break(Some(n)),
                None => ControlFlow::Continue(()),
            };
        }
        let layout = Layout::fastest(decimal::digits(from), (to - from + 1) as u64);
        let span = u128::from(layout.span());
        for head in from / span..=to / span {
            let base = head * span;
            let begin = from.saturating_sub(base) as u64;
            let end = (to - base).min(span - 1) as u64 + 1;
            self.find_under_head(layout, head, begin, end, stop)?;
        }
        ControlFlow::Continue(())
    }

    /// The search of the numbers from `begin` up to and without `end`, counted from the first
    /// that has this head.
    fn find_under_head(
        &mut self,
        layout: Layout,
        head: u128,
        begin: u64,
        mut end: u64,
        stop: &impl Fn() -> bool,
    ) -> ControlFlow<Option<u128>> {
        let Layout {
            length,
            word,
            digits,
            place,
        } = layout;
        let base = head * u128::from(layout.span());
        let table = decimal::word_table(digits);

        let mut block = [0; 64];
        decimal::write(head, &mut block[..4 * word]);
        let tail_range = 4 * word + digits..length;
        if digits == 4 {
            block[length] = 0x80;
        }
        block[56..60].copy_from_slice(&(8 * length as u32).to_le_bytes());
        self.plan.set_block(word, &block);

        let mut found = None;
        let mut since_stop = 0;
        for tail in 0..place {
            // The values of the word that, with this tail, are numbers in the window.
            let (mut value, limit) = (value_at(begin, place, tail), value_at(end, place, tail));
            if value < limit {
                decimal::write(tail.into(), &mut block[tail_range.clone()]);
                self.plan.set_tail(word, &block);
            }
            since_stop += limit.saturating_sub(value) + PLAN_COST;
            while value < limit {
                let values = &table[value as usize..];
                let count = (limit - value) as usize;
                let Some(index) = self.path.scan(word, &self.plan, values, count) else {
                    break;
                };
                value += index as u64;
                let offset = value * place + tail;
                let candidate = base + u128::from(offset);
                if Digest::of_decimal(candidate) == self.target {
                    // Only a smaller one can be better now.
                    found = Some(candidate);
                    end = offset;
                    break;
                }
                value += 1;
            }
            if since_stop >= self.path.stride() {
                since_stop = 0;
                if stop() {
                    return ControlFlow::Break(None);
                }
            }
        }
        if found.is_some() {
            ControlFlow::Break(found)
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// The least value with `value * place + tail >= offset`.
fn value_at(offset: u64, place: u64, tail: u64) -> u64 {
    offset / place + u64::from(tail < offset % place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cost model uses some layouts only for windows that are too long for a test.
    #[test]
    fn every_layout_of_every_length_finds_its_numbers() {
        for path in Path::available() {
            for length in 1..=decimal::MAX_DIGITS {
                for layout in (0..10).filter_map(|word| Layout::varying(word, length)) {
                    let span = u128::from(layout.span());
                    let high = decimal::last_of_length(10u128.pow(length as u32 - 1));
                    let n = high - high / 7;
                    let (head, offset) = (n / span, (n % span) as u64);
                    let mut searcher = Searcher::with_path(Digest::of_decimal(n), path);
                    let mut find =
                        |begin, end| searcher.find_under_head(layout, head, begin, end, &|| false);
                    let (low, high) = (offset.saturating_sub(3), (offset + 4).min(layout.span()));
                    assert_eq!(find(low, high), ControlFlow::Break(Some(n)), "{layout:?}");
                    assert_eq!(
                        find(offset, offset + 1),
                        ControlFlow::Break(Some(n)),
                        "{layout:?}"
                    );
                    assert_eq!(find(low, offset), ControlFlow::Continue(()), "{layout:?}");
                    assert_eq!(
                        find(offset + 1, high),
                        ControlFlow::Continue(()),
                        "{layout:?}"
                    );
                }
            }
        }
    }
}
