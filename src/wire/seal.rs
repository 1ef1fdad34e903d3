//! The sum by which a datagram is known to be what was sent.

use super::frame::Damaged;

/// Bytes that the sum takes, in front of what it is of.
pub const LEN: usize = 4;

/// Fills in the sum: the first [`LEN`] bytes of `bytes`, of all others.
pub fn close(bytes: &mut [u8]) {
    if let Some((sum, rest)) = bytes.split_first_chunk_mut::<LEN>() {
        *sum = of(rest);
    }
}

/// What comes after the sum.
///
/// # Errors
/// When the sum is that of something else.
pub fn open(bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (sum, rest) = bytes
        .split_first_chunk::<LEN>()
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
        let mut bytes = b"\0\0\0\0123456789".to_vec();
        close(&mut bytes);
        assert_eq!(
            bytes[..4],
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
