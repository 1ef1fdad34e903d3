//! Arithmetic on sizes: exact where numbers are whole, 64-bit floating point elsewhere.
//!
//! `+ - * / ^ ( )` and `sqrt`, `cbrt`, `round`, `floor`, `ceil`. Powers of powers are taken from left to right.
//! There is no minus sign before a number: a size is not negative, and `-2^2` means two things.

use exmex::prelude::*;
use exmex::{BinOp, MakeOperators, MatchLiteral, Operator};
use exmex::{literal_matcher_from_pattern, ops_factory};
use grange::cli::number;
use std::fmt;
use std::str::FromStr;

/// A value on the way to a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Exact.
    Whole(i128),
    /// What is not whole, or came from such.
    Real(f64),
    /// There is no such number, for this reason.
    Not(&'static str),
}

use Number::{Not, Real, Whole};

const TOO_LARGE: &str = "is too large";

impl Default for Number {
    fn default() -> Self {
        Whole(0)
    }
}

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = number::integer(text).ok().map(i128::try_from);
        match whole {
            Some(Ok(whole)) => Ok(Whole(whole)),
            Some(Err(_)) => Ok(Not(TOO_LARGE)),
            None => {
                let plain = text.replace('_', "");
                plain
                    .parse()
                    .map(finite)
                    .map_err(|_| format!("{text} is not a number"))
            }
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whole(whole) => write!(f, "{whole}"),
            Real(real) => write!(f, "{real}"),
            Not(reason) => f.write_str(reason),
        }
    }
}

impl Number {
    fn real(self) -> f64 {
        match self {
            Whole(whole) => whole as f64,
            Real(real) => real,
            Not(_) => f64::NAN,
        }
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        match self {
            Whole(whole) => whole > 0,
            Real(real) => real > 0.0,
            Not(_) => false,
        }
    }
}

fn finite(real: f64) -> Number {
    match real {
        _ if real.is_finite() => Real(real),
        _ if real.is_nan() => Not("is not a number"),
        _ => Not(TOO_LARGE),
    }
}

/// The exact result for two whole numbers, where there is one, else that of floating point.
fn either(
    a: Number,
    b: Number,
    exact: impl Fn(i128, i128) -> Option<Number>,
    real: impl Fn(f64, f64) -> f64,
) -> Number {
    match (a, b) {
        (Not(reason), _) | (_, Not(reason)) => Not(reason),
        (Whole(x), Whole(y)) => exact(x, y).unwrap_or_else(|| finite(real(a.real(), b.real()))),
        _ => finite(real(a.real(), b.real())),
    }
}

/// An overflow is told: the nearest float would be another size.
fn fits(result: Option<i128>) -> Option<Number> {
    Some(result.map_or(Not(TOO_LARGE), Whole))
}

fn add(a: Number, b: Number) -> Number {
    either(a, b, |x, y| fits(x.checked_add(y)), |x, y| x + y)
}

fn subtract(a: Number, b: Number) -> Number {
    either(a, b, |x, y| fits(x.checked_sub(y)), |x, y| x - y)
}

fn multiply(a: Number, b: Number) -> Number {
    either(a, b, |x, y| fits(x.checked_mul(y)), |x, y| x * y)
}

fn divide(a: Number, b: Number) -> Number {
    let exact = |x: i128, y: i128| match x.checked_rem(y) {
        Some(0) => fits(x.checked_div(y)),
        None if y == 0 => Some(Not("is a division by zero")),
        _ => None,
    };
    either(a, b, exact, |x, y| x / y)
}

fn power(a: Number, b: Number) -> Number {
    let exact = |x: i128, y: i128| {
        let y = u32::try_from(y).ok()?;
        fits(x.checked_pow(y))
    };
    either(a, b, exact, f64::powf)
}

/// A root: exact of a whole number that has one.
fn root(a: Number, of: impl Fn(f64) -> f64, degree: u32) -> Number {
    match a {
        Not(_) => a,
        _ if a.real() < 0.0 => Not("is the root of a negative number"),
        _ => {
            let near = of(a.real());
            let whole = near.round() as i128;
            match a {
                Whole(x) if whole.checked_pow(degree) == Some(x) => Whole(whole),
                _ => finite(near),
            }
        }
    }
}

fn to_whole(a: Number, how: impl Fn(f64) -> f64) -> Number {
    match a {
        Real(real) => match how(real) {
            // Beyond, the cast would give the largest.
            whole if whole.abs() < 1e38 => Whole(whole as i128),
            _ => Not(TOO_LARGE),
        },
        whole => whole,
    }
}

const fn operation(apply: fn(Number, Number) -> Number, prio: i64) -> BinOp<Number> {
    BinOp {
        apply,
        prio,
        // Not even a sum of floating point may be taken in another order.
        is_commutative: false,
    }
}

ops_factory!(
    Operations,
    Number,
    Operator::make_bin("+", operation(add, 0)),
    Operator::make_bin("-", operation(subtract, 0)),
    Operator::make_bin("*", operation(multiply, 1)),
    Operator::make_bin("/", operation(divide, 1)),
    Operator::make_bin("^", operation(power, 2)),
    Operator::make_unary("sqrt", |a| root(a, f64::sqrt, 2)),
    Operator::make_unary("cbrt", |a| root(a, f64::cbrt, 3)),
    Operator::make_unary("round", |a| to_whole(a, f64::round)),
    Operator::make_unary("floor", |a| to_whole(a, f64::floor)),
    Operator::make_unary("ceil", |a| to_whole(a, f64::ceil))
);

literal_matcher_from_pattern!(Literals, r"^[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?");

/// What a size is computed by.
#[derive(Clone, Debug)]
pub struct Expression(FlatEx<Number, Operations, Literals>);

impl Expression {
    /// Reads it; it may name these variables.
    ///
    /// # Errors
    /// When it makes no sense, or names another.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self, String> {
        let expression = FlatEx::parse(text).map_err(|error| error.to_string())?;
        let names = expression.var_names();
        if let Some(name) = names
            .iter()
            .find(|name| !variables.contains(&name.as_str()))
        {
            return Err(format!(
                "there is no {name}; there are {}, and sqrt, cbrt, round, floor, ceil",
                variables.join(", ")
            ));
        }
        Ok(Expression(expression))
    }

    /// Its value, with the variables' by name.
    ///
    /// # Errors
    /// When there is none.
    pub fn value(&self, variables: &[(&str, u64)]) -> Result<Number, String> {
        let value = |name: &String| {
            let found = variables.iter().find(|(known, _)| known == name);
            found.map_or(Not("is unknown"), |(_, value)| Whole((*value).into()))
        };
        let values: Vec<Number> = self.0.var_names().iter().map(value).collect();
        match self.0.eval(&values).map_err(|error| error.to_string())? {
            Not(reason) => Err(reason.into()),
            number => Ok(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, p: u64) -> Result<String, String> {
        let expression = Expression::parse(text, &["p", "ranks", "threads"])?;
        let variables = [("p", p), ("ranks", p / 2), ("threads", 2)];
        expression
            .value(&variables)
            .map(|number| number.to_string())
    }

    #[test]
    fn known_values() {
        for (text, p, is) in [
            ("1e9*p", 3, "3000000000"),
            ("1_000 * p", 8, "8000"),
            ("2-1-1", 1, "0"),
            ("10-2+3", 1, "11"),
            ("8/2/2", 1, "2"),
            ("p/2*3", 7, "10.5"),
            ("2*3^2", 1, "18"),
            ("2^3^2", 1, "64"),
            ("(1+p)*2", 4, "10"),
            ("1+p*2", 4, "9"),
            ("100*sqrt(p)", 4, "200"),
            ("100*sqrt(p)", 2, "141.4213562373095"),
            ("round(100*sqrt(p))", 2, "141"),
            ("10*cbrt(p)", 27, "30"),
            ("ceil(p/2)+floor(p/2)", 5, "5"),
            ("1.5e3*p", 2, "3000"),
            ("0.5*p", 3, "1.5"),
            ("ranks*10+threads", 8, "42"),
            // Exact far beyond a float, 2^63 and 2^64.
            ("2^63+p", 1, "9223372036854775809"),
            ("9007199254740993*p", 1, "9007199254740993"),
            ("3^70", 1, "2503155504993241601315571986085849"),
            ("sqrt(10000000000000000000000)*p", 1, "100000000000"),
        ] {
            assert_eq!(value(text, p), Ok(is.into()), "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense() {
        for (text, says) in [
            ("1/0", "division by zero"),
            ("2^127", "too large"),
            ("2^126*p*p", "too large"),
            ("1e300^p", "too large"),
            ("sqrt(1-p)", "negative"),
            ("n*p", "there is no n; there are p, ranks, threads"),
            ("2p", ""),
            ("-p", ""),
            ("p*", ""),
            ("(p", ""),
            ("", ""),
            ("p p", ""),
            ("1,5*p", ""),
        ] {
            let told = value(text, 3).expect_err(text);
            assert!(told.contains(says), "{text}: {told}");
        }
    }
}
