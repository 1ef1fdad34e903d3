//! The steps of a candidate as macros, for any type that holds message words.
//!
//! A module that expands them has a type `V` of one or several 32-bit words and the operations
//! `load`, `splat`, `add`, `sub`, `rotate_left`, `f`, `g`, `h` and `i` on it, and `hide`, which gives
//! back what it is given. `BESIDE` is the number of states that registers have room for. Macros and
//! not a trait, because methods of a trait cannot be safe and have `#[target_feature]`.

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

/// Which of so many things to do is done after `step`, if they are spread evenly over the steps that run for each
/// candidate.
pub(super) const fn due(things: usize, word: usize, last: usize, step: usize) -> Option<usize> {
    let each = (last + 1 - word) / things;
    match step.checked_sub(word) {
        Some(run) if run % each == each / 2 && run / each < things => Some(run / each),
        _ => None,
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
///
/// Four steps are taken at a time. Where there are more states than `BESIDE`, so many of them take the four, then the
/// next: they go through memory, and the processor, which looks ahead, still works on all of them at once.
///
/// The varied words are what can be gone through again and again for what `load` takes. It is hidden that they are the
/// same at each use: kept in registers, they would leave too few for the states. Something else may be done for each
/// step, which is given a name, after the four that it is one of.
macro_rules! steps {
    ($word:ident, $last:expr, $keys:ident, $varied:expr, $states:ident) => {
        steps!($word, $last, $keys, $varied, $states, STEP => {})
    };
    ($word:ident, $last:expr, $keys:ident, $varied:expr, $states:ident, $name:ident => $after:block) => {
        // No later step runs for any candidate.
        steps!($word, $last, $keys, $varied, $states, $name => $after:
            (0 1 2 3) (4 5 6 7) (8 9 10 11) (12 13 14 15)
            (16 17 18 19) (20 21 22 23) (24 25 26 27) (28 29 30 31)
            (32 33 34 35) (36 37 38 39) (40 41 42 43) (44 45 46 47)
            (48 49 50 51) (52 53 54 55) (56 57 58 59) (60))
    };
    ($word:ident, $last:expr, $keys:ident, $varied:expr, $states:ident, $name:ident => $after:block:
        $(($($step:literal)*))*) => {$(
        if const { false $(|| runs($word, $last, $step))* } {
            let looped = BESIDE < $states.len();
            let (mut all, mut words) = (&mut $states[..], &$varied[..]);
            if looped {
                // Hides how many there are as well, else the loop would be unrolled.
                (all, words) = (hide(all), hide(words));
            }
            let beside = all.as_chunks_mut::<BESIDE>().0.iter_mut();
            for (states, varied) in beside.zip(words.as_chunks::<BESIDE>().0) {
                $(steps!($word, $last, $keys, varied, states, $step);)*
            }
        }
        $(
            if const { runs($word, $last, $step) } {
                #[allow(dead_code, reason = "most do nothing after a step")]
                const $name: usize = $step;
                $after
            }
        )*
    )*};
    ($word:ident, $last:expr, $keys:ident, $varied:ident, $states:ident, $step:literal) => {
        if const { runs($word, $last, $step) } {
            const LEFT: i32 = rotation($step) as i32;
            let key = splat($keys[$step]);
            let varied = match const { sum_of($word, $step) } {
                Sum::Varied => hide($varied),
                _ => $varied,
            };
            for (state, varied) in $states.iter_mut().zip(varied) {
                let [a, b, c, d] = *state;
                let sum = match const { sum_of($word, $step) } {
                    Sum::First => add(key, load(varied)),
                    Sum::Folded => add(key, mix!($step, b, c, d)),
                    Sum::Varied => add(add(add(a, key), load(varied)), mix!($step, b, c, d)),
                    Sum::Plain => add(add(a, key), mix!($step, b, c, d)),
                };
                *state = [d, add(b, rotate_left::<LEFT, { 32 - LEFT }>(sum)), b, c];
            }
        }
    };
}

/// The word of state that the target asks of the meeting step; the formulas are at `Meet`.
macro_rules! asked {
    ($word:ident, $meet:ident, $varied:expr) => {{
        let [near, middle, far, q2, q3] = $meet;
        let q4 = sub(near, $varied);
        let q5 = sub(middle, mix!(last_use($word) - 1, q2, q3, q4));
        sub(far, mix!(last_use($word) - 2, q3, q4, q5))
    }};
}

/// A call of a function that is generic over the varied word, by the name that is given to the word.
macro_rules! match_word {
    ($word:ident, $name:ident => $call:expr) => {
        match_word!($word, $name => $call, 0 1 2 3 4 5 6 7 8 9)
    };
    ($word:ident, $name:ident => $call:expr, $($value:literal)*) => {
        match $word {
            $($value => {
                const $name: usize = $value;
                $call
            })*
            _ => unreachable!("message word {} has no digits", $word),
        }
    };
}

pub(super) use {asked, match_word, mix, steps};
