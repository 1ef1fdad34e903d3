//! The inner loop on vectors, written once for all instruction sets.
//!
//! [`scan_kernel!`] is expanded in one module for each. Besides what `scan` asks for, the module
//! has `LANES`, the words of a vector; `VECTORS`, how many vectors are worked on side by side to
//! hide the latency of the steps, each of which waits for the one before; `load` and `store`;
//! `eq_mask`; and `set_mask`, of the words that a [`Set`](super::set::Set) may have.

/// Defines `scan`, `scan_set`, `undo` and what they need; the attributes are put on every function.
macro_rules! scan_kernel {
    ($(#[$attribute:meta])*) => {
        /// Candidates in a group.
        const GROUP: usize = LANES * VECTORS;
        const _: () = assert!(GROUP <= TABLE_PADDING && GROUP <= u64::BITS as usize);

        /// The least index below `count` of an entry of `table` that, as message word `word`, fits
        /// the plan in the 32 bits compared. Entries up to the next whole group are read.
        $(#[$attribute])*
        pub(super) fn scan(word: usize, plan: &Plan, table: &[u32], count: usize) -> Option<usize> {
            match_word!(word, scan_word(plan, table, count))
        }

        $(#[$attribute])*
        fn scan_word<const WORD: usize>(plan: &Plan, table: &[u32], count: usize) -> Option<usize> {
            let meet = plan.meet.map(|word| splat(word));
            let start = plan.start.map(|word| splat(word));
            let table = &table[..count.next_multiple_of(GROUP)];
            for (at, group) in table.as_chunks::<GROUP>().0.iter().enumerate() {
                // Hides that the keys are the same for every group: kept in registers, sixty-four
                // of them would be spilled, where each is one broadcast from memory.
                let keys = std::hint::black_box(&plan.keys);
                let mut varied = [start[0]; VECTORS];
                for (vector, words) in varied.iter_mut().zip(group.as_chunks::<LANES>().0) {
                    *vector = load(words);
                }
                let mut states = [start; VECTORS];
                steps!(WORD, meeting_step(WORD), keys, varied, states);
                let mut matches = 0;
                for (vector, (state, &varied)) in states.iter().zip(&varied).enumerate() {
                    let asked = asked!(WORD, meet, varied);
                    matches |= u64::from(eq_mask(state[1], asked)) << (vector * LANES);
                }
                if matches != 0 {
                    let index = at * GROUP + matches.trailing_zeros() as usize;
                    return (index < count).then_some(index);
                }
            }
            None
        }

        /// As `scan`, for the candidates whose word of state after the last step of `reach` is in
        /// the set.
        $(#[$attribute])*
        pub(super) fn scan_set(
            (word, reach): (usize, Reach),
            plan: &Plan,
            table: &[u32],
            count: usize,
            set: &Set,
        ) -> Option<usize> {
            match reach {
                Reach::Use => match_word!(word, scan_to_use(plan, table, count, set)),
                Reach::End => match_word!(word, scan_to_end(plan, table, count, set)),
            }
        }

        $(#[$attribute])*
        fn scan_to_use<const WORD: usize>(
            plan: &Plan,
            table: &[u32],
            count: usize,
            set: &Set,
        ) -> Option<usize> {
            scan_set_word::<WORD, false>(plan, table, count, set)
        }

        $(#[$attribute])*
        fn scan_to_end<const WORD: usize>(
            plan: &Plan,
            table: &[u32],
            count: usize,
            set: &Set,
        ) -> Option<usize> {
            scan_set_word::<WORD, true>(plan, table, count, set)
        }

        $(#[$attribute])*
        fn scan_set_word<const WORD: usize, const END: bool>(
            plan: &Plan,
            table: &[u32],
            count: usize,
            set: &Set,
        ) -> Option<usize> {
            let start = plan.start.map(|word| splat(word));
            let table = &table[..count.next_multiple_of(GROUP)];
            for (at, group) in table.as_chunks::<GROUP>().0.iter().enumerate() {
                // As above.
                let keys = std::hint::black_box(&plan.keys);
                let mut varied = [start[0]; VECTORS];
                for (vector, words) in varied.iter_mut().zip(group.as_chunks::<LANES>().0) {
                    *vector = load(words);
                }
                let mut states = [start; VECTORS];
                steps!(WORD, Reach::of(END).last_step(WORD), keys, varied, states);
                let mut maybe = 0;
                for (vector, state) in states.iter().enumerate() {
                    maybe |= u64::from(set_mask(state[1], set)) << (vector * LANES);
                }
                if maybe != 0 {
                    let mut words = [0; GROUP];
                    for (words, state) in words.as_chunks_mut::<LANES>().0.iter_mut().zip(&states) {
                        store(state[1], words);
                    }
                    if let Some(lane) = set.first_of(&words, maybe) {
                        let index = at * GROUP + lane;
                        return (index < count).then_some(index);
                    }
                }
            }
            None
        }

        /// See [`undo_steps`].
        $(#[$attribute])*
        pub(super) fn undo(plan: &Plan, last: usize, ends: &[Ends], words: &mut [u32]) {
            undo_steps(plan, last, ends, words);
        }
    };
}

pub(super) use scan_kernel;
