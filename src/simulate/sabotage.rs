//! The engine's workload with a switch for deliberate mistakes.

use super::mutation::Mutation;
use crate::engine::MemberId;
use crate::engine::span::Span;
use crate::engine::work::{Work, Workload};
use std::cell::Cell;

/// A workload that makes the mistake it is told to make, if any.
#[derive(Debug)]
pub(super) struct Sabotaged {
    pub work: Workload,
    mutation: Option<Mutation>,
    /// The coordinator is just giving up a lost member.
    pub losing: Cell<bool>,
}

impl Sabotaged {
    pub fn new(work: Workload, mutation: Option<Mutation>) -> Self {
        Sabotaged {
            work,
            mutation,
            losing: Cell::new(false),
        }
    }

    fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}

impl Work for Sabotaged {
    fn total(&self) -> u64 {
        self.work.total()
    }

    fn batch(&self) -> Option<u64> {
        self.work.batch()
    }

    fn available(&self) -> u64 {
        self.work.available()
    }

    fn take(
        &mut self,
        member: MemberId,
        want: u64,
        near: Option<u64>,
        exact: bool,
    ) -> Option<Span> {
        self.work.take(member, want, near, exact)
    }

    fn give_back(&mut self, mut span: Span) {
        if self.has(Mutation::KeepLost) && self.losing.get() {
            return;
        }
        if self.has(Mutation::LoseOneGivenBack) && span.len() > 1 {
            span.end -= 1;
        }
        self.work.give_back(span);
    }

    fn done(&mut self, span: Span) -> Vec<Span> {
        let fresh = self.work.done(span);
        match self.has(Mutation::AllIsNews) {
            true => vec![span],
            false => fresh,
        }
    }

    fn undone(&self, span: Span) -> Vec<Span> {
        self.work.undone(span)
    }

    fn shun(&mut self, grain: u64, member: MemberId) {
        self.work.shun(grain, member);
    }

    fn outranks(&self, grain: u64) -> bool {
        self.work.outranks(grain)
    }

    fn finished(&self) -> bool {
        if self.has(Mutation::EndEarly)
            && let Workload::Tree(tree) = &self.work
        {
            let undone = tree.undone(Span::new(0, tree.needed()));
            return undone.iter().map(Span::len).sum::<u64>() <= 1;
        }
        self.work.finished()
    }
}
