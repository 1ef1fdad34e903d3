//! The inner loop on vectors, written once for all instruction sets.
//!
//! [`scan_kernel!`] is expanded in one module for each. Besides what `scan` asks for, the module has
//! - `LANES`, the words of a vector, and `VECTORS`, how many vectors are worked on side by side to hide
//!   the latency of the steps, each of which waits for the one before;
//! - `store`, `and`, `or`, `shift_right` and `eq_mask`;
//! - `place_of`, where words are in the bit map of a [`Set`](super::set::Set); `bit_of`, with the bit that
//!   the low five bits say, and `sign_of`, which makes that bit of others the one that `signs` makes a
//!   mask of;
//! - `SIDES`, how many sides of digests have their last steps undone side by side.

/// Defines `scan`, `scan_set`, `undo`, `ask` and what they need; the attributes are put on every
/// function.
macro_rules! scan_kernel {
    ($(#[$attribute:meta])*) => {
        /// Candidates in a group.
        const GROUP: usize = LANES * VECTORS;
        const _: () = assert!(GROUP <= TABLE_PADDING && SIDE.is_multiple_of(LANES));
        const _: () = assert!(VECTORS.is_multiple_of(BESIDE));

        /// The words of a vector in memory, within one line of a cache.
        #[derive(Clone, Copy)]
        #[repr(align(64))]
        struct Lanes([u32; LANES]);

        const NONE: Lanes = Lanes([0; LANES]);

        /// The least index below `count` of an entry of `table` that, as message word `word`, fits
        /// the plan in the 32 bits compared. Entries up to the next whole group are read.
        $(#[$attribute])*
        pub(super) fn scan(word: usize, plan: &Plan, table: &[u32], count: usize) -> Option<usize> {
            match_word!(word, WORD => scan_word::<WORD>(plan, table, count))
        }

        $(#[$attribute])*
        fn scan_word<const WORD: usize>(plan: &Plan, table: &[u32], count: usize) -> Option<usize> {
            let start = plan.start.map(|word| splat(word));
            let vectors = table[..count.next_multiple_of(GROUP)].as_chunks::<LANES>().0;
            for (at, varied) in vectors.as_chunks::<VECTORS>().0.iter().enumerate() {
                // Hides that the keys are the same for every group: kept in registers, sixty-four
                // of them would be spilled, where each is one broadcast from memory. Likewise what the
                // candidates meet, and the varied words.
                let keys = hide(&plan.keys);
                let mut states = [start; VECTORS];
                steps!(WORD, meeting_step(WORD), keys, varied, states);
                let meet = hide(&plan.meet).map(|word| splat(word));
                let mut masks = [0; VECTORS];
                for ((mask, state), varied) in masks.iter_mut().zip(&states).zip(hide(varied)) {
                    let varied = load(varied);
                    *mask = eq_mask(state[1], asked!(WORD, meet, varied));
                }
                if masks.iter().fold(0, |all, mask| all | mask) != 0 {
                    let vector = masks.iter().position(|&mask| mask != 0)?;
                    let lane = masks[vector].trailing_zeros() as usize;
                    let index = at * GROUP + vector * LANES + lane;
                    return (index < count).then_some(index);
                }
            }
            None
        }

        /// As `scan`, for the candidates whose word of state after the last step of `reach` is in
        /// the set, at `Reach::Use` with the varied word added.
        $(#[$attribute])*
        pub(super) fn scan_set(
            (word, reach): (usize, Reach),
            plan: &Plan,
            table: &[u32],
            count: usize,
            set: &Set,
        ) -> Option<usize> {
            match reach {
                Reach::Use => {
                    match_word!(word, WORD => scan_set_word::<WORD, false>(plan, table, count, set))
                }
                Reach::End => {
                    match_word!(word, WORD => scan_set_word::<WORD, true>(plan, table, count, set))
                }
            }
        }

        $(#[$attribute])*
        fn scan_set_word<const WORD: usize, const END: bool>(
            plan: &Plan,
            table: &[u32],
            count: usize,
            set: &Set,
        ) -> Option<usize> {
            let start = plan.start.map(|word| splat(word));
            let vectors = table[..count.next_multiple_of(GROUP)].as_chunks::<LANES>().0;
            let groups = vectors.as_chunks::<VECTORS>().0;
            let index = |group: usize, found: usize| {
                Some(group * GROUP + found).filter(|&index| index < count)
            };
            // The words of the group before are looked up while this one runs: a vector after every few steps, by
            // loads of single words, for which the steps leave room. By the next such time these have been stored
            // for long enough to be read as a vector without a wait.
            let (mut words, mut found) = ([NONE; VECTORS], [NONE; VECTORS]);
            let signs_of = |words: &[Lanes; VECTORS], found: &[Lanes; VECTORS], vector: usize| {
                signs_in(load(&found[vector].0), load(&words[vector].0))
            };
            for (at, varied) in groups.iter().enumerate() {
                // As above.
                let mut keys = hide(&plan.keys);
                let mut states = [start; VECTORS];
                let mut maybe = splat(0);
                steps!(WORD, Reach::of(END).last_step(WORD), keys, varied, states, STEP => {
                    if let Some(vector) = const { due(VECTORS, WORD, Reach::of(END).last_step(WORD), STEP) } {
                        if vector > 0 {
                            maybe = or(maybe, signs_of(hide(&words), hide(&found), vector - 1));
                        }
                        look_up(&hide(&words)[vector], set, &mut found[vector]);
                        // Else those of the next steps would be loaded before this, and spilled.
                        keys = hide(keys);
                    }
                });
                maybe = or(maybe, signs_of(&words, hide(&found), VECTORS - 1));
                if at > 0 && signs(maybe) != 0
                    && let Some(found) = first_in_set(&words, set)
                {
                    return index(at - 1, found);
                }
                for ((word, state), varied) in words.iter_mut().zip(&states).zip(hide(varied)) {
                    let sum = match END {
                        true => state[1],
                        false => add(state[1], load(varied)),
                    };
                    store(sum, &mut word.0);
                }
            }
            let at = groups.len().checked_sub(1)?;
            index(at, first_in_set(&words, set)?)
        }

        /// The first of the words of a group that is in the set.
        #[inline(never)]
        $(#[$attribute])*
        fn first_in_set(words: &[Lanes; VECTORS], set: &Set) -> Option<usize> {
            for (vector, words) in words.iter().enumerate() {
                let mut found = NONE;
                look_up(words, set, &mut found);
                let mut maybe = signs(signs_in(load(&found.0), load(&words.0)));
                while maybe != 0 {
                    let lane = maybe.trailing_zeros() as usize;
                    if set.is_among(words.0[lane], |word, sides| among(word, sides)) {
                        return Some(vector * LANES + lane);
                    }
                    maybe &= maybe - 1;
                }
            }
            None
        }

        /// What the bit map has where the words are in it.
        #[inline]
        $(#[$attribute])*
        fn look_up(words: &Lanes, set: &Set, found: &mut Lanes) {
            let (bits, shift) = set.bits();
            let mut places = NONE;
            store(place_of(load(&words.0), shift), &mut places.0);
            for (found, &place) in found.0.iter_mut().zip(&hide(&places).0) {
                // SAFETY: there are 2^(32 - shift) words of bits, and 32-bit words shifted by that are below it.
                *found = unsafe { *bits.get_unchecked(place as usize) };
            }
        }

        /// Signs of the words that the bit map does not turn away, by what it has where they are in it.
        #[inline]
        $(#[$attribute])*
        fn signs_in(bits: V, x: V) -> V {
            let two = and(sign_of(bits, x), sign_of(bits, shift_right::<5>(x)));
            and(two, sign_of(bits, shift_right::<10>(x)))
        }

        /// The bits of words in the bit map.
        #[inline]
        $(#[$attribute])*
        fn bits_of(x: V) -> V {
            or(or(bit_of(x), bit_of(shift_right::<5>(x))), bit_of(shift_right::<10>(x)))
        }

        /// Whether the word is among those.
        $(#[$attribute])*
        fn among(word: u32, sides: &[Side]) -> bool {
            let word = splat(word);
            let mut vectors = sides.as_flattened().as_chunks::<LANES>().0.iter();
            vectors.any(|vector| eq_mask(load(vector), word) != 0)
        }

        /// See [`undo_steps`].
        $(#[$attribute])*
        pub(super) fn undo(plan: &Plan, steps: Range<usize>, ends: &mut [Ends]) {
            undo_steps(plan, steps, ends);
        }

        /// See [`ask_steps`].
        $(#[$attribute])*
        pub(super) fn ask(plan: &Plan, steps: Range<usize>, ends: &[Ends], set: &mut Set) {
            ask_steps::<SIDES>(plan, steps, ends, set, |set, side| put(set, side));
        }

        /// As `Set::put`.
        #[inline]
        $(#[$attribute])*
        fn put(set: &mut Set, side: Side) {
            let (mut places, mut bits) = (side, side);
            let (_, shift) = set.bits();
            for place in places.as_chunks_mut::<LANES>().0 {
                store(place_of(load(place), shift), place);
            }
            for bits in bits.as_chunks_mut::<LANES>().0 {
                store(bits_of(load(bits)), bits);
            }
            // Through memory: lane by lane out of vectors would take longer.
            set.put_at(hide(&places), hide(&bits), side);
        }
    };
}

pub(super) use scan_kernel;
