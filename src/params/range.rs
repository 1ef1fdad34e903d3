//! Evenly spaced numbers.

use super::decimal::Decimal;
use super::value::{Kind, Value};
use serde::{Deserialize, Serialize};

/// `start + i * step` for `i` below `count`, each times ten to the `exponent`: exact, so that ten steps of 0.1
/// are 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    start: i128,
    step: i128,
    count: u128,
    exponent: i32,
}

impl Range {
    /// The numbers from `start` on in steps of `step` that do not pass `end`.
    ///
    /// # Errors
    /// With what is wrong, to follow the range itself in a message.
    pub fn new(start: Decimal, end: Decimal, step: Decimal) -> Result<Self, String> {
        const FAR: &str = "has numbers too far apart in size to be exact";
        if step.digits == 0 {
            return Err("has a step of 0".into());
        }
        let exponent = [start, end, step]
            .iter()
            .filter(|number| number.digits != 0)
            .map(|number| number.exponent)
            .min()
            .unwrap_or(0);
        let scaled = |number: Decimal| number.digits_at(exponent.min(number.exponent));
        let (Some(first), Some(last), Some(step_by)) = (scaled(start), scaled(end), scaled(step))
        else {
            return Err(FAR.into());
        };
        let way = last.checked_sub(first).ok_or(FAR)?;
        if way != 0 && (way < 0) != (step_by < 0) {
            return Err(format!(
                "never gets from {} to {} in steps of {}",
                start.text(),
                end.text(),
                step.text()
            ));
        }
        Ok(Range {
            start: first,
            step: step_by,
            count: way.unsigned_abs() / step_by.unsigned_abs() + 1,
            exponent,
        })
    }

    pub fn len(&self) -> u128 {
        self.count
    }

    fn number(&self, index: u128) -> Decimal {
        // Between the ends, which fit.
        let way = self.step.unsigned_abs().wrapping_mul(index);
        let digits = if self.step < 0 {
            self.start.wrapping_sub_unsigned(way)
        } else {
            self.start.wrapping_add_unsigned(way)
        };
        Decimal {
            digits,
            exponent: self.exponent,
        }
    }

    pub fn get(&self, index: u128) -> Value {
        Value::decimal(self.number(index))
    }

    /// Of all its values: integers only where both ends and all between are.
    pub fn kind(&self) -> Kind {
        let ends = [self.number(0), self.number(self.count - 1)];
        if self.exponent >= 0 && ends.iter().all(|end| end.whole().is_some()) {
            Kind::Integer
        } else {
            Kind::Float
        }
    }
}
