//! The series and its derivative at many points at once.
//!
//! Horner's rule on dual numbers `v + d e` with `e^2 = 0`, for the point `u + e`, is
//!
//! ```text
//! (v + d e) (u + e) + c = (v u + c) + (d u + v) e
//! ```
//!
//! for each coefficient `c` from the last to the first: two multiplications and two additions a term and point
//! (Griewank and Walther, *Evaluating Derivatives*, 2008, 3.1). The coefficients are the same for all points of a
//! group, and a few of them are made while the ones before are used; points stand side by side in vectors. The
//! operations of each point are those of one job a point, in the same order and never fused, so the bits are the same,
//! on every instruction set.

use grange::isa::{Isa, Known};

/// Points of a group.
pub const GROUP: usize = 32;

/// Terms between two questions whether to stop.
const STRETCH: u64 = 2048;

/// Coefficients at once: while the points use some, the processor divides for the next. So few that it also sees the
/// next points' terms, which wait for nothing, behind those that wait for each other. Even, for the signs.
const CHUNK: usize = 8;

/// Points at once: what they take in a chunk stays in sixteen registers of 256 bits.
const LANES: usize = 16;

/// A number for each point of a group.
type Row = [f64; GROUP];

/// The sums of the terms of a group, and their derivatives.
pub type Values = [(f64, f64); GROUP];

/// `u - u^2/2 + u^3/3 - ...` up to below the power `end`, and its derivative by `u`, at each `u` of a group; stops
/// with `None` when `stop` says so, which it is asked every few microseconds.
///
/// # Panics
///
/// If the processor lacks the instruction set, or `end` is 0.
pub fn partial_sums(isa: Isa, u: &Row, end: u64, stop: impl Fn() -> bool) -> Option<Values> {
    let (mut v, mut d) = ([0.0; GROUP], [0.0; GROUP]);
    let mut last = end - 1;
    while last > 0 {
        if stop() {
            return None;
        }
        let length = last.min(STRETCH);
        horner(isa, u, last, length as usize, &mut v, &mut d);
        last -= length;
    }
    Some(std::array::from_fn(|i| (v[i] * u[i], d[i] * u[i] + v[i])))
}

/// Goes on by so many terms, the first of which has the power `last`.
fn horner(isa: Isa, u: &Row, last: u64, terms: usize, v: &mut Row, d: &mut Row) {
    match isa.checked() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `checked` has found the feature that it needs.
        Isa::Avx512 => unsafe { avx512(u, last, terms, v, d) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `checked` has found the feature that it needs.
        Isa::Avx2 => unsafe { avx2(u, last, terms, v, d) },
        _ => chunks(u, last, terms, v, d),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(u: &Row, last: u64, terms: usize, v: &mut Row, d: &mut Row) {
    chunks(u, last, terms, v, d);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(u: &Row, last: u64, terms: usize, v: &mut Row, d: &mut Row) {
    chunks(u, last, terms, v, d);
}

/// Inlined into each of the above, which compiles it for their features.
#[inline(always)]
fn chunks(u: &Row, last: u64, terms: usize, v: &mut Row, d: &mut Row) {
    let sign = if last % 2 == 1 { 1.0 } else { -1.0 };
    // Powers are below 2^53, so all of this is exact but the division.
    let mut last = last as f64;
    let mut next = coefficients(sign, last);
    for _ in 0..terms / CHUNK {
        let now = next;
        last -= CHUNK as f64;
        next = coefficients(sign, last);
        steps(&now, u, v, d);
    }
    steps(&next[..terms % CHUNK], u, v, d);
}

/// Coefficients from that of the power `last` down; what comes after the first power is not to be used.
#[inline(always)]
fn coefficients(sign: f64, last: f64) -> [f64; CHUNK] {
    std::array::from_fn(|i| {
        let sign = if i % 2 == 0 { sign } else { -sign };
        sign / (last - i as f64)
    })
}

/// A term for each of the coefficients.
#[inline(always)]
fn steps(coefficients: &[f64], u: &Row, v: &mut Row, d: &mut Row) {
    let (us, vs) = (u.as_chunks::<LANES>().0, v.as_chunks_mut::<LANES>().0);
    for ((u, v), d) in us.iter().zip(vs).zip(d.as_chunks_mut::<LANES>().0) {
        // Copies, which stay in registers.
        let (mut value, mut slope) = (*v, *d);
        for &coefficient in coefficients {
            for i in 0..LANES {
                slope[i] = slope[i] * u[i] + value[i];
                value[i] = value[i] * u[i] + coefficient;
            }
        }
        (*v, *d) = (value, slope);
    }
}

/// Values and slopes for `--self-test`: what IEEE 754 gives, operation by operation.
pub const KNOWN: [Known; 2] = [
    Known::new("20,000 powers of 1/2", |isa| {
        is(isa, 0.5, (0.405_465_108_108_164_4, 0.666_666_666_666_666_7))
    }),
    Known::new("20,000 powers of 31/32", |isa| {
        is(
            isa,
            0.968_75,
            (0.677_398_823_591_806_1, 0.507_936_507_936_507_8),
        )
    }),
];

fn is(isa: Isa, u: f64, right: (f64, f64)) -> Result<(), String> {
    let values = partial_sums(isa, &[u; GROUP], 20_000, || false).unwrap_or_default();
    match values.iter().find(|value| **value != right) {
        None => Ok(()),
        Some(wrong) => Err(format!("{wrong:?} instead of {right:?}")),
    }
}
