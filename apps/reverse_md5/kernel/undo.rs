//! Undoing the last steps for many digests at once.

use std::ops::Range;

use super::{
    plan::Plan,
    rounds::rotation,
    set::{SIDE, Set, Side},
};

/// The four words of state after some step, of [`SIDE`] digests.
pub(super) type Ends = [Side; 4];

/// Undoes those steps, from the last to the first. All must be of the fourth round.
///
/// Inlined, as the next one: so they are compiled for the instruction set of the caller.
#[inline(always)]
pub(super) fn undo_steps(plan: &Plan, steps: Range<usize>, ends: &mut [Ends]) {
    for end in ends {
        [*end] = before(plan, steps.clone(), [*end]);
    }
}

/// Has `put` put into a set the first words of the states before those steps: those made four steps before the first of
/// them. `SIDES` are worked on side by side.
#[inline(always)]
pub(super) fn ask_steps<const SIDES: usize>(
    plan: &Plan,
    steps: Range<usize>,
    ends: &[Ends],
    set: &mut Set,
    put: impl Fn(&mut Set, Side),
) {
    set.clear();
    let (groups, rest) = ends.as_chunks::<SIDES>();
    for group in groups {
        for end in before(plan, steps.clone(), *group) {
            put(set, end[0]);
        }
    }
    for end in rest {
        let [end] = before(plan, steps.clone(), [*end]);
        put(set, end[0]);
    }
}

/// The states before those steps.
#[inline(always)]
fn before<const SIDES: usize>(
    plan: &Plan,
    steps: Range<usize>,
    mut states: [Ends; SIDES],
) -> [Ends; SIDES] {
    for step in steps.rev() {
        let (key, turn) = (plan.keys[step], rotation(step));
        for state in &mut states {
            let [d, new, b, c] = *state;
            // Not `array::from_fn`, whose code would be for the least instruction set.
            let mut a = [0; SIDE];
            for (i, a) in a.iter_mut().enumerate() {
                *a = new[i]
                    .wrapping_sub(b[i])
                    .rotate_right(turn)
                    .wrapping_sub(c[i] ^ (b[i] | !d[i]))
                    .wrapping_sub(key);
            }
            *state = [a, b, c, d];
        }
    }
    states
}
