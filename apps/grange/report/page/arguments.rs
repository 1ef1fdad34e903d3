//! Which of a program's arguments say what it computes.

/// Options of every program of grange that do not change what comes out, and whether a value follows.
const ASIDE: [(&str, bool); 11] = [
    ("--report", true),
    ("--trace", true),
    ("--stats", false),
    ("--progress", true),
    ("--quiet", false),
    ("--json", false),
    ("--checkpoint", true),
    ("--checkpoint-every", true),
    ("--restart", false),
    ("--time-limit", true),
    ("--grace", true),
];

/// All but those of what is written, said, and done about the end.
pub fn of_work(arguments: &[String]) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--" {
            kept.push(word);
            kept.extend(words);
            break;
        }
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        match ASIDE.iter().find(|(aside, _)| *aside == name) {
            None => kept.push(word),
            Some((_, true)) if name == word => _ = words.next(),
            Some(_) => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_computed_is_left() {
        let of = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            of_work(&words).join(" ")
        };
        for line in [
            "1e10 --grain 5",
            "1e10 --report a.h5 --grain 5",
            "--report=a.h5 1e10 --grain 5 --stats",
            "--checkpoint c.h5 --checkpoint-every=2 --restart 1e10 --grain 5 --quiet --json",
            "--time-limit 5 --grace 1 --progress never 1e10 --trace t.json --grain 5 --report",
        ] {
            assert_eq!(of(line), "1e10 --grain 5", "{line}");
        }
        assert_eq!(of("--reports 1 --statsx"), "--reports 1 --statsx");
        assert_eq!(of("--report a -- --report b"), "-- --report b");
    }
}
