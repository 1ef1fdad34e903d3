//! Either kind of work behind one type, so that one coordinator type drives both.

use super::{Queue, Tree, Work};
use crate::engine::MemberId;
use crate::engine::span::Span;

/// A range or a list, or submitted jobs.
#[derive(Clone, Debug)]
pub enum Workload {
    /// See [`Tree`].
    Tree(Tree),
    /// See [`Queue`].
    Queue(Queue),
}

impl Workload {
    /// See [`Tree::raise_ceiling`]; jobs have none.
    pub fn raise_ceiling(&mut self, ceiling: u64) {
        if let Workload::Tree(tree) = self {
            tree.raise_ceiling(ceiling);
        }
    }

    /// See [`Tree::truncate`]; jobs are cancelled one by one.
    pub fn truncate(&mut self, grain: u64) {
        if let Workload::Tree(tree) = self {
            tree.truncate(grain);
        }
    }

    /// The jobs, if these are.
    pub fn queue(&mut self) -> Option<&mut Queue> {
        match self {
            Workload::Tree(_) => None,
            Workload::Queue(queue) => Some(queue),
        }
    }

    /// One past the last grain that needs doing.
    pub fn needed(&self) -> u64 {
        match self {
            Workload::Tree(tree) => tree.needed(),
            Workload::Queue(queue) => queue.total(),
        }
    }
}

macro_rules! either {
    ($self:ident, $work:ident => $call:expr) => {
        match $self {
            Workload::Tree($work) => $call,
            Workload::Queue($work) => $call,
        }
    };
}

impl Work for Workload {
    fn total(&self) -> u64 {
        either!(self, w => w.total())
    }

    fn batch(&self) -> Option<u64> {
        either!(self, w => w.batch())
    }

    fn available(&self) -> u64 {
        either!(self, w => w.available())
    }

    fn take(
        &mut self,
        member: MemberId,
        want: u64,
        near: Option<u64>,
        exact: bool,
    ) -> Option<Span> {
        either!(self, w => w.take(member, want, near, exact))
    }

    fn give_back(&mut self, span: Span) {
        either!(self, w => w.give_back(span));
    }

    fn done(&mut self, span: Span) -> Vec<Span> {
        either!(self, w => w.done(span))
    }

    fn undone(&self, span: Span) -> Vec<Span> {
        either!(self, w => w.undone(span))
    }

    fn shun(&mut self, grain: u64, member: MemberId) {
        either!(self, w => w.shun(grain, member));
    }

    fn outranks(&self, grain: u64) -> bool {
        either!(self, w => w.outranks(grain))
    }

    fn finished(&self) -> bool {
        either!(self, w => w.finished())
    }
}
