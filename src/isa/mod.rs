//! Which instructions kernels run on: the best that the processor has, or what the variable `GRANGE_ISA` says.
//!
//! A program is one portable binary. Its kernels are compiled for each [`Isa`], by functions with
//! `#[target_feature]`, and choose at run time, once per call that is worth it:
//!
//! ```
//! use grange::isa::{self, Isa};
//!
//! /// The sum of squares, compiled for each instruction set.
//! fn squares(isa: Isa, values: &[u32]) -> u64 {
//!     #[inline(always)]
//!     fn body(values: &[u32]) -> u64 {
//!         values.iter().map(|&v| u64::from(v) * u64::from(v)).sum()
//!     }
//!     #[cfg(target_arch = "x86_64")]
//!     #[target_feature(enable = "avx2")]
//!     fn avx2(values: &[u32]) -> u64 {
//!         body(values)
//!     }
//!     match isa.checked() {
//!         #[cfg(target_arch = "x86_64")]
//!         // SAFETY: `checked` has seen to it that the processor has AVX2.
//!         Isa::Avx2 | Isa::Avx512 => unsafe { avx2(values) },
//!         _ => body(values),
//!     }
//! }
//!
//! for isa in isa::available() {
//!     assert_eq!(squares(isa, &[1, 2, 3]), 14); // tests run all that there is
//! }
//! assert_eq!(squares(isa::current(), &[4]), 16); // programs the best, or what they are told
//! ```
//!
//! Every path of a kernel gives the same bits. For floating point that means the same operations on the same
//! operands: no fused multiply-add, no approximate reciprocal, no order of additions that depends on the width.

mod known;
#[cfg(test)]
mod tests;

pub use known::{Known, check};

use crate::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// The variable that forces an instruction set.
const VARIABLE: &str = "GRANGE_ISA";

/// An instruction set that kernels are compiled for. In order: each has all of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// What every processor of this architecture has; on x86-64 that is SSE2.
    Portable,
    /// `avx2`, `bmi1`, `bmi2`, `lzcnt` and `popcnt`: x86-64 from 2013 on.
    Avx2,
    /// Those of [`Isa::Avx2`] and `avx512f`, `avx512bw`, `avx512cd`, `avx512dq` and `avx512vl`: servers from 2017
    /// on. What came later, such as `avx512vbmi`, a kernel asks the processor for by itself.
    Avx512,
}

impl Isa {
    /// All of them, the plainest first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The best that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(detect)
    }

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        self <= Self::best()
    }

    /// Itself, where the processor has it: what a kernel calls before it relies on that.
    ///
    /// # Panics
    ///
    /// If the processor lacks it.
    pub fn checked(self) -> Self {
        assert!(self.is_available(), "this processor has no {self}");
        self
    }

    /// As `GRANGE_ISA` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

/// All that this processor has, the plainest first: what a test runs.
pub fn available() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.is_available())
}

/// What kernels run on: what `GRANGE_ISA` forces, else the best. It does not change while the process lives.
///
/// Where the variable makes no sense this is the best as well; but then [`run`](crate::run()) has ended with an
/// error.
pub fn current() -> Isa {
    forced().ok().flatten().unwrap_or_else(Isa::best)
}

/// What `GRANGE_ISA` forces, if it is set and not empty.
///
/// # Errors
/// When that is no instruction set, or none of this processor's.
pub fn forced() -> Result<Option<Isa>, Error> {
    static FORCED: OnceLock<Result<Option<Isa>, Error>> = OnceLock::new();
    FORCED
        .get_or_init(|| match std::env::var_os(VARIABLE) {
            Some(text) if !text.is_empty() => force(&text.to_string_lossy()).map(Some),
            _ => Ok(None),
        })
        .clone()
}

fn force(text: &str) -> Result<Isa, Error> {
    let isa: Isa = text
        .parse()
        .map_err(|e| Error::Usage(format!("{VARIABLE}: {e}")))?;
    if !isa.is_available() {
        let all: Vec<&str> = available().map(Isa::name).collect();
        let all = all.join(", ");
        return Err(Error::Usage(format!(
            "{VARIABLE}: this processor has no {isa}; it has {all}"
        )));
    }
    Ok(isa)
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Isa {
    use std::arch::is_x86_feature_detected as has;
    if !(has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt")) {
        return Isa::Portable;
    }
    let all = has!("avx512f")
        && has!("avx512bw")
        && has!("avx512cd")
        && has!("avx512dq")
        && has!("avx512vl");
    if all { Isa::Avx512 } else { Isa::Avx2 }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Isa {
    Isa::Portable
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that is no instruction set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no instruction set; there is portable, avx2, avx512")]
pub struct ParseIsaError(String);

impl FromStr for Isa {
    type Err = ParseIsaError;

    fn from_str(text: &str) -> Result<Self, ParseIsaError> {
        let known = Self::ALL.into_iter();
        let mut named = known.filter(|isa| isa.name().eq_ignore_ascii_case(text.trim()));
        named.next().ok_or_else(|| ParseIsaError(text.to_owned()))
    }
}
