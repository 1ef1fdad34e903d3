//! A set of words that is asked far more often than it says yes.

/// Most words of bits: a megabyte, about what a core has as a cache of its own.
const MOST_WORDS: usize = 1 << 18;

/// Words, with a bit map before them that turns away nearly all that are not among them.
///
/// A word's high bits choose one of `2^(32 - shift)` words of bits, its low five a bit in it, and the five above those
/// another one: a Bloom filter of two bits in blocks of one word (Putze, Sanders and Singler, *Cache-, hash- and
/// space-efficient Bloom filters*, J. Exp. Algorithmics 14, 2009), so that one load is enough.
#[derive(Clone, Debug)]
pub(super) struct Set {
    bits: Vec<u32>,
    shift: u32,
    /// For each value of the high bits: one more than the position of a word with these, or 0.
    heads: Vec<u32>,
    heads_shift: u32,
    /// The next word with the same high bits, likewise.
    next: Vec<u32>,
    words: Vec<u32>,
}

impl Set {
    /// For `count` words, all of them 0 yet: [`Set::fill`] is to follow. Of other words about one
    /// in 2,000 passes the bit map, and one in 500 where there are 100,000.
    pub(super) fn new(count: usize) -> Self {
        let words = (count * 8).next_power_of_two().clamp(64, MOST_WORDS);
        let heads = count.next_power_of_two().max(2);
        Self {
            bits: vec![0; words],
            shift: 32 - words.ilog2(),
            heads: vec![0; heads],
            heads_shift: 32 - heads.ilog2(),
            next: vec![0; count],
            words: vec![0; count],
        }
    }

    /// Has `write` write all words anew. There may be more room for them than words are taken.
    pub(super) fn fill(&mut self, write: impl FnOnce(&mut Vec<u32>)) {
        let count = self.next.len();
        write(&mut self.words);
        self.bits.fill(0);
        self.heads.fill(0);
        for (at, (&word, next)) in self.words[..count].iter().zip(&mut self.next).enumerate() {
            self.bits[(word >> self.shift) as usize] |= two_bits(word);
            let head = &mut self.heads[(word >> self.heads_shift) as usize];
            *next = *head;
            *head = at as u32 + 1;
        }
    }

    /// The bit map and its shift: always `2^(32 - shift)` words.
    #[inline]
    pub(super) fn bits(&self) -> (&[u32], u32) {
        (&self.bits, self.shift)
    }

    /// The first of the `words` that is in the set, of those whose bit in `maybe` is set.
    pub(super) fn first_of(&self, words: &[u32], mut maybe: u64) -> Option<usize> {
        while maybe != 0 {
            let at = maybe.trailing_zeros() as usize;
            if self.has(*words.get(at)?) {
                return Some(at);
            }
            maybe &= maybe - 1;
        }
        None
    }

    fn has(&self, word: u32) -> bool {
        self.passes(word) && self.is_among(word)
    }

    /// Whether the bit map does not turn it away.
    fn passes(&self, word: u32) -> bool {
        !self.bits[(word >> self.shift) as usize] & two_bits(word) == 0
    }

    fn is_among(&self, word: u32) -> bool {
        let mut at = self.heads[(word >> self.heads_shift) as usize] as usize;
        while at != 0 {
            if self.words[at - 1] == word {
                return true;
            }
            at = self.next[at - 1] as usize;
        }
        false
    }
}

/// The bits of a word of the bit map that a word of the set has set.
fn two_bits(word: u32) -> u32 {
    1 << (word & 31) | 1 << (word >> 5 & 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_what_it_was_filled_with_last_and_nothing_else() {
        for count in [0, 1, 2, 3, 16, 17, 1000, 5000] {
            let mut set = Set::new(count);
            for round in 1..=3u32 {
                let word = |i: u32| (i + 1).wrapping_mul(0x9e37_79b9).wrapping_mul(round);
                set.fill(|words| *words = (0..count as u32).map(word).collect());
                let absent = (0..5000).map(|i| word(i + count as u32));
                assert!((0..count as u32).all(|i| set.has(word(i))));
                assert_eq!(absent.filter(|&word| set.has(word)).count(), 0);
                let (bits, shift) = set.bits();
                assert_eq!(bits.len() as u64, 1u64 << (32 - shift));
            }
        }
    }

    #[test]
    fn few_others_pass_the_bit_map() {
        for (count, one_in) in [(10, 1000), (1000, 1000), (100_000, 250)] {
            let mut set = Set::new(count);
            let word = |i: u32| (i + 1).wrapping_mul(0x9e37_79b9) ^ i << 7;
            set.fill(|words| *words = (0..count as u32).map(word).collect());
            let others = (1 << 20..2 << 20).map(|i: u32| i.wrapping_mul(0x85eb_ca6b));
            assert!(others.filter(|&word| set.passes(word)).count() < (1 << 20) / one_in);
        }
    }

    #[test]
    fn the_first_of_several_among_those_asked_for() {
        let mut set = Set::new(3);
        set.fill(|words| *words = vec![7, u32::MAX, 7]);
        let words = [1, 7, 0, u32::MAX, 7];
        assert_eq!(set.first_of(&words, u64::MAX), Some(1));
        assert_eq!(set.first_of(&words, !0b11), Some(3));
        assert_eq!(set.first_of(&words, 0b10000), Some(4));
        assert_eq!(set.first_of(&words, 0b00101), None);
        assert_eq!(set.first_of(&words, 0), None);
    }
}
