//! Events in order of virtual time.

use crate::engine::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A queue of events; of two at the same time the one put in first comes out first.
#[derive(Debug)]
pub(super) struct Queue<E> {
    order: BinaryHeap<Reverse<(Time, u64, u32)>>,
    /// Events by slot: the heap moves small keys only.
    slots: Vec<Option<E>>,
    free: Vec<u32>,
    sequence: u64,
}

impl<E> Queue<E> {
    pub fn new() -> Self {
        Queue {
            order: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }

    pub fn push(&mut self, at: Time, event: E) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        self.slots[slot as usize] = Some(event);
        self.order.push(Reverse((at, self.sequence, slot)));
        self.sequence += 1;
    }

    pub fn pop(&mut self) -> Option<(Time, E)> {
        let Reverse((at, _, slot)) = self.order.pop()?;
        self.free.push(slot);
        self.slots[slot as usize].take().map(|event| (at, event))
    }
}
