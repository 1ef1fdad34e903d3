//! Search for the number whose decimal string, or the string, that has a given MD5 digest, or one of
//! many.
//!
//! A [`Searcher`] takes windows of numbered candidates. Each window is cut into scans that differ
//! only in one message word of the block that MD5 hashes, a vector register holds that word of
//! several candidates, and what all candidates of a scan have in common is worked out once: the
//! first steps, and the last ones backward from the digest. The folder's README has the derivation.
//!
//! From the outside in:
//! - `searcher` cuts windows by length of the candidates and by head, `under_head` by tail;
//! - `space` numbers the candidates, and has the tables of a word's values; `decimal` those of
//!   numbers;
//! - `layout` chooses the word that varies and, for many digests, how far `reach` is;
//! - `targets` has the digests and, where there are many, `asked` what candidates are compared with:
//!   `undo` has the last steps backward, `set` looks words up;
//! - `plan` prepares a scan, from the steps in `rounds`;
//! - `scan` has the steps of a candidate, and `portable` the inner loop around them; `vector` has
//!   that of vector registers, which `avx512` and `avx2` supply with operations;
//! - `path` chooses between them at run time.
//!
//! A scan compares 32 bits. Every candidate it turns up is hashed in full by an independent
//! implementation, [`Digest::of_bytes`], before it is reported.

mod asked;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod decimal;
mod digest;
pub mod known;
mod layout;
mod path;
mod plan;
mod portable;
mod reach;
mod rounds;
mod scan;
mod searcher;
mod set;
mod space;
mod targets;
mod under_head;
mod undo;
#[cfg(target_arch = "x86_64")]
mod vector;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_strings;

pub use digest::Digest;
#[allow(
    unused_imports,
    reason = "for measuring; the application takes the fastest path"
)]
pub use path::Path;
pub use searcher::{Hit, Searcher};
pub use space::{MAX_LENGTH, Space, Strings};
pub use targets::Targets;

/// How many numbers to give to one call of [`Searcher::find`] when `first..=last` is shared out.
///
/// A power of two, and a function of the arguments alone. Windows of this size are a thousandth
/// of the range, so that many workers end together, but not below 2^16, where the time to prepare
/// a window would begin to show, nor above 2^24, the most that is searched at a stretch.
pub fn grain(first: u128, last: u128) -> u128 {
    let share = last.saturating_sub(first) / 1024;
    1 << share.max(1).ilog2().clamp(16, LONGEST_GRAIN.ilog2())
}

/// Longer windows are searched in parts.
pub const LONGEST_GRAIN: u128 = searcher::CHUNK;

/// The most candidates of one call: 2^48 grains can be scheduled.
pub const MOST: u128 = 1 << 71;
