//! What one call is, as far as coordination needs to know.

use crate::engine::schedule::Schedule;
use crate::engine::span::{Span, SpanSet};
use crate::exec::audit::Share;
use crate::exec::task::Trials;
use crate::progress::Progress;
use crate::wire::message::{Place, Seq};
use std::time::Duration;

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every grain is done.
    All,
    /// Every grain left of the leftmost hit is done.
    First,
    /// Some grain has a hit.
    Any,
    /// Rank 0's main says so; nothing is leased.
    Root,
    /// Rank 0's main says so; what it submits is leased.
    Jobs,
}

/// What a checkpoint knows of a call.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Grains that are done.
    pub done: SpanSet,
    /// The leftmost grain with a hit, of a search.
    pub hit: Option<u64>,
    /// Grains leave no values from which to tell that they are done.
    pub covers: bool,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its number.
    pub seq: Seq,
    /// To be the same on all ranks.
    pub place: Place,
    /// How it ends.
    pub kind: Kind,
    /// Grains.
    pub grains: u64,
    /// Items of a grain.
    pub grain: u128,
    /// Items.
    pub items: u128,
    /// Sizes of leases.
    pub schedule: Schedule,
    /// Whether overdue grains may be done twice at the same time.
    pub speculate: bool,
    /// Values stay where they were computed until the end.
    pub deferred: bool,
    /// From its beginning on rank 0.
    pub deadline: Option<Duration>,
    /// Grains that may be leased at first, where results are consumed one by one.
    pub ceiling: Option<u64>,
    /// On rank 0, where a checkpoint keeps the call.
    pub kept: Option<Kept>,
    /// What becomes of a grain that fails.
    pub trials: Trials,
    /// Grains that are computed again and compared.
    pub audit: Option<Share>,
    /// Counts items done, for people.
    pub progress: Option<Progress>,
}

impl Spec {
    /// Of that kind over nothing, as calls are where nobody says otherwise.
    pub fn of(kind: Kind) -> Self {
        Spec {
            seq: 0,
            place: Place {
                fingerprint: 0,
                text: String::new(),
            },
            kind,
            grains: 0,
            grain: 1,
            items: 0,
            schedule: Schedule::default(),
            speculate: false,
            deferred: false,
            deadline: None,
            ceiling: None,
            kept: None,
            trials: Trials::default(),
            audit: None,
            progress: None,
        }
    }

    /// The items of `span`, from and to.
    pub fn bounds(&self, span: Span) -> (u128, u128) {
        let at = |grain: u64| u128::from(grain).saturating_mul(self.grain).min(self.items);
        (at(span.start), at(span.end))
    }

    /// The items of these grains are done, which were not before.
    pub fn covered(&self, fresh: &[Span]) {
        if let Some(progress) = &self.progress {
            progress.add(self.count(fresh));
        }
    }

    /// A checkpoint has these grains.
    pub fn resumed(&self, kept: &[Span]) {
        if let Some(progress) = &self.progress {
            progress.resume(self.count(kept));
        }
    }

    fn count(&self, spans: &[Span]) -> u128 {
        let items = |&span: &Span| {
            let (start, end) = self.bounds(span);
            end - start
        };
        spans.iter().map(items).sum()
    }

    /// The items of `span`, for people.
    pub fn items_of(&self, span: Span) -> String {
        if self.kind == Kind::Jobs {
            return match span.len() {
                1 => format!("job {}", span.start),
                _ => format!("jobs {}..{}", span.start, span.end),
            };
        }
        let (start, end) = self.bounds(span);
        match end - start {
            1 => format!("item {start}"),
            _ => format!("items {start}..{end}"),
        }
    }
}
