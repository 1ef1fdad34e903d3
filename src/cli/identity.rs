//! Which of a command line's words say what is computed, and which only how.

use std::ffi::OsString;

/// Options that change the time, never the result, and whether they take a value.
const MANNER: [(&str, bool); 22] = [
    ("--threads", true),
    ("--schedule", true),
    ("--checkpoint", true),
    ("--checkpoint-every", true),
    ("--restart", false),
    ("--time-limit", true),
    ("--grace", true),
    ("--audit", true),
    ("--elastic", true),
    ("--servers", true),
    ("--discover", false),
    ("--join", true),
    ("--listen", true),
    ("--secret", true),
    ("--progress", true),
    ("--stats", false),
    ("--report", true),
    ("--trace", true),
    ("--json", false),
    ("--quiet", false),
    ("--output", true),
    ("--force", false),
];

/// This process's arguments but for those.
pub fn arguments() -> Vec<String> {
    without_manner(std::env::args_os().skip(1))
}

/// As one text.
pub fn text(words: &[String]) -> String {
    match words.is_empty() {
        true => "(no arguments)".into(),
        false => shell_words::join(words),
    }
}

/// Those of these words that say what is computed.
pub fn without_manner(arguments: impl Iterator<Item = OsString>) -> Vec<String> {
    let mut words = Vec::new();
    let mut arguments = arguments.map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = arguments.next() {
        if word == "--" {
            words.push(word);
            words.extend(arguments);
            break;
        }
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        match MANNER.iter().find(|(known, _)| *known == name) {
            Some((_, true)) if name == word => drop(arguments.next()),
            Some(_) => {}
            None => words.push(word),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_computed_counts() {
        let of = |words: &str| text(&without_manner(words.split(' ').map(OsString::from)));
        assert_eq!(
            of("1e9 --threads 4 --checkpoint=a.h5 --grain 7 --restart --grace 1s x"),
            "1e9 --grain 7 x"
        );
        assert_eq!(of("sleep -- --threads 2"), "sleep -- --threads 2");
        assert_eq!(of("--threads"), "(no arguments)");
    }
}
