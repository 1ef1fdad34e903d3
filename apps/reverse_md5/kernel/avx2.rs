//! AVX2: eight lanes.

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

type V = __m256i;
const LANES: usize = 8;
const VECTORS: usize = 3;

scan_kernel!(#[target_feature(enable = "avx2")]);

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u32) -> V {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &[u32; LANES]) -> V {
    // SAFETY: the reference is to as many bytes as are read, and they need not be aligned.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(x: V, words: &mut [u32; LANES]) {
    // SAFETY: the reference is to as many bytes as are written, and they need not be aligned.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), x) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(x: V, y: V) -> V {
    _mm256_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn sub(x: V, y: V) -> V {
    _mm256_sub_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_left<const LEFT: i32, const RIGHT: i32>(x: V) -> V {
    _mm256_or_si256(_mm256_slli_epi32::<LEFT>(x), _mm256_srli_epi32::<RIGHT>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(x: V, y: V) -> V {
    _mm256_xor_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn f(b: V, c: V, d: V) -> V {
    xor(d, _mm256_and_si256(b, xor(c, d)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn g(b: V, c: V, d: V) -> V {
    xor(c, _mm256_and_si256(d, xor(b, c)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn h(b: V, c: V, d: V) -> V {
    xor(b, xor(c, d))
}

#[inline]
#[target_feature(enable = "avx2")]
fn i(b: V, c: V, d: V) -> V {
    xor(c, _mm256_or_si256(b, xor(d, _mm256_set1_epi32(-1))))
}

#[inline]
#[target_feature(enable = "avx2")]
fn eq_mask(x: V, y: V) -> u32 {
    _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(x, y))).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2")]
fn set_mask(x: V, set: &Set) -> u32 {
    let (bits, shift) = set.bits();
    let at = _mm256_srl_epi32(x, _mm_cvtsi32_si128(shift.cast_signed()));
    // SAFETY: there are 2^(32 - shift) words of bits, and 32-bit words shifted by that are below it.
    let words = unsafe { _mm256_i32gather_epi32::<4>(bits.as_ptr().cast(), at) };
    // Both bits asked for become the sign.
    let one = _mm256_sllv_epi32(words, _mm256_andnot_si256(x, splat(31)));
    let high = _mm256_srli_epi32::<5>(x);
    let other = _mm256_sllv_epi32(words, _mm256_andnot_si256(high, splat(31)));
    let both = _mm256_and_si256(one, other);
    _mm256_movemask_ps(_mm256_castsi256_ps(both)).cast_unsigned()
}
