//! What there is to lease.
//!
//! A [`Work`] numbers its units as grains and says which are free, leased or done. [`Tree`] is a
//! workload whose size is known from the start, a range or a list; [`Queue`] grows while it runs and
//! orders by priority, for submitted jobs.

mod either;
mod queue;
mod tree;

pub use either::Workload;
pub use queue::{Priority, Queue};
pub use tree::Tree;

use super::MemberId;
use super::span::Span;

/// Grains to be leased, returned, and at last all done.
pub trait Work {
    /// Grains known so far.
    fn total(&self) -> u64;

    /// In a group: grains of the last lease from above, of which each member is to have its share.
    fn batch(&self) -> Option<u64> {
        None
    }

    /// Grains that could be leased now.
    fn available(&self) -> u64;

    /// Takes about `want` free grains (no more than that, if `exact`) for `member`, near the grain
    /// `near` where there is a choice.
    /// Gives at least one grain whenever [`Work::available`] is not zero, unless all that is free is
    /// to be done by another member.
    fn take(&mut self, member: MemberId, want: u64, near: Option<u64>, exact: bool)
    -> Option<Span>;

    /// Leased grains come back undone. What is done already stays done.
    fn give_back(&mut self, span: Span);

    /// `span` is done. Returns the parts that were not done before: only these count.
    fn done(&mut self, span: Span) -> Vec<Span>;

    /// The parts of `span` that still need doing, leased or not.
    fn undone(&self, span: Span) -> Vec<Span>;

    /// `member` failed at `grain`: when that comes back, it is rather for another member.
    fn shun(&mut self, _grain: u64, _member: MemberId) {}

    /// Whether something free should be done before `grain`.
    fn outranks(&self, _grain: u64) -> bool {
        false
    }

    /// Whether nothing needs doing any more, and nothing will.
    fn finished(&self) -> bool;
}
