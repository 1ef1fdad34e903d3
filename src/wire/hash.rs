//! Numbers that stand for bytes, the same in every build and on every machine.

use sha2::{Digest, Sha256};

/// The first 64 bits of the SHA-256 (FIPS 180-4) of `bytes`.
pub fn of(bytes: &[u8]) -> u64 {
    let sum = Sha256::digest(bytes);
    sum.iter()
        .take(8)
        .fold(0, |n, &byte| n << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_answer() {
        assert_eq!(super::of(b"abc"), 0xba78_16bf_8f01_cfea);
    }
}
