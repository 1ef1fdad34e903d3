//! The sum by which a datagram is known to be what was sent.

use super::frame::Damaged;

/// Bytes that the sum takes, at the end: what it is of need not be moved.
pub const LEN: usize = 4;

/// Appends the sum of `bytes`.
pub fn close(bytes: &mut Vec<u8>) {
    let sum = of(bytes);
    bytes.extend_from_slice(&sum);
}

/// What comes before the sum.
///
/// # Errors
/// When the sum is that of something else.
pub fn open(bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (rest, sum) = bytes
        .split_last_chunk::<LEN>()
        .ok_or(Damaged("it is too short"))?;
    match *sum == of(rest) {
        true => Ok(rest),
        false => Err(Damaged("its bytes are not those that were sent")),
    }
}

/// CRC-32 (ISO 3309) finds every single flipped bit and every burst of up to 32, several times as fast as the
/// bytes can be copied.
fn of(bytes: &[u8]) -> [u8; LEN] {
    crc32fast::hash(bytes).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_found() {
        let mut bytes = b"123456789".to_vec();
        close(&mut bytes);
        assert_eq!(
            bytes[9..],
            0xcbf4_3926_u32.to_le_bytes(),
            "the check value of CRC-32"
        );
        assert_eq!(open(&bytes), Ok(&b"123456789"[..]));
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&bytes).is_err(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(open(&bytes[..3]).is_err() && open(&[]).is_err());
    }
}
