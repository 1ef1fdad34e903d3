//! How wide text is, and what of it fits.

/// Advance widths of the characters from space to tilde in DejaVu Sans, in thousandths of the size. Where a
/// reader's machine takes another font, it is no wider.
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// The width of `text` at a font size.
pub fn width(text: &str, size: f64) -> f64 {
    let thousandths: u32 = text.chars().map(advance).sum();
    f64::from(thousandths) * size / 1000.0
}

fn advance(c: char) -> u32 {
    let place = u32::from(c).checked_sub(32).and_then(|place| {
        let place = usize::try_from(place).ok()?;
        WIDTHS.get(place)
    });
    match (place, c) {
        (Some(width), _) => (*width).into(),
        (None, '\u{a0}') => 318,
        // Scripts of East Asia are a full square.
        (None, '\u{1100}'..) if !matches!(c, '\u{2000}'..='\u{20ff}') => 1000,
        // Greek, accents, dashes: few are wider.
        (None, '\u{2013}'..='\u{2026}') => 1000,
        (None, _) => 700,
    }
}

/// `text`, or as much of its beginning as fits in `room`, with an ellipsis.
pub fn fit(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room - width("\u{2026}", size);
    let mut used = 0.0;
    let kept = text.chars().take_while(|c| {
        used += f64::from(advance(*c)) * size / 1000.0;
        used <= room
    });
    let kept: String = kept.collect();
    format!("{}\u{2026}", kept.trim_end())
}

/// `text` without what XML and HTML cannot hold, on one line.
pub fn clean(text: &str) -> String {
    let one = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up() {
        assert_eq!(width("", 10.0), 0.0);
        assert!((width("1", 10.0) - 6.36).abs() < 1e-9);
        assert!((width("a b", 1000.0) - 1566.0).abs() < 1e-9);
        assert!(width("\u{4e16}", 10.0) == 10.0);
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(fit("abc", 10.0, 100.0), "abc");
        let cut = fit("a long text that nobody has room for", 10.0, 80.0);
        assert!(
            cut.ends_with('\u{2026}') && cut.starts_with("a long"),
            "{cut}"
        );
        assert!(width(&cut, 10.0) <= 80.0);
        assert_eq!(fit("abc", 10.0, 0.0), "\u{2026}");
    }

    #[test]
    fn no_control_characters() {
        assert_eq!(clean("a\nb\0\u{1b}[c"), "a b\u{fffd}\u{fffd}[c");
    }
}
