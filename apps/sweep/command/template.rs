//! A command line with places for values.

use grange::Error;
use grange::params::Value;

/// The words of a command line.
#[derive(Debug, PartialEq)]
pub struct Template(Vec<Vec<Piece>>);

#[derive(Debug, PartialEq)]
enum Piece {
    Literal(String),
    /// The value of this column.
    Column(usize),
    /// The row's number.
    Row,
}

impl Template {
    /// Splits it into words as a shell would, and then finds the places: a value never becomes two words.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, Error> {
        let told = |problem: String| Error::Usage(format!("--command {text:?}: {problem}"));
        let words = shell_words::split(text).map_err(|_| told("a quote is not closed".into()))?;
        if words.first().is_none_or(String::is_empty) {
            return Err(told("it names no program".into()));
        }
        let pieces = words.iter().map(|word| pieces(word, names));
        Ok(Template(pieces.collect::<Result<_, _>>().map_err(told)?))
    }

    /// The words for a row, numbered from 1.
    pub fn words(&self, row: u128, values: &[Value]) -> Vec<String> {
        let text = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Column(column) => values.get(*column).map_or(String::new(), Value::to_string),
            Piece::Row => row.to_string(),
        };
        let word = |pieces: &Vec<Piece>| pieces.iter().map(text).collect();
        self.0.iter().map(word).collect()
    }
}

fn pieces(word: &str, names: &[&str]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = word;
    while let Some(at) = rest.find(['{', '}']) {
        literal += &rest[..at];
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            literal += brace;
            rest = after;
            continue;
        }
        if brace == "}" {
            literal += brace;
            rest = after;
            continue;
        }
        let Some((name, after)) = after.split_once('}') else {
            return Err(format!("{{{after} is not closed; write {{{{ for a brace"));
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(place(name, names)?);
        rest = after;
    }
    literal += rest;
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn place(name: &str, names: &[&str]) -> Result<Piece, String> {
    if let Some(column) = names.iter().position(|known| *known == name) {
        return Ok(Piece::Column(column));
    }
    if name == "#" || name == "row" {
        return Ok(Piece::Row);
    }
    let known: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
    Err(format!(
        "{{{name}}} is no parameter; there are {}, {{row}} and {{#}}, and {{{{ is a brace",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let template = Template::parse(text, &["a", "b c"]).expect(text);
        template.words(7, &["1".into(), "x 'y' \"z\"".into()])
    }

    #[test]
    fn values_stay_inside_of_their_words() {
        assert_eq!(words("prog {a}"), ["prog", "1"]);
        assert_eq!(words("prog '{b c}'"), ["prog", "x 'y' \"z\""]);
        assert_eq!(words("p --n={a}{a}.{row} \"{#}\""), ["p", "--n=11.7", "7"]);
        assert_eq!(
            words("p {{a}} '{{{a}}}' } ''"),
            ["p", "{a}", "{1}", "}", ""]
        );
        assert_eq!(
            words("sh -c 'echo \"$1\" | wc' - {a}"),
            ["sh", "-c", "echo \"$1\" | wc", "-", "1"]
        );
        // Nothing in a value is a place.
        let template = Template::parse("p {a}", &["a"]).unwrap();
        assert_eq!(template.words(1, &["{a} {row}".into()]), ["p", "{a} {row}"]);
        // A parameter's name is more than ours.
        let template = Template::parse("p {row} {#}", &["row"]).unwrap();
        assert_eq!(template.words(5, &["r".into()]), ["p", "r", "5"]);
    }

    #[test]
    fn what_makes_no_sense() {
        for (text, says) in [
            (
                "p {d}",
                "{d} is no parameter; there are {a}, {b c}, {row} and {#}, and {{ is a brace",
            ),
            ("p {}", "{} is no parameter"),
            ("p {a", "{a is not closed"),
            ("p {b c}", "{b is not closed"),
            ("p 'a", "a quote is not closed"),
            ("", "names no program"),
            ("'' a", "names no program"),
        ] {
            match Template::parse(text, &["a", "b c"]) {
                Err(Error::Usage(told)) => assert!(told.contains(says), "{told}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
