//! Wall times as Slurm writes them.

use grange::cli::number;
use std::fmt;
use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// Whole seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time(u64);

impl Time {
    /// Reads `1:30:00`, `2-00:00:00`, `2-12`, `90m` or `1.5h`. A number alone would be minutes to Slurm and seconds
    /// to grange's programs, so it is none of both here.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.bytes().all(|b| b.is_ascii_digit() || b == b'_') && !text.is_empty() {
            return Err(format!(
                "{text} of what? expected a time such as {text}m, 1:30:00 or 2-00:00:00"
            ));
        }
        let seconds = match text.split_once('-') {
            Some((days, rest)) if !days.is_empty() => {
                let days = days
                    .parse()
                    .ok()
                    .and_then(|days: u64| days.checked_mul(DAY));
                days.zip(of_a_day(rest)).and_then(|(d, r)| d.checked_add(r))
            }
            _ => {
                let time = number::positive_seconds(text)?;
                Some((time + Duration::from_nanos(999_999_999)).as_secs())
            }
        };
        let seconds = seconds.filter(|&s| s > 0 && s <= 1_000_000_000);
        seconds.map(Time).ok_or_else(|| {
            format!(
                "{text:?} is no time above zero; expected one such as 90m, 1:30:00 or 2-00:00:00"
            )
        })
    }
}

/// Hours, minutes and seconds after the days.
fn of_a_day(text: &str) -> Option<u64> {
    let mut seconds = 0;
    let mut places = [(3600, 24), (60, 60), (1, 60)].into_iter();
    for part in text.split(':') {
        let (unit, below) = places.next()?;
        let digits = part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = part.parse().ok().filter(|&n| digits && n < below)?;
        seconds += number * unit;
    }
    Some(seconds)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Time(seconds) = *self;
        if seconds >= DAY {
            write!(f, "{}-", seconds / DAY)?;
        }
        let of_day = seconds % DAY;
        write!(
            f,
            "{:02}:{:02}:{:02}",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_slurm_and_people_write_it() {
        for (text, said) in [
            ("2:00:00", "02:00:00"),
            ("90m", "01:30:00"),
            ("1.5h", "01:30:00"),
            ("10:00", "00:10:00"),
            ("2-00:00:00", "2-00:00:00"),
            ("2-12", "2-12:00:00"),
            ("0-00:30", "00:30:00"),
            ("48h", "2-00:00:00"),
            ("0.5s", "00:00:01"),
        ] {
            let time = Time::parse(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Ok(said), "{text}");
        }
        for (bad, says) in [
            ("90", "of what?"),
            ("0-00:00:00", "above zero"),
            ("-1h", "expected"),
            ("1-24:00:00", "no time"),
            ("1-1:2:3:4", "no time"),
            ("1-+2", "no time"),
            ("soon", "expected"),
            ("", "expected"),
            ("99999999999999999999-1", "no time"),
        ] {
            let told = Time::parse(bad).unwrap_err();
            assert!(told.contains(says), "{bad}: {told}");
        }
    }
}
