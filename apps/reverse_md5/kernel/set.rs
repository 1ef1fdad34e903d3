//! A set of words that is asked far more often than it says yes.

/// Words side by side, for the compiler to make vectors of.
pub(super) const SIDE: usize = 16;

/// So many words of a set.
pub(super) type Side = [u32; SIDE];

/// Most words of bits: a megabyte, about what a core has as a cache of its own.
const MOST_WORDS: usize = 1 << 18;

/// Sets of up to so many sides are gone through from end to end for the few words that pass the bit map.
const FEW: usize = 128;

/// Words, with a bit map before them that turns away nearly all that are not among them.
///
/// A word's high bits choose one of `2^(32 - shift)` words of bits, its low five a bit in it, the next five and the five
/// after those one more each: a Bloom filter of three bits in blocks of one word (Putze, Sanders and Singler, *Cache-,
/// hash- and space-efficient Bloom filters*, J. Exp. Algorithmics 14, 2009), so that one load is enough.
#[derive(Clone, Debug)]
pub(super) struct Set {
    bits: Vec<u32>,
    shift: u32,
    sides: Vec<Side>,
    /// Where more than a few are looked up.
    chains: Option<Chains>,
}

impl Set {
    /// An empty one, for so many sides. Of other words than its own about one in 10,000 passes the bit map, and one in
    /// 1,500 where there are 100,000.
    pub(super) fn new(sides: usize) -> Self {
        let words = sides * SIDE;
        let bits = (words * 8).next_power_of_two().clamp(64, MOST_WORDS);
        Self {
            bits: vec![0; bits],
            shift: 32 - bits.ilog2(),
            sides: Vec::with_capacity(sides),
            chains: (sides > FEW).then(|| Chains::new(words)),
        }
    }

    /// Takes all words out.
    pub(super) fn clear(&mut self) {
        self.bits.fill(0);
        self.sides.clear();
        if let Some(chains) = &mut self.chains {
            chains.heads.fill(0);
        }
    }

    /// Puts in one side more. No more may be put in than it was made for.
    pub(super) fn put(&mut self, side: Side) {
        let places = side.map(|word| self.place(word));
        self.put_at(&places, &side.map(bits_of), side);
    }

    /// The same, with the places of its words in the bit map and the bits that they have there.
    #[inline]
    pub(super) fn put_at(&mut self, places: &Side, bits: &Side, side: Side) {
        for (&place, bits) in places.iter().zip(bits) {
            self.bits[place as usize] |= bits;
        }
        if let Some(chains) = &mut self.chains {
            chains.put(self.sides.len() * SIDE, side);
        }
        self.sides.push(side);
    }

    /// The bit map and its shift: always `2^(32 - shift)` words.
    #[inline]
    pub(super) fn bits(&self) -> (&[u32], u32) {
        (&self.bits, self.shift)
    }

    /// Whether it has the word.
    pub(super) fn has(&self, word: u32) -> bool {
        let among = |word, sides: &[Side]| sides.as_flattened().contains(&word);
        self.passes(word) && self.is_among(word, among)
    }

    /// Whether it has a word that the bit map has not turned away; `among` says whether a word is among others.
    pub(super) fn is_among(&self, word: u32, among: impl Fn(u32, &[Side]) -> bool) -> bool {
        match &self.chains {
            Some(chains) => chains.have(word, self.sides.as_flattened()),
            None => among(word, &self.sides),
        }
    }

    /// Whether the bit map does not turn it away.
    fn passes(&self, word: u32) -> bool {
        !self.bits[self.place(word) as usize] & bits_of(word) == 0
    }

    /// Where it is in the bit map.
    fn place(&self, word: u32) -> u32 {
        word >> self.shift
    }
}

/// The words with the same high bits, one after another.
#[derive(Clone, Debug)]
struct Chains {
    shift: u32,
    /// For each value of the high bits: one more than the position of a word with these, or 0.
    heads: Vec<u32>,
    /// The next word with the same high bits, likewise.
    next: Vec<u32>,
}

impl Chains {
    fn new(words: usize) -> Self {
        let heads = words.next_power_of_two();
        Self {
            shift: 32 - heads.ilog2(),
            heads: vec![0; heads],
            next: vec![0; words],
        }
    }

    fn put(&mut self, first: usize, side: Side) {
        for ((next, word), position) in self.next[first..].iter_mut().zip(side).zip(first + 1..) {
            let head = &mut self.heads[(word >> self.shift) as usize];
            *next = std::mem::replace(head, position as u32);
        }
    }

    fn have(&self, word: u32, words: &[u32]) -> bool {
        let mut at = self.heads[(word >> self.shift) as usize] as usize;
        while at != 0 {
            if words[at - 1] == word {
                return true;
            }
            at = self.next[at - 1] as usize;
        }
        false
    }
}

/// The bits of a word of the bit map that a word of the set has set.
fn bits_of(word: u32) -> u32 {
    1 << (word & 31) | 1 << (word >> 5 & 31) | 1 << (word >> 10 & 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sides: u32, word: impl Fn(u32) -> u32) -> Set {
        let mut set = Set::new(sides as usize);
        refill(&mut set, sides, word);
        set
    }

    fn refill(set: &mut Set, sides: u32, word: impl Fn(u32) -> u32) {
        set.clear();
        for first in (0..sides).map(|side| side * SIDE as u32) {
            set.put(std::array::from_fn(|lane| word(first + lane as u32)));
        }
    }

    #[test]
    fn has_what_it_was_filled_with_last_and_nothing_else() {
        for sides in [0, 1, 2, 63, 128, 129, 400] {
            let mut set = Set::new(sides as usize);
            let count = sides * SIDE as u32;
            for round in 1..=3u32 {
                let word = |i: u32| (i + 1).wrapping_mul(0x9e37_79b9).wrapping_mul(round);
                refill(&mut set, sides, word);
                let absent = (0..5000).map(|i| word(i + count));
                assert!((0..count).all(|i| set.has(word(i))));
                assert_eq!(absent.filter(|&word| set.has(word)).count(), 0);
                let (bits, shift) = set.bits();
                assert_eq!(bits.len() as u64, 1u64 << (32 - shift));
            }
        }
    }

    #[test]
    fn few_others_pass_the_bit_map() {
        for (sides, one_in) in [(1, 6000), (63, 6000), (6250, 1000)] {
            let set = filled(sides, |i| (i + 1).wrapping_mul(0x9e37_79b9) ^ i << 7);
            let others = (1 << 20..2 << 20).map(|i: u32| i.wrapping_mul(0x85eb_ca6b));
            let passed = others.filter(|&word| set.passes(word)).count();
            assert!(passed < (1 << 20) / one_in, "{sides} sides: {passed}");
        }
    }

    #[test]
    fn words_that_are_alike_share_a_chain() {
        let set = filled(200, |i| i % 7);
        assert!((0..7).all(|word| set.has(word)));
        assert!((7..1000).all(|word| !set.has(word)));
    }
}
