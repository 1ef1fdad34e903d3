//! Choosing the inner loop at run time.

use std::{fmt, ops::Range};

use grange::isa::{self, Isa};

#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use super::{
    plan::Plan,
    portable,
    reach::Reach,
    set::Set,
    undo::{Ends, ask_steps, undo_steps},
};

/// An inner loop that this processor can run. All of them give the same results.
///
/// The set is private, so that paths are made only for what the processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(Isa);

impl Path {
    /// The paths of this processor, fastest first; never empty.
    #[allow(
        dead_code,
        reason = "for tests and measurements; the application takes one"
    )]
    pub fn available() -> impl Iterator<Item = Self> {
        let all: Vec<Isa> = isa::available().collect();
        all.into_iter().rev().map(Self)
    }

    /// The one of that instruction set.
    ///
    /// # Panics
    ///
    /// If this processor lacks it.
    pub fn of(isa: Isa) -> Self {
        Self(isa.checked())
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
            // SAFETY: `Isa` has seen that the processor has AVX-512F.
            Isa::Avx512 => unsafe { avx512::scan(word, plan, table, count) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX2.
            Isa::Avx2 => unsafe { avx2::scan(word, plan, table, count) },
            _ => portable::scan(word, plan, table, count),
        }
    }

    /// See [`portable::scan_set`].
    pub(super) fn scan_set(
        self,
        varied: (usize, Reach),
        plan: &Plan,
        table: &[u32],
        count: usize,
        set: &Set,
    ) -> Option<usize> {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX-512F.
            Isa::Avx512 => unsafe { avx512::scan_set(varied, plan, table, count, set) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX2.
            Isa::Avx2 => unsafe { avx2::scan_set(varied, plan, table, count, set) },
            _ => portable::scan_set(varied, plan, table, count, set),
        }
    }

    /// See [`undo_steps`].
    pub(super) fn undo(self, plan: &Plan, steps: Range<usize>, ends: &mut [Ends]) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX-512F.
            Isa::Avx512 => unsafe { avx512::undo(plan, steps, ends) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX2.
            Isa::Avx2 => unsafe { avx2::undo(plan, steps, ends) },
            _ => undo_steps(plan, steps, ends),
        }
    }

    /// See [`ask_steps`].
    pub(super) fn ask(self, plan: &Plan, steps: Range<usize>, ends: &[Ends], set: &mut Set) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX-512F.
            Isa::Avx512 => unsafe { avx512::ask(plan, steps, ends, set) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Isa` has seen that the processor has AVX2.
            Isa::Avx2 => unsafe { avx2::ask(plan, steps, ends, set) },
            _ => ask_steps::<1>(plan, steps, ends, set, Set::put),
        }
    }

    /// What undoing the last steps for one digest takes, in steps of a candidate.
    pub(super) fn undo_cost(self) -> u64 {
        match self.0 {
            Isa::Avx512 => 40,
            Isa::Avx2 => 20,
            Isa::Portable => 16,
        }
    }

    /// Candidates tested in a few tenths of a millisecond, on a slow processor.
    pub(super) fn stride(self) -> u64 {
        match self.0 {
            Isa::Avx512 => 1 << 16,
            Isa::Avx2 => 1 << 15,
            Isa::Portable => 1 << 13,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
