//! What the coordinator remembers of a lease.

use crate::engine::span::{Span, SpanSet};
use crate::engine::{MILLISECOND, MemberId, Time};

/// After this a lease that had nothing to give back may be asked again.
const RETRY: Time = 20 * MILLISECOND;

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
    /// Everything left of it had begun at that time, or the member did not answer. A group may have
    /// something later, when its members give something back.
    Futile(Time),
    /// Never to be asked.
    Never,
}

impl Lease {
    pub fn new(member: MemberId, span: Span, now: Time, queue: u64, copy: bool) -> Self {
        let left = SpanSet::from_iter([span]);
        let recall = if copy {
            Recall::Never
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

    /// Whether it may be asked for at `now`.
    pub fn is_recallable(&self, now: Time) -> bool {
        match self.recall {
            Recall::Possible => true,
            Recall::Futile(since) => now >= since + RETRY,
            Recall::Asked(_) | Recall::Never => false,
        }
    }

    pub fn is_asked(&self) -> bool {
        matches!(self.recall, Recall::Asked(_))
    }
}
