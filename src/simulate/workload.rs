//! Either kind of work behind one type, so that one coordinator type drives both.

use crate::engine::span::Span;
use crate::engine::work::{Queue, Tree, Work};

#[derive(Debug)]
pub(super) enum Workload {
    Tree(Tree),
    Queue(Queue),
}

impl Workload {
    pub fn raise_ceiling(&mut self, ceiling: u64) {
        if let Workload::Tree(tree) = self {
            tree.raise_ceiling(ceiling);
        }
    }

    pub fn truncate(&mut self, grain: u64) {
        if let Workload::Tree(tree) = self {
            tree.truncate(grain);
        }
    }

    pub fn submit(&mut self, count: u64, priority: i32, last: bool) {
        if let Workload::Queue(queue) = self {
            if count > 0 {
                queue.submit(count, priority);
            }
            if last {
                queue.close();
            }
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

    fn available(&self) -> u64 {
        either!(self, w => w.available())
    }

    fn take(&mut self, want: u64, near: Option<u64>, exact: bool) -> Option<Span> {
        either!(self, w => w.take(want, near, exact))
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

    fn finished(&self) -> bool {
        either!(self, w => w.finished())
    }
}
