//! Choosing the inner loop at run time.

use std::fmt;

#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use super::{plan::Plan, portable};

/// An inner loop that this processor can run. All of them give the same results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(Isa);

// Private, so that only `available` makes paths, and those only for what it has detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Path {
    /// The paths of this processor, fastest first; never empty.
    pub fn available() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx512f").then_some(Isa::Avx512),
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx2").then_some(Isa::Avx2),
            Some(Isa::Portable),
        ]
        .into_iter()
        .flatten()
        .map(Self)
    }

    /// See [`portable::scan`].
    pub(super) fn scan(
        self,
        word: usize,
        plan: &Plan,
        table: &[u32],
        count: usize,
    ) -> Option<usize> {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `available` has seen that the processor has AVX-512F.
            Isa::Avx512 => unsafe { avx512::scan(word, plan, table, count) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `available` has seen that the processor has AVX2.
            Isa::Avx2 => unsafe { avx2::scan(word, plan, table, count) },
            Isa::Portable => portable::scan(word, plan, table, count),
        }
    }

    /// Candidates tested in a few tenths of a millisecond, on a slow processor.
    pub(super) fn stride(self) -> u64 {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => 1 << 16,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => 1 << 15,
            Isa::Portable => 1 << 13,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "AVX2",
            Isa::Portable => "portable",
        })
    }
}
