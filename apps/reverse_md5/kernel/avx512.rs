//! AVX-512: sixteen lanes, with rotations and three-operand logic as single instructions.

use std::{arch::x86_64::*, hint::black_box as hide, ops::Range};

use super::{
    plan::{Plan, last_use, meeting_step},
    reach::Reach,
    rounds::rotation,
    scan::{Sum, asked, due, match_word, mix, runs, steps, sum_of},
    set::{SIDE, Set, Side},
    space::TABLE_PADDING,
    undo::{Ends, ask_steps, undo_steps},
    vector::scan_kernel,
};

type V = __m512i;
type Mask = u16;
const LANES: usize = 16;
const VECTORS: usize = 6;
const BESIDE: usize = 6;
const SIDES: usize = 4;

scan_kernel!(#[target_feature(enable = "avx512f")]);

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> V {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(words: &[u32; LANES]) -> V {
    // SAFETY: the reference is to as many bytes as are read, and they need not be aligned.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(x: V, words: &mut [u32; LANES]) {
    // SAFETY: the reference is to as many bytes as are written, and they need not be aligned.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), x) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(x: V, y: V) -> V {
    _mm512_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn sub(x: V, y: V) -> V {
    _mm512_sub_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn rotate_left<const LEFT: i32, const RIGHT: i32>(x: V) -> V {
    _mm512_rol_epi32::<LEFT>(x)
}

// The immediate of the ternary logic is the truth table of the function, indexed by the bits of
// its operands, the first being the highest.

#[inline]
#[target_feature(enable = "avx512f")]
fn f(b: V, c: V, d: V) -> V {
    _mm512_ternarylogic_epi32::<0b1100_1010>(b, c, d)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn g(b: V, c: V, d: V) -> V {
    _mm512_ternarylogic_epi32::<0b1110_0100>(b, c, d)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn h(b: V, c: V, d: V) -> V {
    _mm512_ternarylogic_epi32::<0b1001_0110>(b, c, d)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn i(b: V, c: V, d: V) -> V {
    _mm512_ternarylogic_epi32::<0b0011_1001>(b, c, d)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn eq_mask(x: V, y: V) -> Mask {
    _mm512_cmpeq_epi32_mask(x, y)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn place_of(x: V, shift: u32) -> V {
    _mm512_srl_epi32(x, _mm_cvtsi32_si128(shift.cast_signed()))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn shift_right<const BITS: u32>(x: V) -> V {
    _mm512_srli_epi32::<BITS>(x)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn bit_of(x: V) -> V {
    _mm512_sllv_epi32(splat(1), _mm512_and_si512(x, splat(31)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn sign_of(words: V, x: V) -> V {
    // Rotations take the low five bits of their counts. The bit comes to be the lowest.
    _mm512_rorv_epi32(words, x)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn and(x: V, y: V) -> V {
    _mm512_and_si512(x, y)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn signs(x: V) -> Mask {
    _mm512_test_epi32_mask(x, splat(1))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn or(x: V, y: V) -> V {
    _mm512_or_si512(x, y)
}
