//! Pseudo-random numbers, and a checksum that does not mind their order.

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub fn of_seed(seed: u64) -> impl Iterator<Item = u64> {
    (1..).map(move |i: u64| mix(seed.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
}

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The same for the same numbers in any order. They are mixed first, or what one gained another could lose.
pub fn checksum(numbers: &[u64]) -> u64 {
    numbers
        .iter()
        .fold(0, |sum, &n| u64::wrapping_add(sum, mix(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers() {
        // As the authors' own program gives them for the seed 0.
        let first: Vec<u64> = of_seed(0).take(3).collect();
        assert_eq!(
            first,
            [
                0xe220_a839_7b1d_cdaf,
                0x6e78_9e6a_a1b9_65f4,
                0x06c4_5d18_8009_454f
            ]
        );
    }

    #[test]
    fn a_checksum_sees_numbers_and_not_their_order() {
        assert_eq!(checksum(&[1, 2, 3]), checksum(&[3, 1, 2]));
        for other in [[1, 2, 4], [2, 2, 2], [1, 1, 3]] {
            assert_ne!(checksum(&[1, 2, 3]), checksum(&other));
        }
    }
}
