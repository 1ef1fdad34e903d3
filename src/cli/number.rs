//! Numbers and times as people write them on a command line.
//!
//! Each function fits a `clap` value parser, `fn(&str) -> Result<T, String>`,
//! alone or in a closure. The arithmetic is exact: nothing passes through a
//! floating-point number, so `1e23` is 10 to the 23rd and not the nearest `f64`.
//! An error is one line that says what is wrong and what would be right.
//!
//! An argument that starts with a minus sign reaches these functions, and gets
//! their explanation, only where the parser allows hyphen values.

use std::time::Duration;

/// The longest time accepted, in seconds: about 31 years, which can still be
/// added to any clock.
const MAX_SECONDS: u128 = 1_000_000_000;

const NANOS: u128 = 1_000_000_000;

/// A whole number: digits, `1_000_000`, `1e9`, `1.5e3` or `2^64`, from 0 to
/// 2^128 - 1.
///
/// Space around it and a leading `+` are ignored, underscores may stand between
/// digits, and a decimal number will do if it is whole. Commas are refused,
/// since half of the world takes `1,000` for one.
///
/// # Errors
///
/// If the text is anything else.
///
/// ```
/// use grange::cli::number::integer;
///
/// assert_eq!(integer("1_000_000"), Ok(1_000_000));
/// assert_eq!(integer("1.5e3"), Ok(1500));
/// assert_eq!(integer("2^64"), Ok(1 << 64));
/// assert!(integer("1.5").unwrap_err().starts_with("1.5 is not a whole number"));
/// ```
pub fn integer(text: &str) -> Result<u128, String> {
    bounded(text, 0, u128::MAX)
}

/// A whole number from `lo` to `hi`, both included, written as for [`integer`].
///
/// # Errors
///
/// If the text is no such number; the message names the bounds.
///
/// ```
/// use grange::cli::number::bounded;
///
/// assert_eq!(bounded("8", 1, 64), Ok(8));
/// assert_eq!(
///     bounded("-5", 0, 1 << 64).unwrap_err(),
///     "-5 is negative; expected a whole number from 0 to 2^64 \
///      (18446744073709551616), such as 1000, 1_000_000, 1e9 or 2^32",
/// );
/// ```
pub fn bounded(text: &str, lo: u128, hi: u128) -> Result<u128, String> {
    let value = number(text).and_then(Number::whole);
    let value = value.and_then(|value| match value {
        _ if value < lo => Err("is too small"),
        _ if value > hi => Err("is too large"),
        _ => Ok(value),
    });
    value.map_err(|problem| {
        let (from, to) = (bound(lo), bound(hi));
        let examples = examples(lo, hi);
        let subject = subject(text);
        format!("{subject} {problem}; expected a whole number from {from} to {to}{examples}")
    })
}

/// A time above zero: `30` or `1.5` seconds, `250ms`, `90s`, `2m`, `1.5h`, or a
/// clock's `10:00` (minutes) and `1:50:00` (hours).
///
/// # Errors
///
/// If the text is anything else, zero, finer than a nanosecond, or above
/// 1000000000 seconds.
///
/// ```
/// use grange::cli::number::positive_seconds;
/// use std::time::Duration;
///
/// assert_eq!(positive_seconds("250ms"), Ok(Duration::from_millis(250)));
/// assert_eq!(positive_seconds("1:50:00"), Ok(Duration::from_secs(6600)));
/// assert_eq!(
///     positive_seconds("0").unwrap_err(),
///     "0 is not above zero; expected seconds or a time up to 1000000000 s, \
///      such as 30, 1.5, 250ms, 90s, 2m, 1h, 10:00 or 1:50:00",
/// );
/// ```
pub fn positive_seconds(text: &str) -> Result<Duration, String> {
    let nanos = nanoseconds(text).and_then(|nanos| match nanos {
        0 => Err("is not above zero"),
        _ if nanos > MAX_SECONDS * NANOS => Err("is too long"),
        _ => Ok(nanos),
    });
    match nanos {
        // Both casts fit: the one is at most MAX_SECONDS, the other below NANOS.
        Ok(nanos) => Ok(Duration::new(
            (nanos / NANOS) as u64,
            (nanos % NANOS) as u32,
        )),
        Err(problem) => Err(format!(
            "{} {problem}; expected seconds or a time up to {MAX_SECONDS} s, \
             such as 30, 1.5, 250ms, 90s, 2m, 1h, 10:00 or 1:50:00",
            subject(text)
        )),
    }
}

/// A share of a whole: `1%`, `0.5 %` or `0.01`, from 0 to 1.
///
/// # Errors
///
/// If the text is anything else.
///
/// ```
/// use grange::cli::number::share;
///
/// assert_eq!(share("1%"), Ok(0.01));
/// assert_eq!(share("0.25"), Ok(0.25));
/// assert_eq!(
///     share("2").unwrap_err(),
///     "2 is more than all; expected a share from 0 to 1 or 0% to 100%, such as 1% or 0.01",
/// );
/// ```
pub fn share(text: &str) -> Result<f64, String> {
    /// The smallest share.
    const PARTS: u128 = 1_000_000_000_000_000;
    let (count, of) = match text.trim().strip_suffix('%') {
        Some(count) => (count, PARTS / 100),
        None => (text, PARTS),
    };
    let parts = number(count).and_then(|count| count.scaled(of, "is too fine"));
    let parts = parts.and_then(|parts| match parts {
        _ if parts > PARTS => Err("is more than all"),
        // Both fit into the 53 bits of a float, so that the quotient is the nearest to what was written.
        _ => Ok(parts as f64 / PARTS as f64),
    });
    parts.map_err(|problem| {
        let subject = subject(text);
        format!(
            "{subject} {problem}; expected a share from 0 to 1 or 0% to 100%, such as 1% or 0.01"
        )
    })
}

/// What is wrong with a text, to follow the text itself in a message.
type Problem = &'static str;

const TOO_LARGE: Problem = "is too large";
const TOO_LONG: Problem = "has too many digits";
const NO_NUMBER: Problem = "is not a number";

/// A number that is not negative, exactly: `digits * 10^exponent`.
#[derive(Clone, Copy)]
struct Number {
    digits: u128,
    exponent: i64,
}

impl Number {
    const ZERO: Self = Self {
        digits: 0,
        exponent: 0,
    };

    /// This times `factor`, if that is whole.
    fn scaled(self, factor: u128, not_whole: Problem) -> Result<u128, Problem> {
        let beyond = if self.exponent < 0 {
            TOO_LONG
        } else {
            TOO_LARGE
        };
        let product = self.digits.checked_mul(factor).ok_or(beyond)?;
        if self.digits == 0 {
            return Ok(0);
        }
        let power = u32::try_from(self.exponent.unsigned_abs()).ok();
        let power = power.and_then(|power| 10u128.checked_pow(power));
        match power {
            Some(power) if self.exponent >= 0 => product.checked_mul(power).ok_or(TOO_LARGE),
            Some(power) if product % power == 0 => Ok(product / power),
            None if self.exponent >= 0 => Err(TOO_LARGE),
            _ => Err(not_whole),
        }
    }

    fn whole(self) -> Result<u128, Problem> {
        self.scaled(1, "is not a whole number")
    }
}

/// The number that a text is, with its sign and the space around it.
fn number(text: &str) -> Result<Number, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty");
    }
    if let Some(rest) = text.strip_prefix('-') {
        return match unsigned(rest) {
            // Minus zero is zero, if a strange way to write it.
            Ok(Number { digits: 0, .. }) => Ok(Number::ZERO),
            Ok(_) | Err(TOO_LARGE) => Err("is negative"),
            Err(problem) => Err(problem),
        };
    }
    unsigned(text.strip_prefix('+').unwrap_or(text))
}

fn unsigned(text: &str) -> Result<Number, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "nan" | "inf" | "infinity" => return Err("is not a finite number"),
        lower
            if ["0x", "0o", "0b"]
                .iter()
                .any(|radix| lower.starts_with(radix)) =>
        {
            return Err("is not in decimal");
        }
        _ => {}
    }
    if text.contains(',') {
        return Err("has a comma, which could mean thousands or decimals");
    }
    if let Some((base, power)) = text.split_once('^') {
        let (base, power) = (whole_digits(base)?, whole_digits(power)?);
        let power = u32::try_from(power).map_err(|_| TOO_LARGE)?;
        let digits = base.checked_pow(power).ok_or(TOO_LARGE)?;
        return Ok(Number {
            digits,
            exponent: 0,
        });
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, signed_digits(exponent)?),
        None => (text, 0),
    };
    let (int, fraction) = match mantissa.split_once('.') {
        Some((int, fraction)) => (digits(int)?, digits(fraction)?),
        None => (digits(mantissa)?, String::new()),
    };
    let all = int + &fraction;
    // Without the zeros at both ends, a long way to write a small number fits.
    let short = all.trim_end_matches('0');
    let dropped = all.len() - short.len();
    if short.is_empty() {
        return Ok(Number::ZERO);
    }
    // Command lines are far shorter than an `i64` can count.
    let exponent = exponent.saturating_add(dropped as i64 - fraction.len() as i64);
    let digits = short.trim_start_matches('0').parse().map_err(|_| {
        let reach = short.trim_start_matches('0').len() as i64;
        if exponent.saturating_add(reach) > 39 {
            TOO_LARGE
        } else {
            TOO_LONG
        }
    })?;
    Ok(Number { digits, exponent })
}

/// Digits with the underscores between them taken out.
fn digits(text: &str) -> Result<String, Problem> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if text.is_empty() || !plain {
        return Err(NO_NUMBER);
    }
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return Err("has an underscore that is not between two digits");
    }
    Ok(text.replace('_', ""))
}

fn whole_digits(text: &str) -> Result<u128, Problem> {
    // Only too many digits are left to fail.
    digits(text)?.parse().map_err(|_| TOO_LARGE)
}

/// The exponent of a number. One beyond an `i64` is as good as the largest.
fn signed_digits(text: &str) -> Result<i64, Problem> {
    let (rest, sign) = match text.strip_prefix('-') {
        Some(rest) => (rest, -1),
        None => (text.strip_prefix('+').unwrap_or(text), 1),
    };
    let size: i64 = digits(rest)?.parse().unwrap_or(i64::MAX / 2);
    Ok(sign * size)
}

/// The nanoseconds of a time.
fn nanoseconds(text: &str) -> Result<u128, Problem> {
    const FINE: Problem = "is finer than a nanosecond";
    let text = text.trim();
    if text.contains(':') {
        return clock(text.strip_prefix('+').unwrap_or(text));
    }
    // "ms" comes before the "s" that it ends in.
    let units = [
        ("ms", NANOS / 1000),
        ("s", NANOS),
        ("m", 60 * NANOS),
        ("h", 3600 * NANOS),
    ];
    for (unit, nanos) in units {
        if let Some(count) = text.strip_suffix(unit) {
            if count.is_empty() {
                return Err(NO_NUMBER);
            }
            return number(count)?.scaled(nanos, FINE);
        }
    }
    number(text)?.scaled(NANOS, FINE)
}

/// The nanoseconds of `m:ss` or `h:mm:ss`, whose seconds may have decimals.
fn clock(text: &str) -> Result<u128, Problem> {
    const NO_CLOCK: Problem = "is not a time";
    let fields: Vec<&str> = text.split(':').collect();
    if text.starts_with('-') {
        return Err("is negative");
    }
    if fields.len() > 3 {
        return Err(NO_CLOCK);
    }
    let last = fields.len() - 1;
    let mut total = 0u128;
    for (place, field) in fields.into_iter().enumerate() {
        let (int, fraction) = match field.split_once('.') {
            Some((int, fraction)) if place == last => (int, Some(fraction)),
            Some(_) => return Err(NO_CLOCK),
            None => (field, None),
        };
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !plain(int) || !fraction.is_none_or(plain) {
            return Err(NO_CLOCK);
        }
        let nanos = unsigned(field)?.scaled(NANOS, "is finer than a nanosecond")?;
        if place > 0 && (int.len() != 2 || nanos >= 60 * NANOS) {
            return Err("does not have minutes and seconds from 00 to 59");
        }
        let above = total.checked_mul(60).ok_or(TOO_LARGE)?;
        total = above.checked_add(nanos).ok_or(TOO_LARGE)?;
    }
    Ok(total)
}

/// The text as a message names it: on one line, quoted if that helps, and cut
/// short if it is long.
fn subject(text: &str) -> String {
    const LONGEST: usize = 48;
    let text = text.trim();
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    if !short.is_empty() && short.bytes().all(|b| b.is_ascii_graphic()) {
        short
    } else {
        format!("{short:?}")
    }
}

/// A bound as a message names it: large powers of two, and one less, as such.
fn bound(n: u128) -> String {
    if n >= 1 << 10 && n.is_power_of_two() {
        format!("2^{} ({n})", n.ilog2())
    } else if n >= 1 << 16 && n.trailing_ones() + n.leading_zeros() == u128::BITS {
        format!("2^{} - 1 ({n})", n.trailing_ones())
    } else {
        n.to_string()
    }
}

/// Ways to write a number that would be in bounds.
fn examples(lo: u128, hi: u128) -> String {
    let all = [
        ("1000", 1000),
        ("1_000_000", 1_000_000),
        ("1e9", 1_000_000_000),
        ("2^32", 1 << 32),
    ];
    let fit: Vec<&str> = all
        .iter()
        .filter(|(_, value)| (lo..=hi).contains(value))
        .map(|(text, _)| *text)
        .collect();
    match fit.split_last() {
        Some((only, [])) => format!(", such as {only}"),
        Some((last, rest)) => format!(", such as {} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_every_spelling() {
        let max = u128::MAX;
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0e999999999999999999999", 0),
            ("0.000e-400", 0),
            ("1000", 1000),
            ("+7", 7),
            (" 7\n", 7),
            ("007", 7),
            ("1_000_000", 1_000_000),
            ("1_0.2_5e0_2", 1025),
            ("1e9", 1_000_000_000),
            ("1E9", 1_000_000_000),
            ("1e+9", 1_000_000_000),
            ("1.5e3", 1500),
            ("2.0", 2),
            ("1500e-2", 15),
            ("1e23", 100_000_000_000_000_000_000_000),
            ("2^64", 1 << 64),
            ("2^0", 1),
            ("10^3", 1000),
            ("1^4000000000", 1),
            ("340282366920938463463374607431768211455", max),
            ("3.40282366920938463463374607431768211455e38", max),
            ("1.0000000000000000000000000000000000000000000000", 1),
            ("10000000000000000000000000000000000000000000e-43", 1),
            ("0.00000000000000000000000000000000000000000005e44", 5),
        ] {
            assert_eq!(integer(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_is_explained() {
        for (text, problem) in [
            ("", "\"\" is empty; "),
            ("  ", "\"\" is empty; "),
            ("+", "+ is not a number; "),
            ("-", "- is not a number; "),
            ("-5", "-5 is negative; "),
            ("-1e400", "-1e400 is negative; "),
            ("NaN", "NaN is not a finite number; "),
            ("inf", "inf is not a finite number; "),
            ("-Infinity", "-Infinity is not a finite number; "),
            ("1.5", "1.5 is not a whole number; "),
            ("1e-1", "1e-1 is not a whole number; "),
            ("1e-400", "1e-400 is not a whole number; "),
            ("1e400", "1e400 is too large; "),
            (
                "1e99999999999999999999",
                "1e99999999999999999999 is too large; ",
            ),
            ("2^128", "2^128 is too large; "),
            ("2^99999999999", "2^99999999999 is too large; "),
            ("340282366920938463463374607431768211456", "3402823669"),
            ("0x10", "0x10 is not in decimal; "),
            (
                "1,000",
                "1,000 has a comma, which could mean thousands or decimals; ",
            ),
            (
                "_1",
                "_1 has an underscore that is not between two digits; ",
            ),
            ("1_", "1_ has an underscore"),
            ("1__0", "1__0 has an underscore"),
            ("1_e3", "1_e3 has an underscore"),
            ("1.", "1. is not a number; "),
            (".5e1", ".5e1 is not a number; "),
            ("e3", "e3 is not a number; "),
            ("1e", "1e is not a number; "),
            ("1e1.5", "1e1.5 is not a number; "),
            ("++1", "++1 is not a number; "),
            ("+-1", "+-1 is not a number; "),
            ("2^", "2^ is not a number; "),
            ("^2", "^2 is not a number; "),
            ("2^-1", "2^-1 is not a number; "),
            ("2^2^2", "2^2^2 is not a number; "),
            ("abc", "abc is not a number; "),
            ("1 000", "\"1 000\" is not a number; "),
            ("1\n2", "\"1\\n2\" is not a number; "),
            ("\u{663}", "\"\u{663}\" is not a number; "),
        ] {
            let message = integer(text).unwrap_err();
            assert!(message.starts_with(problem), "{text}: {message}");
            assert!(message.contains("expected a whole number from 0 to 2^128 - 1 (3402"));
            assert!(!message.contains('\n'));
        }
        let long = integer(&"9".repeat(10_000)).unwrap_err();
        assert!(
            long.len() < 250 && long.contains("999... is too large"),
            "{long}"
        );
    }

    #[test]
    fn bounds_are_kept_and_named() {
        assert_eq!(bounded("2^64", 0, 1 << 64), Ok(1 << 64));
        assert_eq!(bounded("5", 5, 5), Ok(5));
        let message = |text, lo, hi| bounded(text, lo, hi).unwrap_err();
        assert_eq!(
            message("0", 1, 64),
            "0 is too small; expected a whole number from 1 to 64"
        );
        assert_eq!(
            message("1e6", 1, 65_535),
            "1e6 is too large; expected a whole number from 1 to 65535, such as 1000"
        );
        assert_eq!(
            message("x", 1024, u128::from(u64::MAX)),
            "x is not a number; expected a whole number from 2^10 (1024) to \
             2^64 - 1 (18446744073709551615), such as 1_000_000, 1e9 or 2^32"
        );
    }

    #[test]
    fn times_in_every_spelling() {
        for (text, nanos) in [
            ("30", 30_000_000_000),
            (" +1.5 ", 1_500_000_000),
            ("1e3", 1_000_000_000_000),
            ("90s", 90_000_000_000),
            ("2m", 120_000_000_000),
            ("0.1m", 6_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("250ms", 250_000_000),
            ("0.000001ms", 1),
            ("1e-9", 1),
            ("10:00", 600_000_000_000),
            ("0:01", 1_000_000_000),
            ("90:00", 5_400_000_000_000),
            ("1:50:00", 6_600_000_000_000),
            ("1:00.25", 60_250_000_000),
            ("1000000000", 1_000_000_000_000_000_000),
        ] {
            assert_eq!(
                positive_seconds(text),
                Ok(Duration::from_nanos(nanos)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_explained() {
        for (text, problem) in [
            ("", "\"\" is empty; "),
            ("s", "s is not a number; "),
            ("0", "0 is not above zero; "),
            ("0:00", "0:00 is not above zero; "),
            ("-1", "-1 is negative; "),
            ("-1:00", "-1:00 is negative; "),
            ("NaN", "NaN is not a finite number; "),
            ("inf", "inf is not a finite number; "),
            ("1e10", "1e10 is too long; "),
            ("1e400", "1e400 is too large; "),
            ("1000000000.000000001", "1000000000.000000001 is too long; "),
            ("0.0000000001", "0.0000000001 is finer than a nanosecond; "),
            (
                "1.000000000000000000000000000000000001",
                "1.000000000000000000000000000000000001 has too many digits; ",
            ),
            ("1e-400", "1e-400 is finer than a nanosecond; "),
            ("5x", "5x is not a number; "),
            (
                "1:5",
                "1:5 does not have minutes and seconds from 00 to 59; ",
            ),
            (
                "1:60",
                "1:60 does not have minutes and seconds from 00 to 59; ",
            ),
            ("1:60:00", "1:60:00 does not have"),
            ("1:2:3:4", "1:2:3:4 is not a time; "),
            (":30", ":30 is not a time; "),
            ("1:", "1: is not a time; "),
            ("1:30.", "1:30. is not a time; "),
            ("1.5:00", "1.5:00 is not a time; "),
            ("1:-5", "1:-5 is not a time; "),
            ("1:00s", "1:00s is not a time; "),
        ] {
            let message = positive_seconds(text).unwrap_err();
            assert!(message.starts_with(problem), "{text}: {message}");
            assert!(message.ends_with("10:00 or 1:50:00") && !message.contains('\n'));
        }
    }

    /// A reproducible stream of numbers (xorshift: Marsaglia, 2003).
    fn stream(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..20_000 {
            let mut next = || stream(&mut state);
            let any = u128::from(next()) << 64 | u128::from(next());
            // Of every size, the small ones too.
            let n = any >> (next() % 128);
            assert_eq!(integer(&n.to_string()), Ok(n));
            let text = n.to_string();
            // With the point after the first digit, or the digits in groups.
            let (head, tail) = text.split_at(1);
            let tail = if tail.is_empty() { "0" } else { tail };
            assert_eq!(integer(&format!("{head}.{tail}e{}", text.len() - 1)), Ok(n));
            let mut grouped = String::new();
            for (i, c) in text.chars().enumerate() {
                if i > 0 && (text.len() - i).is_multiple_of(3) {
                    grouped.push('_');
                }
                grouped.push(c);
            }
            assert_eq!(integer(&grouped), Ok(n), "{grouped}");
            // A time, in seconds with decimals, in milliseconds, and on a clock.
            let nanos = 1 + next() % 1_000_000_000_000_000_000;
            let time = Duration::from_nanos(nanos);
            let (secs, rest) = (time.as_secs(), time.subsec_nanos());
            let (h, m, s) = (secs / 3600, secs / 60 % 60, secs % 60);
            let (ms, under) = (nanos / 1_000_000, nanos % 1_000_000);
            assert_eq!(positive_seconds(&format!("{secs}.{rest:09}")), Ok(time));
            assert_eq!(positive_seconds(&format!("{ms}.{under:06}ms")), Ok(time));
            let clock = format!("{h}:{m:02}:{s:02}.{rest:09}");
            assert_eq!(positive_seconds(&clock), Ok(time), "{clock}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let mut state = 0x2545_f491_4f6c_dd1d;
        let alphabet: Vec<char> = "0123456789..ee+-^__,:smh xé".chars().collect();
        for _ in 0..50_000 {
            let length = stream(&mut state) % 12;
            let mut pick = || alphabet[stream(&mut state) as usize % alphabet.len()];
            let text: String = (0..length).map(|_| pick()).collect();
            let _ = (
                integer(&text),
                bounded(&text, 3, 77),
                positive_seconds(&text),
            );
        }
    }
}
