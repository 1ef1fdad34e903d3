//! The steps of a candidate as macros, for any type that holds message words.
//!
//! A module that expands them has a type `V` of one or several 32-bit words and the operations
//! `splat`, `add`, `sub`, `rotate_left`, `f`, `g`, `h` and `i` on it. Macros and not a trait,
//! because methods of a trait cannot be safe and have `#[target_feature]`.

use super::rounds::word_of;

/// How a step adds up, seen from the varied word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    /// First use: all but the varied word is in the key.
    First,
    /// One of the three steps after it: `a` is in the key.
    Folded,
    /// Uses the varied word once more.
    Varied,
    /// Any other step.
    Plain,
}

/// Whether `step` runs for each candidate when `word` varies and steps run up to `last`.
pub(super) const fn runs(word: usize, last: usize, step: usize) -> bool {
    word <= step && step <= last
}

/// The kind of a `step` that runs when `word` varies.
pub(super) const fn sum_of(word: usize, step: usize) -> Sum {
    if step == word {
        Sum::First
    } else if step < word + 4 {
        Sum::Folded
    } else if word_of(step) == word {
        Sum::Varied
    } else {
        Sum::Plain
    }
}

/// The round function of a step on vectors.
macro_rules! mix {
    ($step:expr, $b:expr, $c:expr, $d:expr) => {
        match const { $step / 16 } {
            0 => f($b, $c, $d),
            1 => g($b, $c, $d),
            2 => h($b, $c, $d),
            _ => i($b, $c, $d),
        }
    };
}

/// Takes the states of all vectors from the first use of the varied word through step `last`.
macro_rules! steps {
    ($word:ident, $last:expr, $keys:ident, $varied:ident, $states:ident) => {
        // No later step runs for any candidate.
        steps!($word, $last, $keys, $varied, $states:
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
            16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47
            48 49 50 51 52 53 54 55 56 57 58 59 60)
    };
    ($word:ident, $last:expr, $keys:ident, $varied:ident, $states:ident: $($step:literal)*) => {$(
        if const { runs($word, $last, $step) } {
            const LEFT: i32 = rotation($step) as i32;
            let key = splat($keys[$step]);
            for (state, &varied) in $states.iter_mut().zip(&$varied) {
                let [a, b, c, d] = *state;
                let sum = match const { sum_of($word, $step) } {
                    Sum::First => add(key, varied),
                    Sum::Folded => add(key, mix!($step, b, c, d)),
                    Sum::Varied => add(add(add(a, key), varied), mix!($step, b, c, d)),
                    Sum::Plain => add(add(a, key), mix!($step, b, c, d)),
                };
                *state = [d, add(b, rotate_left::<LEFT, { 32 - LEFT }>(sum)), b, c];
            }
        }
    )*};
}

/// The word of state that the target asks of the meeting step; the formulas are at `Meet`.
macro_rules! asked {
    ($word:ident, $meet:ident, $varied:ident) => {{
        let [near, middle, far, q2, q3] = $meet;
        let q4 = sub(near, $varied);
        let q5 = sub(middle, mix!(last_use($word) - 1, q2, q3, q4));
        sub(far, mix!(last_use($word) - 2, q3, q4, q5))
    }};
}

/// Calls a function that is generic over the varied word.
macro_rules! match_word {
    ($word:ident, $function:ident $arguments:tt) => {
        match_word!($word, $function $arguments: 0 1 2 3 4 5 6 7 8 9)
    };
    ($word:ident, $function:ident $arguments:tt: $($value:literal)*) => {
        match $word {
            $($value => $function::<$value> $arguments,)*
            _ => unreachable!("message word {} has no digits", $word),
        }
    };
}

pub(super) use {asked, match_word, mix, steps};
