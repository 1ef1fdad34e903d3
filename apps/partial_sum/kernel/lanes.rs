//! Runs of whole groups on the widest instructions at hand.

use super::Fixed;
use super::block::{self, Blocks};
use super::quad::Quads;
use super::way::{Way, one};
use grange::isa::Isa;

/// Groups a lane may add before its 64 bits must be emptied. A lower part is at
/// most `2^51` steps of its level, so `2^11` of them are below `2^63`; the upper
/// parts of quads add up to less than `ln 2 * 2^51`, however many there are.
const FILL: u64 = 1 << 11;

/// The value of the quads `from .. to`.
pub(super) fn quads(isa: Isa, from: u64, to: u64) -> Fixed {
    run(isa, Quads, from, to)
}

/// The value of the blocks `from .. to`, octave by octave.
pub(super) fn blocks(isa: Isa, from: u64, to: u64) -> Fixed {
    let mut total = Fixed::ZERO;
    let mut k = from;
    while k < to {
        // The octave of its first term, 64k + 1.
        let e = k.ilog2() + block::TERMS.ilog2();
        let way = Blocks::of_octave(e);
        let end = (2 << k.ilog2()).min(to);
        total += if k < block::INEXACT / block::TERMS {
            run(isa, way, k, end)
        } else {
            // One at a time, since the centre has to be rounded from the integer for
            // each: a rounded one advanced by a step would depend on where the
            // window starts.
            (k..end).map(|k| one(way, k)).sum()
        };
        k = end;
    }
    total
}

/// The groups `from .. to`, if any, all of which start with an exact `f64`.
fn run<W: Way>(isa: Isa, way: W, from: u64, to: u64) -> Fixed {
    match isa.checked() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `checked` has found the features that it needs.
        Isa::Avx512 => unsafe { avx512(way, from, to) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `checked` has found the feature that it needs.
        Isa::Avx2 => unsafe { avx2(way, from, to) },
        _ => on_lanes::<W, 8>(way, from, to),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn avx512<W: Way>(way: W, from: u64, to: u64) -> Fixed {
    on_lanes::<W, 16>(way, from, to)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<W: Way>(way: W, from: u64, to: u64) -> Fixed {
    on_lanes::<W, 16>(way, from, to)
}

/// With so many groups in flight together that the operations on some fill the
/// wait for the division of others. Inlined into each of the above, which
/// compiles it for their features.
#[inline(always)]
fn on_lanes<W: Way, const LANES: usize>(way: W, from: u64, to: u64) -> Fixed {
    let mut total = Fixed::ZERO;
    let mut k = from;
    let mut rows = to.saturating_sub(from) / LANES as u64;
    while rows > 0 {
        let count = rows.min(FILL);
        let mut first: [f64; LANES] = std::array::from_fn(|i| way.first(k + i as u64));
        let mut low = [0u64; LANES];
        let mut high = [0u64; LANES];
        for _ in 0..count {
            for i in 0..LANES {
                let [l, h] = way.bits(first[i]);
                low[i] = low[i].wrapping_add(l);
                high[i] = high[i].wrapping_add(h);
                first[i] += (W::STEP * LANES as u64) as f64;
            }
        }
        for i in 0..LANES {
            total += way.value([low[i], high[i]], count);
        }
        k += count * LANES as u64;
        rows -= count;
    }
    while k < to {
        total += one(way, k);
        k += 1;
    }
    total
}
