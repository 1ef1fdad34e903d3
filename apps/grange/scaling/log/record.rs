//! A run that is over, as a line of `runs.csv`.

use super::super::parts::{NAMES, Parts};
use super::super::plan::{Configuration, Step};
use std::time::{SystemTime, UNIX_EPOCH};

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Which.
    pub step: Step,
    /// What the problem's size was, such as `N=1000`; empty where it stays the same.
    pub sizes: String,
    /// Its time: by its own report where it writes one, else that of the launcher.
    pub seconds: f64,
    /// From the launcher's start to its end.
    pub launch_seconds: f64,
    /// `0`, another exit code, `signal 9`, or `timeout`; or what else was wrong.
    pub exit: String,
    /// SHA-256 of the results.
    pub digest: String,
    /// Core seconds, where there is a report.
    pub parts: Option<Parts>,
    /// When it began, in seconds of Unix time.
    pub began: f64,
}

/// Now, as [`Record::began`] has it.
pub fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}

const COLUMNS: [&str; 9] = [
    "ranks",
    "threads",
    "repeat",
    "sizes",
    "seconds",
    "launch_seconds",
    "exit",
    "digest",
    "began_unix_seconds",
];

/// The names of the columns.
pub fn columns() -> Vec<String> {
    let parts = NAMES.iter().map(|name| format!("{name}_core_seconds"));
    COLUMNS
        .iter()
        .map(|&name| name.to_owned())
        .chain(parts)
        .collect()
}

impl Record {
    /// Whether it did what it should.
    pub fn is_good(&self) -> bool {
        self.exit == "0"
    }

    /// How it ended, for people.
    pub fn outcome(&self) -> String {
        match self.exit.parse::<i32>() {
            Ok(0) => format!("{:.3} s", self.seconds),
            Ok(code) => format!("exit code {code}"),
            Err(_) => self.exit.clone(),
        }
    }

    /// Its fields, in the order of the columns.
    pub fn fields(&self) -> Vec<String> {
        let mut fields = vec![
            self.step.at.ranks.to_string(),
            self.step.at.threads.to_string(),
            self.step.repeat.to_string(),
            self.sizes.clone(),
            self.seconds.to_string(),
            self.launch_seconds.to_string(),
            self.exit.clone(),
            self.digest.clone(),
            self.began.to_string(),
        ];
        match &self.parts {
            Some(parts) => fields.extend(parts.iter().map(f64::to_string)),
            None => fields.extend(NAMES.map(|_| String::new())),
        }
        fields
    }

    /// From fields.
    ///
    /// # Errors
    /// When they are not those of a run.
    pub fn parse(fields: &[&str]) -> Result<Self, String> {
        let field = |at: usize| fields.get(at).copied().ok_or("a field is missing");
        let count = |at: usize| {
            let text = field(at)?;
            let number = text.parse::<u32>().ok().filter(|&n| n > 0);
            number.ok_or_else(|| format!("'{text}' is not a number above zero"))
        };
        let time = |at: usize| {
            let text = field(at)?;
            let number = text
                .parse::<f64>()
                .ok()
                .filter(|x| x.is_finite() && *x >= 0.0);
            number.ok_or_else(|| format!("'{text}' is not a time"))
        };
        let at = Configuration {
            ranks: count(0)?,
            threads: count(1)?,
        };
        let mut parts = Parts::default();
        let has_parts = !field(COLUMNS.len())?.is_empty();
        if has_parts {
            for (i, part) in parts.iter_mut().enumerate() {
                *part = time(COLUMNS.len() + i)?;
            }
        }
        Ok(Record {
            step: Step {
                at,
                repeat: count(2)?,
            },
            sizes: field(3)?.into(),
            seconds: time(4)?,
            launch_seconds: time(5)?,
            exit: field(6)?.into(),
            digest: field(7)?.into(),
            parts: has_parts.then_some(parts),
            began: time(8)?,
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A run of that time.
    pub fn record(ranks: u32, repeat: u32, seconds: f64) -> Record {
        let at = Configuration { ranks, threads: 1 };
        Record {
            step: Step { at, repeat },
            sizes: String::new(),
            seconds,
            launch_seconds: seconds + 0.25,
            exit: "0".into(),
            digest: "d1".into(),
            parts: None,
            began: 1_795_320_000.25,
        }
    }

    #[test]
    fn there_and_back() {
        let plain = record(4, 2, 0.1 + 0.2);
        let mut full = plain.clone();
        full.parts = Some([0.1, 1e-9, 3.0, 1e9, 0.0, 1.0 / 3.0, 2.0, 7.0]);
        full.sizes = "N=1, \"M\"=2".into();
        full.exit = "signal 9".into();
        for record in [plain, full] {
            let fields = record.fields();
            assert_eq!(fields.len(), columns().len());
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            assert_eq!(Record::parse(&fields), Ok(record));
        }
    }

    #[test]
    fn what_is_no_run() {
        let good = record(1, 1, 1.0).fields();
        for (at, bad) in [
            (0, "0"),
            (1, "x"),
            (2, "-1"),
            (4, "NaN"),
            (5, "-1"),
            (9, "x"),
        ] {
            let mut fields: Vec<&str> = good.iter().map(String::as_str).collect();
            fields[at] = bad;
            assert!(Record::parse(&fields).is_err(), "{at} {bad}");
        }
        assert!(Record::parse(&["1", "1"]).is_err());
    }
}
