//! Known answers, for `--self-test`.

use super::sum_on;
use grange::isa::Known;

/// The bits of sums of windows; those from 1 on are ln 2 less what Boole's summation formula says of the rest.
pub const KNOWN: [Known; 4] = [
    Known::new("terms 1 to 4", |isa| sum_is(isa, 1, 4, 7.0 / 12.0)),
    Known::new("terms 1 to 2e7", |isa| {
        sum_is(isa, 1, 20_000_000, 0.693_147_155_559_945_9)
    }),
    Known::new("terms 1 to 2e9", |isa| {
        sum_is(isa, 1, 2_000_000_000, 0.693_147_180_309_945_3)
    }),
    Known::new("terms 1e12 + 1 to 1e12 + 3e5", |isa| {
        sum_is(
            isa,
            1_000_000_000_001,
            1_000_000_300_000,
            1.499_999_549_998_635e-19,
        )
    }),
];

fn sum_is(isa: grange::isa::Isa, first: u64, last: u64, right: f64) -> Result<(), String> {
    let sum = sum_on(isa, first, last).to_f64();
    match sum.to_bits() == right.to_bits() {
        true => Ok(()),
        false => Err(format!("{sum:e} instead of {right:e}")),
    }
}
