//! Sets of ranks or cores, for people: `0-3, 7`.

/// Longer lists end with how many there are.
const MOST_PARTS: usize = 6;

/// The numbers, which ascend, as ranges.
pub fn list(numbers: &[u32]) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for &n in numbers {
        match parts.last_mut() {
            Some((_, last)) if n == *last + 1 => *last = n,
            _ => parts.push((n, n)),
        }
    }
    let text = |&(from, to): &(u32, u32)| match to - from {
        0 => from.to_string(),
        _ => format!("{from}-{to}"),
    };
    let shown: Vec<String> = parts.iter().take(MOST_PARTS).map(text).collect();
    match parts.len() > MOST_PARTS {
        true => format!("{}, ... ({} in all)", shown.join(", "), numbers.len()),
        false => shown.join(", "),
    }
}

/// `rank 3`, `ranks 0-3, 7`.
pub fn of(what: &str, numbers: &[u32]) -> String {
    let plural = if numbers.len() == 1 { "" } else { "s" };
    format!("{what}{plural} {}", list(numbers))
}

/// Names, the first few of many.
pub fn names(all: &[String]) -> String {
    match all.len() {
        n if n > MOST_PARTS => {
            let shown = all.get(..MOST_PARTS).unwrap_or_default();
            format!("{}, ... ({n} in all)", shown.join(", "))
        }
        _ => all.join(", "),
    }
}

/// `1 core`, `2 cores`.
pub fn count(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_short() {
        assert_eq!(list(&[]), "");
        assert_eq!(of("rank", &[4]), "rank 4");
        assert_eq!(of("core", &[0, 1, 2, 3, 7, 9, 10]), "cores 0-3, 7, 9-10");
        let odd: Vec<u32> = (0..1000).map(|n| 2 * n).collect();
        assert_eq!(list(&odd), "0, 2, 4, 6, 8, 10, ... (1000 in all)");
        assert_eq!(names(&["a".into(), "b".into()]), "a, b");
    }
}
