//! Runs of whole quads on the widest instructions at hand.

use super::Fixed;
use super::quad::{FAR, Far, INEXACT, Near, Way, one, start};

/// Quads in flight together: two vectors of eight `f64`s, so that the operations
/// on one can fill the wait for the division of the other.
const LANES: usize = 16;

/// Quads a lane may add before its 64 bits must be emptied. A lower part is at
/// most `2^50` steps of its level, so `2^12` of them are below `2^63`; the upper
/// parts add up to less than `ln 2 * 2^51`, however many there are.
const FILL: u64 = 1 << 12;

/// An instruction set to run on. The sums are the same on all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// AVX-512, with DQ and VL.
    Avx512,
    /// AVX2.
    Avx2,
    /// What every machine of this architecture has.
    Portable,
}

impl Path {
    /// All of them, the fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// Whether this machine has the instruction set.
    pub fn available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }

    /// The fastest that this machine has.
    pub fn best() -> Self {
        let found = Self::ALL.into_iter().find(|path| path.available());
        found.unwrap_or(Self::Portable)
    }
}

/// The value of the quads `from .. to`.
pub(super) fn quads(path: Path, from: u64, to: u64) -> Fixed {
    assert!(path.available(), "this machine has no {path:?}");
    match path {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the assertion above has found the features that it needs.
        Path::Avx512 => unsafe { avx512(from, to) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the assertion above has found the feature that it needs.
        Path::Avx2 => unsafe { avx2(from, to) },
        _ => all(from, to),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn avx512(from: u64, to: u64) -> Fixed {
    all(from, to)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(from: u64, to: u64) -> Fixed {
    all(from, to)
}

/// Inlined into each of the above, which compiles it for their features.
#[inline(always)]
fn all(from: u64, to: u64) -> Fixed {
    let near = run::<Near>(from, to.min(FAR));
    let far = run::<Far>(from.max(FAR), to.min(INEXACT));
    // One at a time, since `a` has to be rounded from the integer for each: a
    // rounded `a` advanced by a step would depend on where the window starts.
    let inexact = (from.max(INEXACT)..to).map(one::<Far>).sum();
    near + far + inexact
}

/// The quads `from .. to`, if any, all of which go one way and start with an
/// exact `a`.
#[inline(always)]
fn run<W: Way>(from: u64, to: u64) -> Fixed {
    let mut total = Fixed::ZERO;
    let mut k = from;
    let mut rows = to.saturating_sub(from) / LANES as u64;
    while rows > 0 {
        let count = rows.min(FILL);
        let mut a: [f64; LANES] = std::array::from_fn(|i| start(k + i as u64));
        let mut low = [0u64; LANES];
        let mut high = [0u64; LANES];
        for _ in 0..count {
            for i in 0..LANES {
                let (l, h) = W::bits(a[i]);
                low[i] = low[i].wrapping_add(l);
                high[i] = high[i].wrapping_add(h);
                a[i] += (4 * LANES) as f64;
            }
        }
        for i in 0..LANES {
            total += W::value(low[i], high[i], count);
        }
        k += count * LANES as u64;
        rows -= count;
    }
    while k < to {
        total += one::<W>(k);
        k += 1;
    }
    total
}
