//! What ranks tell one another of jobs.

use super::Seed;
use crate::exec::jobs::batch::{Batch, Input, Terms};
use crate::exec::jobs::record::{self, Child, Ending};
use crate::wire::rope::Rope;

/// The inputs of jobs; what became of jobs.
pub fn run(bytes: &[u8]) {
    if let Ok(batch) = Batch::from_rope(Rope::from(bytes.to_vec())) {
        let inputs: u64 = (0..batch.len())
            .map(|i| match batch.input(i) {
                Input::Slice(bytes) => bytes.len() as u64,
                Input::Rope(rope) => rope.len(),
            })
            .sum();
        assert_eq!(inputs, batch.bytes());
        let mut copy = Batch::default();
        copy.priority = batch.priority;
        copy.extend(&batch, 0..batch.len());
        let back = Batch::from_rope(copy.into_rope()).map(Batch::into_rope);
        assert!(back.is_ok_and(|rope| rope.len() <= bytes.len() as u64));
    }
    let mut rope = Rope::from(bytes.to_vec());
    while !rope.is_empty() {
        let before = rope.len();
        let Ok(read) = record::read(&mut rope) else {
            return;
        };
        let mut again = Rope::new();
        let head = (read.job, read.rank, read.nanoseconds);
        record::write(&mut again, head, read.ending, &read.payload, &read.children);
        assert_eq!(again.len(), before - rope.len());
        assert_eq!(record::read(&mut again), Ok(read));
    }
}

/// Of [`run`].
pub fn seeds() -> Vec<Seed> {
    let terms = Terms {
        retries: 2,
        limit: 7,
    };
    let mut batch = Batch::default();
    for text in ["one", "", "three"] {
        batch.push(terms, text.as_bytes(), &[5, 6]);
    }
    let large = Batch::large(terms, Rope::from(vec![5; 300]), &[9]);
    let children = [
        Child {
            input: vec![1, 2],
            needs: vec![3],
        },
        Child::default(),
    ];
    let mut records = Rope::new();
    record::write(&mut records, (7, 3, 99), Ending::Failed, b"why", &children);
    record::write(&mut records, (8, 0, 1), Ending::Value, &[], &[]);
    let bytes = |mut rope: Rope| rope.take(rope.len()).unwrap_or_default();
    vec![
        ("batch", bytes(batch.into_rope())),
        ("large", bytes(large.into_rope())),
        ("records", bytes(records)),
    ]
}
