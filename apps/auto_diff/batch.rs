//! The series and its derivative at many points at once.
//!
//! Horner's rule on dual numbers `v + d e` with `e^2 = 0`, for the point `u + e`, is
//!
//! ```text
//! (v + d e) (u + e) + c = (v u + c) + (d u + v) e
//! ```
//!
//! for each coefficient `c` from the last to the first: two multiplications and two additions a term and point
//! (Griewank and Walther, *Evaluating Derivatives*, 2008, 3.1). The coefficients are the same for all points, so a
//! table of them is made once for each group of points, stretch by stretch; points stand side by side in vectors. The
//! operations of each point are those of one job a point, in the same order and never fused, so the bits are the same,
//! on every instruction set.

use grange::isa::{Isa, Known};

/// Points of a group.
pub const GROUP: usize = 32;

/// Coefficients of a stretch: 16 KiB, half of the smallest L1 cache.
const STRETCH: usize = 2048;

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
    let mut table = [0.0; STRETCH];
    let mut last = end - 1;
    while last > 0 {
        if stop() {
            return None;
        }
        let length = last.min(STRETCH as u64);
        horner(isa, u, last, &mut table[..length as usize], &mut v, &mut d);
        last -= length;
    }
    Some(std::array::from_fn(|i| (v[i] * u[i], d[i] * u[i] + v[i])))
}

/// Goes on by a stretch of as many terms as fit the table, the first of which has the power `last`.
fn horner(isa: Isa, u: &Row, last: u64, table: &mut [f64], v: &mut Row, d: &mut Row) {
    match isa.checked() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `checked` has found the feature that it needs.
        Isa::Avx512 => unsafe { avx512(u, last, table, v, d) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `checked` has found the feature that it needs.
        Isa::Avx2 => unsafe { avx2(u, last, table, v, d) },
        // As many points at once as make the most of the registers there are.
        _ => by_lanes::<8>(u, last, table, v, d),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(u: &Row, last: u64, table: &mut [f64], v: &mut Row, d: &mut Row) {
    by_lanes::<32>(u, last, table, v, d);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(u: &Row, last: u64, table: &mut [f64], v: &mut Row, d: &mut Row) {
    by_lanes::<16>(u, last, table, v, d);
}

/// Coefficients from that of the power `last` down.
#[inline(always)]
fn fill(table: &mut [f64], last: u64) {
    // Powers are below 2^53, so all of this is exact but the division.
    let (sign, last) = (if last % 2 == 1 { 1.0 } else { -1.0 }, last as f64);
    for (i, coefficient) in (0i32..).zip(table) {
        let sign = if i % 2 == 0 { sign } else { -sign };
        *coefficient = sign / (last - f64::from(i));
    }
}

/// So many points at a time; inlined into each of the above, which compiles it for their features.
#[inline(always)]
fn by_lanes<const LANES: usize>(u: &Row, last: u64, table: &mut [f64], v: &mut Row, d: &mut Row) {
    fill(table, last);
    let (us, vs) = (u.as_chunks::<LANES>().0, v.as_chunks_mut::<LANES>().0);
    for ((u, v), d) in us.iter().zip(vs).zip(d.as_chunks_mut::<LANES>().0) {
        // Copies, which stay in registers.
        let (mut value, mut slope) = (*v, *d);
        for &coefficient in table.iter() {
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
