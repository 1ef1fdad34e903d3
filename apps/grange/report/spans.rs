//! The table of who worked when, of which there may be millions of rows.

use super::columns::places;
use serde::Deserialize;

/// Names of the columns that are read.
pub const COLUMNS: [&str; 6] = ["call", "rank", "thread", "began", "ended", "busy_seconds"];

/// Blocks of grains that threads did in one go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Table")]
pub struct Spans {
    /// Neighbours of a thread that are closer than this may be one block.
    pub resolution: f64,
    /// In any order.
    pub rows: Vec<Span>,
}

/// Grains that a thread did in one go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Number of the call.
    pub call: u64,
    /// Who did it.
    pub rank: u64,
    /// Which of its threads.
    pub thread: u64,
    /// When it began.
    pub began: f64,
    /// When it ended.
    pub ended: f64,
    /// How much of the time between was work.
    pub busy: f64,
}

#[derive(Deserialize)]
struct Table {
    resolution_seconds: f64,
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl TryFrom<Table> for Spans {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let at = places("spans", COLUMNS, &table.columns)?;
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let whole = row.len() == table.columns.len();
            let [call, rank, thread, began, ended, busy] =
                at.map(|place| row.get(place).copied().unwrap_or(f64::NAN));
            if !whole || [call, rank, thread].iter().any(|n| *n < 0.0) {
                return Err(format!(
                    "row {} of the table spans does not fit its columns",
                    rows.len()
                ));
            }
            rows.push(Span {
                call: call as u64,
                rank: rank as u64,
                thread: thread as u64,
                began,
                ended,
                busy,
            });
        }
        Ok(Spans {
            resolution: table.resolution_seconds,
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name() {
        let text = r#"{"resolution_seconds": 0.5, "columns": ["busy_seconds", "rank", "thread", "began", "ended", "call", "new"],
                       "rows": [[0.1, 3, 1, 1.0, 2.0, 7, 0]]}"#;
        let spans: Spans = serde_json::from_str(text).unwrap();
        let span = Span {
            call: 7,
            rank: 3,
            thread: 1,
            began: 1.0,
            ended: 2.0,
            busy: 0.1,
        };
        assert_eq!((spans.resolution, &spans.rows[..]), (0.5, &[span][..]));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let missing = r#"{"resolution_seconds": 0, "columns": ["rank"], "rows": []}"#;
        let short = r#"{"resolution_seconds": 0, "columns": ["call", "rank", "thread", "began", "ended", "busy_seconds"],
                        "rows": [[0, 0, 0, 0, 1, 1], [0]]}"#;
        for (text, says) in [
            (missing, "the table spans has no column 'call'"),
            (short, "row 1 of the table spans does not fit its columns"),
        ] {
            let error = serde_json::from_str::<Spans>(text).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
