//! Decimal numbers as people write them, without rounding.

use std::fmt::Write;

/// Beyond so many digits or decimals a number is written with an exponent.
const LONGEST: i32 = 36;

/// `digits * 10^exponent`, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    pub digits: i128,
    pub exponent: i32,
}

impl Decimal {
    /// `12`, `-1_000`, `0.5`, `.5`, `1.`, `1e3`; `None` of anything else, and of more digits than are exact.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (whole, fraction) = (plain(whole)?, plain(fraction)?);
        let all = whole + &fraction;
        let digits: i128 = all.parse().ok()?;
        let decimals = i32::try_from(fraction.len()).ok()?;
        Some(
            Decimal {
                digits: if negative { -digits } else { digits },
                exponent: exponent.checked_sub(decimals)?,
            }
            .shortest(),
        )
    }

    /// Without zeros at the end of its digits.
    fn shortest(mut self) -> Self {
        if self.digits == 0 {
            self.exponent = 0;
        }
        while self.digits != 0 && self.digits % 10 == 0 && self.exponent < i32::MAX {
            self.digits /= 10;
            self.exponent += 1;
        }
        self
    }

    /// Its digits where the exponent is `exponent`, which is not larger than its own.
    pub fn digits_at(self, exponent: i32) -> Option<i128> {
        let more = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        if self.digits == 0 {
            return Some(0);
        }
        self.digits.checked_mul(10i128.checked_pow(more)?)
    }

    /// As an integer, if it is a whole number in reach.
    pub fn whole(self) -> Option<i64> {
        i64::try_from(self.digits_at(0)?).ok()
    }

    /// As text: `-0.25`, `1200`, or `1e300` where it would be too long.
    pub fn text(self) -> String {
        let Decimal { digits, exponent } = self.shortest();
        let mut text = String::from(if digits < 0 { "-" } else { "" });
        let plain = digits.unsigned_abs().to_string();
        if exponent < -LONGEST || exponent > 0 && exponent > LONGEST - plain.len() as i32 {
            return format!("{text}{plain}e{exponent}");
        }
        if exponent >= 0 {
            text += &plain;
            text.extend((0..exponent).map(|_| '0'));
            return text;
        }
        let decimals = exponent.unsigned_abs() as usize;
        let padded = format!("{plain:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        // Writing to a string cannot fail.
        let _ = write!(text, "{whole}.{fraction}");
        text
    }
}

/// The digits of a text of nothing else but underscores between digits.
fn plain(text: &str) -> Option<String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let between = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    (digits && between).then(|| text.replace('_', ""))
}
