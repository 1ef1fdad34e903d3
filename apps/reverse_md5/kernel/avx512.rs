//! AVX-512: sixteen lanes, with rotations and three-operand logic as single instructions.

use std::arch::x86_64::*;

use super::{
    plan::{Plan, last_use, meeting_step},
    reach::Reach,
    rounds::rotation,
    scan::{Sum, asked, match_word, mix, runs, steps, sum_of},
    set::Set,
    space::TABLE_PADDING,
    undo::{Ends, undo_steps},
    vector::scan_kernel,
};

type V = __m512i;
const LANES: usize = 16;
const VECTORS: usize = 3;

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
fn eq_mask(x: V, y: V) -> u16 {
    _mm512_cmpeq_epi32_mask(x, y)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn set_mask(x: V, set: &Set) -> u16 {
    let (bits, shift) = set.bits();
    let at = _mm512_srl_epi32(x, _mm_cvtsi32_si128(shift.cast_signed()));
    // SAFETY: there are 2^(32 - shift) words of bits, and 32-bit words shifted by that are below it.
    let words = unsafe { _mm512_i32gather_epi32::<4>(at, bits.as_ptr().cast()) };
    // Rotations take the low five bits of their counts. Both bits come to be the lowest.
    let other = _mm512_rorv_epi32(words, _mm512_srli_epi32::<5>(x));
    let both = _mm512_and_si512(_mm512_rorv_epi32(words, x), other);
    _mm512_test_epi32_mask(both, splat(1))
}
