//! Undoing the last steps for many digests at once.

use super::{plan::Plan, rounds::rotation};

/// Digests side by side, for the compiler to make vectors of.
pub(super) const SIDE: usize = 16;

/// The four words of state after the last step, of so many digests.
pub(super) type Ends = [[u32; SIDE]; 4];

/// Undoes the steps after `last`, which must be of the fourth round, and gives the first words of the
/// states before them: those made by step `last - 3`.
#[inline(always)]
pub(super) fn undo_steps(plan: &Plan, last: usize, ends: &[Ends], words: &mut [u32]) {
    for (end, words) in ends.iter().zip(words.as_chunks_mut::<SIDE>().0) {
        let mut state = *end;
        for step in (last + 1..64).rev() {
            let (key, turn) = (plan.keys[step], rotation(step));
            let [d, new, b, c] = state;
            let a = std::array::from_fn(|i| {
                new[i]
                    .wrapping_sub(b[i])
                    .rotate_right(turn)
                    .wrapping_sub(c[i] ^ (b[i] | !d[i]))
                    .wrapping_sub(key)
            });
            state = [a, b, c, d];
        }
        *words = state[0];
    }
}
