//! Messages that are damaged on their way, and ranks of another version: see `src/comm/harm.rs`.

use super::{Test, ranks};
use crate::expect::Expect;
use crate::launch::scenario;

pub const ALL: &[Test] = &[
    ranks("a_flipped_bit_in_a_message", || {
        // The hello, leases, results, pieces of large ones; at the front, within, at the end.
        for (rank, n, byte) in [
            (1, 1, 0),
            (0, 3, u64::MAX),
            (1, 3, 5),
            (2, 4, u64::MAX),
            (1, 6, 700),
            (0, 5, 4),
        ] {
            let flip = format!("{rank}:{n}:{byte}");
            let outcome = scenario(3, "large_values").env("GRANGE_TEST_FLIP", &flip);
            if !cfg!(debug_assertions) {
                outcome.run().line();
                continue;
            }
            let sender = format!("a message from rank {rank} (");
            outcome
                .run()
                .within(20.0)
                .fails(3, &[&sender, ") is damaged: its bytes are not"]);
        }
    }),
    ranks("a_rank_of_another_protocol", || {
        for n in [2, 3] {
            let outcome = scenario(n, "large_values").env("GRANGE_TEST_PROTOCOL", "1:9");
            if !cfg!(debug_assertions) {
                outcome.run().line();
                continue;
            }
            outcome.run().within(20.0).fails(
                2,
                &[
                    "rank 1 (",
                    "speaks version 9 of grange's protocol, and this is version ",
                ],
            );
        }
    }),
];
