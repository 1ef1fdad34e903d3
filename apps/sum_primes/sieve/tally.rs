//! Summing the numbers whose bits are left, without visiting them one by one.
//!
//! Over a segment of bytes `b_0, b_1, ..` the sum of the numbers, each taken
//! from the segment's start, splits into
//! `30 * sum(i * ones(b_i)) + sum(residues(b_i))`,
//! where `residues` is the sum of the residues of a byte's bits. Both come
//! from tables or from population counts under masks, at a few per cent of the
//! cost of sieving.

use super::wheel::{RESIDUES, SPAN};
use grange::isa::Isa;

/// What is left of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many bits are set.
    pub count: u64,
    /// The sum of their numbers, counted from the segment's start.
    pub sum: u64,
}

/// Longer segments could overflow the 32-bit lanes of `tally_avx2`.
const LONGEST: usize = 1 << 24;

/// Counts and sums the set bits of a segment of at most 16 MiB.
pub fn tally(segment: &[u8], isa: Isa) -> Tally {
    assert!(segment.len() <= LONGEST);
    match isa.checked() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => {
            let (blocks, rest) = segment.as_chunks::<32>();
            // SAFETY: `checked` has seen to it that the processor has AVX2.
            let head = unsafe { tally_avx2(blocks) };
            let tail = tally_portable(rest);
            let base = SPAN * (segment.len() - rest.len()) as u64;
            Tally {
                count: head.count + tail.count,
                sum: head.sum + tail.sum + base * tail.count,
            }
        }
        _ => tally_portable(segment),
    }
}

/// `BIT_PLANES[b]` masks the bits of a word of eight bytes whose numbers,
/// counted from the word's start and below 240, have binary digit `b` set.
const BIT_PLANES: [u64; 8] = {
    let mut planes = [0; 8];
    let mut bit = 0;
    while bit < 64 {
        let number = 30 * (bit / 8) + RESIDUES[bit % 8] as usize;
        let mut digit = 0;
        while digit < 8 {
            planes[digit] |= ((number >> digit & 1) as u64) << bit;
            digit += 1;
        }
        bit += 1;
    }
    planes
};

fn tally_portable(segment: &[u8]) -> Tally {
    let mut total = Tally::default();
    let mut digits = [0; 8];
    let mut add = |word: u64, base: u64| {
        let ones = u64::from(word.count_ones());
        total.count += ones;
        total.sum += ones * base;
        for (digit, plane) in digits.iter_mut().zip(BIT_PLANES) {
            *digit += u64::from((word & plane).count_ones());
        }
    };
    let (words, rest) = segment.as_chunks::<8>();
    let mut base = 0;
    for &word in words {
        add(u64::from_le_bytes(word), base);
        base += 8 * SPAN;
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    add(u64::from_le_bytes(last), base);
    for (digit, ones) in digits.into_iter().enumerate() {
        total.sum += ones << digit;
    }
    total
}

/// For each half of a byte: how many bits are set, and the sums of the residues
/// of the low and of the high four bits.
#[cfg(target_arch = "x86_64")]
const NIBBLES: [[u8; 16]; 3] = {
    let mut tables = [[0; 16]; 3];
    let mut nibble = 0;
    while nibble < 16 {
        let mut bit = 0;
        while bit < 4 {
            if nibble >> bit & 1 == 1 {
                tables[0][nibble] += 1;
                tables[1][nibble] += RESIDUES[bit];
                tables[2][nibble] += RESIDUES[4 + bit];
            }
            bit += 1;
        }
        nibble += 1;
    }
    tables
};

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn tally_avx2(blocks: &[[u8; 32]]) -> Tally {
    use std::arch::x86_64::*;
    let load = |bytes: &[u8; 32]| {
        // SAFETY: the load reads the 32 bytes and needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    };
    let table = |nibbles: &[u8; 16]| {
        let mut twice = [0; 32];
        twice[..16].copy_from_slice(nibbles);
        twice[16..].copy_from_slice(nibbles);
        load(&twice)
    };
    let [ones, low_residues, high_residues] = [0, 1, 2].map(|k| table(&NIBBLES[k]));
    let byte_numbers = load(&std::array::from_fn(|byte| byte as u8));
    let low_nibble = _mm256_set1_epi8(15);
    let ones16 = _mm256_set1_epi16(1);
    let one = _mm256_set1_epi64x(1);
    let zero = _mm256_setzero_si256();

    let mut count = zero;
    let mut residues = zero;
    // ones * byte number within the block, and ones * block number.
    let mut in_block = zero;
    let mut of_block = zero;
    let mut block_number = zero;
    for block in blocks {
        let bits = load(block);
        let low = _mm256_and_si256(bits, low_nibble);
        let high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), low_nibble);
        // At most 120 a byte: the sum of all eight residues.
        let byte_residues = _mm256_add_epi8(
            _mm256_shuffle_epi8(low_residues, low),
            _mm256_shuffle_epi8(high_residues, high),
        );
        let byte_ones = _mm256_add_epi8(
            _mm256_shuffle_epi8(ones, low),
            _mm256_shuffle_epi8(ones, high),
        );
        let lane_ones = _mm256_sad_epu8(byte_ones, zero);
        residues = _mm256_add_epi64(residues, _mm256_sad_epu8(byte_residues, zero));
        count = _mm256_add_epi64(count, lane_ones);
        of_block = _mm256_add_epi64(of_block, _mm256_mul_epu32(lane_ones, block_number));
        block_number = _mm256_add_epi64(block_number, one);
        // Under 1000 a 32-bit lane and block, so LONGEST keeps it in range.
        let weighted = _mm256_madd_epi16(_mm256_maddubs_epi16(byte_ones, byte_numbers), ones16);
        in_block = _mm256_add_epi32(in_block, weighted);
    }
    let add64 = |lanes: __m256i| {
        let mut each = [0_u64; 4];
        // SAFETY: the store writes the 32 bytes and needs no alignment.
        unsafe { _mm256_storeu_si256(each.as_mut_ptr().cast(), lanes) };
        each.iter().sum::<u64>()
    };
    let low_half = _mm256_set1_epi64x(0xffff_ffff);
    let in_block =
        add64(_mm256_and_si256(in_block, low_half)) + add64(_mm256_srli_epi64(in_block, 32));
    Tally {
        count: add64(count),
        sum: add64(residues) + SPAN * (in_block + 32 * add64(of_block)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_by_one(segment: &[u8]) -> Tally {
        let mut total = Tally::default();
        for (at, byte) in segment.iter().enumerate() {
            for (bit, &residue) in RESIDUES.iter().enumerate() {
                if byte >> bit & 1 == 1 {
                    total.count += 1;
                    total.sum += 30 * at as u64 + u64::from(residue);
                }
            }
        }
        total
    }

    #[test]
    fn every_path_sums_every_length() {
        let mut state = 1_u64;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .take(300)
        .collect();
        for isa in grange::isa::available() {
            for length in 0..bytes.len() {
                let segment = &bytes[..length];
                assert_eq!(tally(segment, isa), one_by_one(segment), "{length} {isa}");
            }
        }
    }

    #[test]
    fn a_full_segment_does_not_overflow() {
        let length = if cfg!(debug_assertions) {
            1 << 19
        } else {
            LONGEST
        };
        let segment = vec![0xff; length];
        let length = length as u64;
        let want = Tally {
            count: 8 * length,
            sum: 120 * length + 30 * 8 * (length * (length - 1) / 2),
        };
        for isa in grange::isa::available() {
            assert_eq!(tally(&segment, isa), want);
        }
    }
}
