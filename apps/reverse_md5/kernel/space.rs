//! What is searched: decimal numbers, or strings of given characters.

use std::ops::Range;

use super::{
    decimal,
    layout::{Layout, MAX_PLACE},
};

/// What a table has after its last entry, so that a group of lanes may read past the end.
pub(super) const TABLE_PADDING: usize = 96;

/// The longest string.
pub const MAX_LENGTH: usize = 16;

/// Most values of the varied word of strings, so that it may be four letters: a table of 2 MB.
const MAX_VALUES: usize = 1 << 19;

/// Numbered candidates.
#[derive(Clone, Debug)]
pub enum Space {
    /// Integers by their decimal digits; each is its own number.
    Decimal,
    /// Strings, numbered from 0: those of the first shape, of the second, and so on.
    Strings(Vec<Strings>),
}

/// Strings with, at each place, one of a set of characters.
#[derive(Clone, Debug)]
pub struct Strings {
    sets: Vec<Vec<u8>>,
    count: u128,
    words: Vec<Option<(Layout, Vec<u32>)>>,
}

/// Candidates of one length.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    /// Integers of so many digits; in between there may be leading zeros.
    Decimal(usize),
    /// Strings, numbered from 0, the first character changing fastest.
    Strings(&'a Strings),
}

impl Space {
    /// How many candidates there are.
    ///
    /// # Panics
    ///
    /// If there are too many: see [`Strings::total`].
    pub fn count(&self) -> u128 {
        match self {
            Self::Decimal => u128::MAX,
            Self::Strings(shapes) => Strings::total(shapes).expect("strings that can be counted"),
        }
    }

    /// The text of a candidate.
    pub fn text(&self, index: u128) -> Vec<u8> {
        let (shape, base, _) = self.segment(index);
        let mut text = vec![0; shape.length()];
        match shape {
            Shape::Decimal(_) => decimal::write(index, &mut text),
            Shape::Strings(strings) => strings.write(index - base, 0..text.len(), &mut text),
        }
        text
    }

    /// The shape of the candidate `index`, the number of its first and its last candidate.
    pub(super) fn segment(&self, index: u128) -> (Shape<'_>, u128, u128) {
        match self {
            Self::Decimal => {
                let length = decimal::digits(index);
                (Shape::Decimal(length), 0, decimal::last_of_length(index))
            }
            Self::Strings(shapes) => {
                let mut base = 0;
                for strings in shapes {
                    if index - base < strings.count {
                        return (Shape::Strings(strings), base, base + (strings.count - 1));
                    }
                    base += strings.count;
                }
                panic!("candidate {index} of {base}");
            }
        }
    }
}

impl Strings {
    /// Strings with a character of each set, all of which have some, all different; `None` where
    /// there are more than 2^128 - 1 of them.
    pub fn new(sets: Vec<Vec<u8>>) -> Option<Self> {
        assert!((1..=MAX_LENGTH).contains(&sets.len()), "one block, by far");
        let count = sets
            .iter()
            .try_fold(1u128, |count, set| count.checked_mul(set.len() as u128))?;
        let words = (0..sets.len().div_ceil(4))
            .map(|word| layout(&sets, word).map(|layout| (layout, table(&sets, layout))))
            .collect();
        Some(Self { sets, count, words })
    }

    /// How many strings there are in all, if that can be counted.
    pub fn total(shapes: &[Self]) -> Option<u128> {
        let mut counts = shapes.iter().map(|strings| strings.count);
        counts.try_fold(0, u128::checked_add)
    }

    /// Writes the characters at those places of the string that is number `index` among all that
    /// differ there only.
    fn write(&self, mut index: u128, places: std::ops::Range<usize>, text: &mut [u8]) {
        for place in places {
            let set = &self.sets[place];
            let (rest, digit) = divided(index, set.len() as u64);
            text[place] = set[digit];
            index = rest;
        }
    }
}

/// Quotient and remainder; the 64-bit division is many times faster.
fn divided(n: u128, by: u64) -> (u128, usize) {
    match u64::try_from(n) {
        Ok(n) => ((n / by).into(), (n % by) as usize),
        Err(_) => (n / u128::from(by), (n % u128::from(by)) as usize),
    }
}

/// The split of strings with that word varying, if there are not too many tails.
fn layout(sets: &[Vec<u8>], word: usize) -> Option<Layout> {
    let size = |set: &Vec<u8>| set.len() as u64;
    let mut tail = sets[..4 * word].iter().map(size);
    let place = tail.try_fold(1, u64::checked_mul);
    let place = place.filter(|&place| place <= MAX_PLACE)?;
    let (mut digits, mut values) = (0, 1);
    for size in sets[4 * word..].iter().take(4).map(size) {
        if digits > 0 && values * size > MAX_VALUES as u64 {
            break;
        }
        values *= size;
        digits += 1;
    }
    Some(Layout {
        length: sets.len(),
        word,
        digits,
        place,
        values,
    })
}

/// What the varied characters make of the word, for each of its values.
fn table(sets: &[Vec<u8>], layout: Layout) -> Vec<u32> {
    let mut table = vec![0];
    for (byte, set) in sets[4 * layout.word..][..layout.digits].iter().enumerate() {
        let with = |&digit: &u8| u32::from(digit) << (8 * byte);
        table = set
            .iter()
            .flat_map(|digit| table.iter().map(move |word| word | with(digit)))
            .collect();
    }
    table.resize(table.len() + TABLE_PADDING, 0);
    table
}

impl Shape<'_> {
    /// Bytes of each candidate.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Decimal(length) => length,
            Self::Strings(strings) => strings.sets.len(),
        }
    }

    /// The split with `word` varying, or none where there would be too many tails.
    pub(super) fn layout(self, word: usize) -> Option<Layout> {
        match self {
            Self::Decimal(length) => {
                let rest = length.checked_sub(4 * word).filter(|&rest| rest > 0)?;
                let digits = rest.min(4);
                let place = 10u64.checked_pow((rest - digits) as u32);
                Some(Layout {
                    length,
                    word,
                    digits,
                    // More tails than two message words hold are too many anyway.
                    place: place.filter(|&place| place <= MAX_PLACE)?,
                    values: 10u64.pow(digits as u32),
                })
            }
            Self::Strings(strings) => {
                let entry = strings.words.get(word)?.as_ref();
                entry.map(|(layout, _)| *layout)
            }
        }
    }
}

/// The parts of blocks.
impl<'a> Shape<'a> {
    /// The varied word for each of its values, without what is the same in all blocks.
    pub(super) fn table(self, layout: Layout) -> &'a [u32] {
        match self {
            Self::Decimal(_) => decimal::word_table(layout.digits),
            Self::Strings(strings) => match &strings.words[layout.word] {
                Some((_, table)) => table,
                None => unreachable!("a layout of other strings"),
            },
        }
    }

    /// Writes a whole block, but for the tail and what varies.
    pub(super) fn write_head(self, layout: Layout, head: u128, block: &mut [u8; 64]) {
        let Layout {
            length,
            word,
            digits,
            ..
        } = layout;
        *block = [0; 64];
        block[56..60].copy_from_slice(&(8 * length as u32).to_le_bytes());
        match self {
            Self::Decimal(_) => {
                decimal::write(head, &mut block[..4 * word]);
                // Tables of fewer digits have it.
                if digits == 4 {
                    block[length] = 0x80;
                }
            }
            Self::Strings(strings) => {
                strings.write(head, 4 * word + digits..length, block);
                block[length] = 0x80;
            }
        }
    }

    /// Writes the tail, and says in which words it is.
    pub(super) fn write_tail(
        self,
        layout: Layout,
        tail: u64,
        block: &mut [u8; 64],
    ) -> Range<usize> {
        let Layout {
            length,
            word,
            digits,
            ..
        } = layout;
        match self {
            Self::Decimal(_) => {
                decimal::write(tail.into(), &mut block[4 * word + digits..length]);
            }
            Self::Strings(strings) => strings.write(tail.into(), 0..4 * word, block),
        }
        self.tail_words(layout)
    }

    /// The words in which the tail is.
    pub(super) fn tail_words(self, layout: Layout) -> Range<usize> {
        match self {
            Self::Decimal(_) => layout.word + 1..layout.word + 3,
            Self::Strings(_) => 0..layout.word,
        }
    }

    /// The words in which the head is; the varied one among them where only some of its characters vary.
    pub(super) fn head_words(self, layout: Layout) -> Range<usize> {
        match self {
            Self::Decimal(_) => 0..layout.word,
            Self::Strings(_) => (4 * layout.word + layout.digits) / 4..layout.length.div_ceil(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(sets: &[&[u8]]) -> Strings {
        Strings::new(sets.iter().map(|set| set.to_vec()).collect()).expect("few")
    }

    #[test]
    fn the_first_character_changes_fastest_and_shorter_strings_come_first() {
        let space = Space::Strings(vec![
            strings(&[b"ab"]),
            strings(&[b"ab", b"xyz"]),
            strings(&[b"ab", b"!", b"01"]),
        ]);
        let all: Vec<String> = (0..space.count())
            .map(|index| String::from_utf8(space.text(index)).expect("ASCII"))
            .collect();
        assert_eq!(
            all,
            [
                "a", "b", "ax", "bx", "ay", "by", "az", "bz", "a!0", "b!0", "a!1", "b!1"
            ]
        );
    }

    #[test]
    fn blocks_are_those_of_the_text() {
        let letters: Vec<u8> = (b'a'..=b'z').collect();
        let sets: Vec<&[u8]> = (0..13)
            .map(|place| &letters[place..place + 1 + [2, 0, 4, 1][place % 4]])
            .collect();
        let strings = strings(&sets);
        let (shape, count) = (Shape::Strings(&strings), strings.count);
        let space = Space::Strings(vec![strings.clone()]);
        for word in 0..3 {
            let layout = shape.layout(word).expect("few tails");
            let span = u128::from(layout.span());
            for index in [0, 1, 2, 7, count / 3, count / 2, count - 1] {
                let (head, offset) = (index / span, (index % span) as u64);
                let mut block = [0xff; 64];
                shape.write_head(layout, head, &mut block);
                shape.write_tail(layout, offset % layout.place, &mut block);
                let varied = shape.table(layout)[(offset / layout.place) as usize];
                for (byte, more) in block[4 * word..].iter_mut().zip(varied.to_le_bytes()) {
                    assert!(*byte == 0 || more == 0);
                    *byte |= more;
                }
                assert_eq!(block[..13], space.text(index), "{index}");
                assert_eq!(block[13], 0x80);
                assert!(block[14..56].iter().all(|&byte| byte == 0));
                assert_eq!(block[56..], [104, 0, 0, 0, 0, 0, 0, 0]);
            }
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let all: Vec<u8> = (0..=255).collect();
        assert!(Strings::new(vec![all.clone(); 16]).is_none());
        let most = Strings::new(vec![all; 15]).expect("2^120");
        assert_eq!(most.count, 1 << 120);
        assert_eq!(Strings::total(&vec![most.clone(); 255]), Some(255 << 120));
        assert_eq!(Strings::total(&vec![most; 256]), None);
    }

    #[test]
    fn tables_stay_small() {
        let all: Vec<u8> = (0..=255).collect();
        let strings = Strings::new(vec![all; 4]).expect("2^32");
        let layout = Shape::Strings(&strings).layout(0).expect("no tails");
        assert_eq!((layout.digits, layout.values, layout.place), (2, 65_536, 1));
        assert_eq!(
            Shape::Strings(&strings).table(layout).len(),
            65_536 + TABLE_PADDING
        );
    }
}
