//! AVX2: eight lanes.

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

type V = __m256i;
type Mask = u32;
const LANES: usize = 8;
const VECTORS: usize = 6;
const BESIDE: usize = 2;
const SIDES: usize = 1;

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
    // A sum, since no bit is set in both: all but `b` can be added up before `b` is known.
    add(_mm256_andnot_si256(d, c), _mm256_and_si256(b, d))
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
fn eq_mask(x: V, y: V) -> Mask {
    _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(x, y))).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2")]
fn place_of(x: V, shift: u32) -> V {
    _mm256_srl_epi32(x, _mm_cvtsi32_si128(shift.cast_signed()))
}

#[inline]
#[target_feature(enable = "avx2")]
fn shift_right<const BITS: i32>(x: V) -> V {
    _mm256_srli_epi32::<BITS>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
fn bit_of(x: V) -> V {
    _mm256_sllv_epi32(splat(1), _mm256_and_si256(x, splat(31)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn sign_of(words: V, x: V) -> V {
    // The bit becomes the sign.
    _mm256_sllv_epi32(words, _mm256_andnot_si256(x, splat(31)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn and(x: V, y: V) -> V {
    _mm256_and_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn signs(x: V) -> Mask {
    _mm256_movemask_ps(_mm256_castsi256_ps(x)).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2")]
fn or(x: V, y: V) -> V {
    _mm256_or_si256(x, y)
}
