//! By how much the ranks' clocks differ.

use crate::figures::words::seconds;
use crate::figures::{Page, Table};
use crate::report::model::Rank;

/// More rows are shown where a reader asks for them.
const FEW: usize = 8;

/// What the offsets are, and a table of them; nothing where there is but one clock.
pub fn write(page: &mut Page, ranks: &[&Rank]) {
    if ranks.len() < 2 {
        return;
    }
    page.heading("Clocks");
    page.paragraph(
        "Each rank has a clock of its own, which begins when its process does. The offset is what is to be taken \
         from it to have rank 0\u{2019}s, as first measured; below zero, the rank began later. All times on this \
         page are by rank 0\u{2019}s clock: the offsets have been taken off, and the error is how far that may be \
         from the truth.",
    );
    let mut table = Table::new(&["#rank", "host", "#offset", "#error at most"]);
    table.rows = ranks
        .iter()
        .map(|rank| {
            vec![
                rank.rank.to_string(),
                rank.host.clone(),
                seconds(rank.clock_offset_seconds),
                seconds(rank.clock_error_seconds),
            ]
        })
        .collect();
    if ranks.len() > FEW {
        page.folded(&format!("clocks of {} ranks", ranks.len()), &table);
    } else {
        page.table(&table);
    }
}
