//! The inputs of jobs that a job was leased, for its ranks.

use crate::engine::LeaseId;
use crate::engine::span::Span;
use crate::exec::jobs::batch::Batch;
use crate::session::agent::Post;
use crate::session::frozen::Frozen;
use crate::wire::frame::Damaged;
use crate::wire::message::Seq;
use crate::wire::rope::Rope;
use std::collections::BTreeMap;

/// Of one call.
#[derive(Default)]
pub(super) struct Batches {
    /// By lease from above.
    leased: BTreeMap<LeaseId, (Span, Batch)>,
    /// Values that jobs share.
    frozen: Frozen,
}

impl Batches {
    /// Jobs came with their inputs.
    ///
    /// # Errors
    /// When the inputs are damaged.
    pub fn leased(&mut self, lease: LeaseId, span: Span, body: Rope) -> Result<(), Damaged> {
        let batch = Batch::from_rope(body)?;
        if batch.len() as u64 != span.len() {
            return Err(Damaged("a lease has more jobs than inputs, or fewer"));
        }
        self.leased.insert(lease, (span, batch));
        Ok(())
    }

    /// A value that jobs share came: ranks that wait for it have it now.
    pub fn frozen(&mut self, seq: Seq, id: u64, bytes: Rope, out: &mut Vec<Post>) {
        self.frozen.arrived(seq, id, bytes, out);
    }

    /// The inputs of `span` for a rank, after the values that it does not have. All of it came with one lease; where
    /// with several, the last counts.
    pub fn inputs(&mut self, seq: Seq, rank: u32, span: Span, out: &mut Vec<Post>) -> Rope {
        let mut inputs = Batch::default();
        let from = |of: &Span| of.intersect(span) == Some(span);
        if let Some((of, batch)) = self.leased.values().rev().find(|(of, _)| from(of)) {
            let range = (span.start - of.start) as usize..(span.end - of.start) as usize;
            inputs.extend(batch, range);
            inputs.priority = batch.priority;
        }
        self.frozen.needed(seq, rank, inputs.needs(), out);
        inputs.into_rope()
    }

    /// Only the inputs of leases that are still wanted are kept.
    pub fn keep(&mut self, wanted: impl Fn(LeaseId) -> bool) {
        self.leased.retain(|&lease, _| wanted(lease));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::jobs::batch::Terms;

    #[test]
    fn parts_of_a_lease_have_their_inputs() {
        let mut batch = Batch::default();
        for i in 0..10u8 {
            batch.push(Terms::default(), &[i; 3], &[5]);
        }
        let mut batches = Batches::default();
        let leased =
            |batches: &mut Batches, span| batches.leased(1, span, batch.clone().into_rope());
        assert!(leased(&mut batches, Span::new(100, 111)).is_err());
        assert_eq!(leased(&mut batches, Span::new(100, 110)), Ok(()));
        let mut out = Vec::new();
        // The value that they need comes late.
        batches.inputs(3, 7, Span::new(100, 101), &mut out);
        assert!(out.is_empty());
        batches.frozen(3, 5, Rope::from(vec![9]), &mut out);
        for rank in [1, 2, 1] {
            let inputs = batches.inputs(3, rank, Span::new(104, 106), &mut out);
            let inputs = Batch::from_rope(inputs).unwrap();
            assert_eq!((inputs.len(), inputs.bytes()), (2, 6));
        }
        let to: Vec<u32> = out.iter().map(|(to, ..)| *to).collect();
        assert_eq!(to, [7, 1, 2]);
        batches.keep(|_| false);
        assert!(batches.leased.is_empty());
    }
}
