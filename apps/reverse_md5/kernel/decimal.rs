//! Decimal strings, and the message words that four digits of them make.

use super::space::TABLE_PADDING;

/// Digits of the longest number, `u128::MAX`.
pub(super) const MAX_DIGITS: usize = 39;

/// How many decimal digits `n` has; 0 has one.
pub(super) fn digits(n: u128) -> usize {
    n.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The largest number of as many digits as `n`.
pub(super) fn last_of_length(n: u128) -> u128 {
    10u128
        .checked_pow(digits(n) as u32)
        .map_or(u128::MAX, |next| next - 1)
}

/// Writes the low digits of `n` over all of `text`, with leading zeros where it is wider.
pub(super) fn write(mut n: u128, text: &mut [u8]) {
    for digit in text.iter_mut().rev() {
        // The 64-bit division is many times faster, and all there is to do for common numbers.
        (n, *digit) = match u64::try_from(n) {
            Ok(small) => ((small / 10).into(), b'0' + (small % 10) as u8),
            Err(_) => (n / 10, b'0' + (n % 10) as u8),
        };
    }
}

/// The message words that hold the `digits` (1..=4) last digits of a number, in numerical order.
///
/// With fewer than four digits the number ends in the word, and the entry has the `0x80` that
/// ends the message. The table goes on for [`TABLE_PADDING`] zeros after its `10^digits` entries.
pub(super) fn word_table(digits: usize) -> &'static [u32] {
    static ONE: [u32; 10 + TABLE_PADDING] = table(1);
    static TWO: [u32; 100 + TABLE_PADDING] = table(2);
    static THREE: [u32; 1_000 + TABLE_PADDING] = table(3);
    static FOUR: [u32; 10_000 + TABLE_PADDING] = table(4);
    match digits {
        1 => &ONE,
        2 => &TWO,
        3 => &THREE,
        _ => &FOUR,
    }
}

const fn table<const N: usize>(digits: usize) -> [u32; N] {
    let mut table = [0; N];
    let mut n = 0;
    while n < N - TABLE_PADDING {
        let mut bytes = [0; 4];
        if digits < 4 {
            bytes[digits] = 0x80;
        }
        let (mut at, mut rest) = (digits, n);
        while at > 0 {
            at -= 1;
            bytes[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        table[n] = u32::from_le_bytes(bytes);
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_writes_digits_at_powers_of_ten() {
        for length in 1..=MAX_DIGITS {
            let low = if length == 1 {
                0
            } else {
                10u128.pow(length as u32 - 1)
            };
            let high = last_of_length(low);
            for n in [low, low + 1, high - 1, high] {
                assert_eq!(digits(n), length, "{n}");
                assert_eq!(last_of_length(n), high, "{n}");
                let mut text = vec![0; length];
                write(n, &mut text);
                assert_eq!(text, n.to_string().as_bytes());
            }
        }
        assert_eq!(last_of_length(u128::MAX), u128::MAX);
        let mut text = [0; 5];
        write(42, &mut text);
        assert_eq!(&text, b"00042");
    }

    #[test]
    fn tables_hold_the_digits_and_the_terminator() {
        for digits in 1..=4usize {
            let count = 10usize.pow(digits as u32);
            let table = word_table(digits);
            assert_eq!(table.len(), count + TABLE_PADDING);
            for (n, word) in table[..count].iter().enumerate() {
                let mut text = format!("{n:0digits$}").into_bytes();
                text.push(0x80);
                text.resize(5, 0);
                assert_eq!(word.to_le_bytes(), text[..4], "{n}");
            }
        }
    }
}
