//! The table of what happened beside the work: checkpoints, lost ranks, audits.

use super::columns::places;
use serde::Deserialize;
use serde_json::Value;

/// In order of time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Table")]
pub struct Events(pub Vec<Event>);

/// One of them.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// Where.
    pub rank: u64,
    /// On which thread; -1 for none in particular.
    pub thread: i64,
    /// In a word.
    pub kind: String,
    /// When it began.
    pub began: f64,
    /// When it ended.
    pub ended: f64,
    /// More words.
    pub text: String,
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl TryFrom<Table> for Events {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let names = ["rank", "thread", "kind", "began", "ended", "text"];
        let at = places("events", names, &table.columns)?;
        let events = table.rows.iter().enumerate().map(|(index, row)| {
            let cells = at.map(|place| row.get(place).unwrap_or(&Value::Null));
            let told = || format!("row {index} of the table events does not fit its columns");
            let [rank, thread, kind, began, ended, text] = cells;
            Ok(Event {
                rank: rank.as_u64().ok_or_else(told)?,
                thread: thread.as_i64().ok_or_else(told)?,
                kind: kind.as_str().ok_or_else(told)?.into(),
                began: began.as_f64().ok_or_else(told)?,
                ended: ended.as_f64().ok_or_else(told)?,
                text: text.as_str().ok_or_else(told)?.into(),
            })
        });
        let mut events = events.collect::<Result<Vec<_>, String>>()?;
        events.sort_by(|a, b| a.began.total_cmp(&b.began));
        Ok(Events(events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_events_in_order() {
        let text = r#"{"columns": ["rank", "thread", "kind", "began", "ended", "text"],
                       "rows": [[1, -1, "lost", 5.0, 5.0, "died"], [0, 2, "checkpoint", 1, 1.5, ""]]}"#;
        let Events(events) = serde_json::from_str(text).unwrap();
        assert_eq!(
            (events[0].kind.as_str(), events[0].thread),
            ("checkpoint", 2)
        );
        assert_eq!((events[1].rank, events[1].text.as_str()), (1, "died"));
        let odd =
            r#"{"columns": ["rank", "thread", "kind", "began", "ended", "text"], "rows": [["x"]]}"#;
        let error = serde_json::from_str::<Events>(odd).unwrap_err().to_string();
        assert!(error.starts_with("row 0 of the table events"), "{error}");
    }
}
