//! What the coordinator remembers of a lease.

use crate::engine::span::{Span, SpanSet};
use crate::engine::{MemberId, Time};

/// A span handed to a member, not yet wholly returned.
#[derive(Debug)]
pub(super) struct Lease {
    pub member: MemberId,
    /// What is not returned yet.
    pub left: SpanSet,
    /// When something of it last came back, or else when it was granted.
    pub progress: Time,
    /// Grains that the member had ahead of it when it was granted or last told how far it is, these
    /// included.
    pub queue: u64,
    /// Whether it is a second copy of grains that another lease holds.
    pub copy: bool,
    /// Whether it was found overdue, so that it is told once.
    pub overdue: bool,
    /// Whether grains that it has not begun may be asked back.
    pub recall: Recall,
}

/// How far asking a lease's grains back has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Recall {
    Possible,
    /// Asked at that time, not answered.
    Asked(Time),
    /// Everything left of it has begun, or the member does not answer.
    Futile,
}

impl Lease {
    pub fn new(member: MemberId, span: Span, now: Time, queue: u64, copy: bool) -> Self {
        let left = SpanSet::from_iter([span]);
        let recall = if copy {
            Recall::Futile
        } else {
            Recall::Possible
        };
        Lease {
            member,
            left,
            progress: now,
            queue,
            copy,
            overdue: false,
            recall,
        }
    }

    pub fn is_asked(&self) -> bool {
        matches!(self.recall, Recall::Asked(_))
    }
}
