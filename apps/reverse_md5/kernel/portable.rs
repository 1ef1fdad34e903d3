//! Any processor: plain integers, in a loop that the compiler turns into one over whatever vectors
//! the target always has.

use super::{
    plan::{Plan, last_use, meeting_step},
    reach::Reach,
    rounds::rotation,
    scan::{Sum, asked, match_word, mix, runs, steps, sum_of},
    set::Set,
    space::TABLE_PADDING,
};

type V = u32;

/// What is kept in registers is the compiler's choice.
const BESIDE: usize = 1;

/// Candidates in a group.
const GROUP: usize = 64;
const _: () = assert!(GROUP <= TABLE_PADDING);

/// The least index below `count` of an entry of `table` that, as message word `word`, fits
/// the plan in the 32 bits compared. Entries up to the next whole group are read.
pub(super) fn scan(word: usize, plan: &Plan, table: &[u32], count: usize) -> Option<usize> {
    match_word!(word, WORD => scan_word::<WORD>(plan, table, count))
}

fn scan_word<const WORD: usize>(plan: &Plan, table: &[u32], count: usize) -> Option<usize> {
    let table = &table[..count.next_multiple_of(GROUP)];
    let mut differences = [0; GROUP];
    for (at, group) in table.as_chunks::<GROUP>().0.iter().enumerate() {
        // No branches in this loop: it is for the compiler to vectorize.
        for (difference, &varied) in differences.iter_mut().zip(group) {
            *difference = difference_at_meet::<WORD>(plan, varied);
        }
        if let Some(lane) = differences.iter().position(|&difference| difference == 0) {
            let index = at * GROUP + lane;
            return (index < count).then_some(index);
        }
    }
    None
}

/// As [`scan`], for the candidates whose word of state after the last step of `reach`, at [`Reach::Use`] with the varied
/// word added, is in the set.
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

fn scan_set_word<const WORD: usize, const END: bool>(
    plan: &Plan,
    table: &[u32],
    count: usize,
    set: &Set,
) -> Option<usize> {
    let table = &table[..count.next_multiple_of(GROUP)];
    let mut words = [0; GROUP];
    for (at, group) in table.as_chunks::<GROUP>().0.iter().enumerate() {
        for (word, varied) in words.iter_mut().zip(group) {
            let keys = &plan.keys;
            let mut states = [plan.start];
            steps!(WORD, Reach::of(END).last_step(WORD), keys, [varied], states);
            *word = match END {
                true => states[0][1],
                false => add(states[0][1], *varied),
            };
        }
        if let Some(lane) = words.iter().position(|&word| set.has(word)) {
            let index = at * GROUP + lane;
            return (index < count).then_some(index);
        }
    }
    None
}

/// Both sides of the meeting point, compared.
#[inline(always)]
fn difference_at_meet<const WORD: usize>(plan: &Plan, varied: u32) -> u32 {
    let (keys, meet) = (&plan.keys, plan.meet);
    let mut states = [plan.start];
    steps!(WORD, meeting_step(WORD), keys, [&varied], states);
    states[0][1] ^ asked!(WORD, meet, varied)
}

#[inline(always)]
fn load(word: &u32) -> V {
    *word
}

/// There is no need to: a compiler that makes vectors of the loop chooses what is kept in them.
#[inline(always)]
fn hide<T>(x: T) -> T {
    x
}

#[inline(always)]
fn splat(word: u32) -> V {
    word
}

#[inline(always)]
fn add(x: V, y: V) -> V {
    x.wrapping_add(y)
}

#[inline(always)]
fn sub(x: V, y: V) -> V {
    x.wrapping_sub(y)
}

#[inline(always)]
fn rotate_left<const LEFT: i32, const RIGHT: i32>(x: V) -> V {
    x.rotate_left(LEFT.cast_unsigned())
}

#[inline(always)]
fn f(b: V, c: V, d: V) -> V {
    d ^ (b & (c ^ d))
}

#[inline(always)]
fn g(b: V, c: V, d: V) -> V {
    c ^ (d & (b ^ c))
}

#[inline(always)]
fn h(b: V, c: V, d: V) -> V {
    b ^ c ^ d
}

#[inline(always)]
fn i(b: V, c: V, d: V) -> V {
    c ^ (b | !d)
}
