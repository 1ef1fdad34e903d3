//! How a problem grows with the number of cores: `N=1e9*p`, and `{N}` in the program's arguments.

use super::expression::Expression;
use super::plan::Configuration;

/// What an expression may name.
const VARIABLES: [&str; 3] = ["p", "ranks", "threads"];

/// A size by its name.
#[derive(Clone, Debug)]
pub struct Scale {
    name: String,
    text: String,
    expression: Expression,
}

impl Scale {
    /// Reads `NAME=EXPRESSION`.
    ///
    /// # Errors
    /// When it makes no sense.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((name, expression)) = text.split_once('=') else {
            return Err("a size is NAME=EXPRESSION, such as N=1e9*p".into());
        };
        let name = name.trim();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_word) {
            return Err(format!(
                "'{name}' is no name; use letters and digits, as in N=1e9*p"
            ));
        }
        Ok(Scale {
            name: name.into(),
            text: text.into(),
            expression: Expression::parse(expression, &VARIABLES)?,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it goes in the arguments.
    pub fn place(&self) -> String {
        format!("{{{}}}", self.name)
    }

    fn value(&self, at: Configuration) -> Result<String, String> {
        let values = [
            ("p", at.cores()),
            ("ranks", at.ranks.into()),
            ("threads", at.threads.into()),
        ];
        let told = |problem: &str| format!("--scale {}: for {at} it {problem}", self.text);
        match self.expression.value(&values) {
            Ok(number) if number.is_positive() => Ok(number.to_string()),
            Ok(_) => Err(told("is not above zero")),
            Err(reason) => Err(told(&reason)),
        }
    }
}

/// The arguments for a configuration, with the sizes in their places.
///
/// # Errors
/// When a size has no value there.
pub fn arguments(
    template: &[String],
    scales: &[Scale],
    at: Configuration,
) -> Result<Vec<String>, String> {
    let mut arguments = template.to_vec();
    for scale in scales {
        let (place, value) = (scale.place(), scale.value(at)?);
        for argument in &mut arguments {
            *argument = argument.replace(&place, &value);
        }
    }
    Ok(arguments)
}

/// The sizes of a configuration, such as `N=2000000000`, for a table.
///
/// # Errors
/// When one has no value there.
pub fn sizes(scales: &[Scale], at: Configuration) -> Result<String, String> {
    let sizes = scales
        .iter()
        .map(|scale| Ok(format!("{}={}", scale.name, scale.value(at)?)));
    Ok(sizes.collect::<Result<Vec<_>, String>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Configuration = Configuration {
        ranks: 4,
        threads: 2,
    };

    #[test]
    fn sizes_go_into_their_places() {
        let scales = [
            Scale::parse("N = 1e9 * p").unwrap(),
            Scale::parse("m=ranks^2").unwrap(),
        ];
        let template = ["{N}", "--size={m}x{m}", "{other}", "N"].map(str::to_owned);
        let arguments = arguments(&template, &scales, AT).unwrap();
        assert_eq!(arguments, ["8000000000", "--size=16x16", "{other}", "N"]);
        assert_eq!(sizes(&scales, AT).unwrap(), "N=8000000000 m=16");
    }

    #[test]
    fn what_makes_no_sense() {
        for text in ["N", "=p", "a b=p", "N=", "N=q"] {
            assert!(Scale::parse(text).is_err(), "{text}");
        }
        let scale = Scale::parse("N=4-ranks").unwrap();
        let told = sizes(&[scale], AT).unwrap_err();
        assert_eq!(
            told,
            "--scale N=4-ranks: for 4 ranks x 2 threads it is not above zero"
        );
    }
}
