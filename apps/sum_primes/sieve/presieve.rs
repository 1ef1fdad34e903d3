//! Pre-sieving: the multiples of the primes 7 to 167 come from ready patterns.
//!
//! Crossing off the multiples of a prime `p` repeats every `p` bytes, and those
//! of a few primes together repeat every product of them. Each pattern holds a
//! group of primes whose product stays small (under 34 kB), so that filling a
//! segment is an AND of fifteen byte streams: far less work than crossing off
//! the primes that have the most multiples. The grouping of small primes with
//! large ones, to even the patterns' lengths out, is primesieve's.

use super::wheel::{NEXT_COPRIME, RESIDUES};
use grange::isa::Isa;

/// The first prime that is not pre-sieved.
pub const FIRST_UNSIEVED: u64 = 173;

/// Segments are filled in blocks of this many bytes.
pub const BLOCK: usize = 64;

const GROUPS: [&[u64]; 15] = [
    &[7, 67, 71],
    &[11, 41, 73],
    &[13, 43, 59],
    &[17, 37, 53],
    &[19, 29, 61],
    &[23, 31, 47],
    &[79, 163],
    &[83, 157],
    &[89, 151],
    &[97, 149],
    &[101, 139],
    &[103, 137],
    &[107, 131],
    &[109, 127],
    &[113, 167],
];

/// The patterns, about 300 kB, shared by all threads.
#[derive(Debug)]
pub struct Presieve {
    patterns: [Pattern; GROUPS.len()],
}

/// A period of a group's crossings-off, and its first block again, so that a
/// block may be read from any place in the period.
#[derive(Debug)]
struct Pattern {
    bytes: Vec<u8>,
    period: usize,
}

impl Pattern {
    fn new(group: &[u64]) -> Self {
        let period = group.iter().product::<u64>() as usize;
        let mut bytes = vec![0xff; period + BLOCK];
        for &prime in group {
            for (bit, &residue) in RESIDUES.iter().enumerate() {
                let mut byte = 0;
                while !(30 * byte as u64 + u64::from(residue)).is_multiple_of(prime) {
                    byte += 1;
                }
                while byte < bytes.len() {
                    bytes[byte] &= !(1 << bit);
                    byte += prime as usize;
                }
            }
        }
        Self { bytes, period }
    }
}

impl Presieve {
    /// Makes the patterns: well under a millisecond.
    pub fn new() -> Self {
        Self {
            patterns: GROUPS.map(Pattern::new),
        }
    }

    /// The memory of the patterns.
    pub fn bytes(&self) -> usize {
        self.patterns.iter().map(|p| p.bytes.len()).sum()
    }

    /// Overwrites `segment`, which starts at byte `start` of the number line
    /// and is a whole number of blocks, with the numbers that have no factor up
    /// to 167.
    pub fn fill(&self, segment: &mut [u8], start: u64, isa: Isa) {
        assert!(segment.len().is_multiple_of(BLOCK));
        let mut places = [0; GROUPS.len()];
        for (place, pattern) in places.iter_mut().zip(&self.patterns) {
            *place = (start % pattern.period as u64) as usize;
        }
        let mut rest = segment;
        while !rest.is_empty() {
            // As many blocks as no pattern comes to its end before.
            let run = (places.iter().zip(&self.patterns))
                .map(|(&place, pattern)| (pattern.period - place).div_ceil(BLOCK) * BLOCK)
                .fold(rest.len(), usize::min);
            let (now, later) = rest.split_at_mut(run);
            let mut streams = [&[][..]; GROUPS.len()];
            for ((stream, place), pattern) in
                streams.iter_mut().zip(&mut places).zip(&self.patterns)
            {
                *stream = &pattern.bytes[*place..*place + run];
                *place += run;
                if *place >= pattern.period {
                    *place -= pattern.period;
                }
            }
            and_streams(now, &streams, isa);
            rest = later;
        }
    }
}

/// Puts the primes that the patterns cross off with their multiples back, and
/// takes the number 1 out, where `segment` covers them.
pub fn restore_small_primes(segment: &mut [u8], start: u64) {
    let rows = FIRST_UNSIEVED.div_ceil(30);
    for byte in start..rows.min(start.saturating_add(segment.len() as u64)) {
        segment[(byte - start) as usize] |= small_primes_in(byte);
        if byte == 0 {
            segment[0] &= !1;
        }
    }
}

fn small_primes_in(byte: u64) -> u8 {
    (GROUPS.iter().copied().flatten())
        .filter(|&&prime| prime / 30 == byte)
        .fold(0, |bits, prime| {
            bits | 1 << NEXT_COPRIME[(prime % 30) as usize].1
        })
}

/// Writes the AND of the streams, all as long as `out`.
fn and_streams(out: &mut [u8], streams: &[&[u8]; GROUPS.len()], isa: Isa) {
    match isa.checked() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 | Isa::Avx512 => {
            // SAFETY: `checked` has seen to it that the processor has AVX2.
            unsafe { and_streams_avx2(out, streams) }
        }
        _ => and_streams_portable(out, streams),
    }
}

fn and_streams_portable(out: &mut [u8], streams: &[&[u8]; GROUPS.len()]) {
    let (first, others) = streams.split_first().expect("there are patterns");
    out.copy_from_slice(first);
    for stream in others {
        for (byte, &mask) in out.iter_mut().zip(*stream) {
            *byte &= mask;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn and_streams_avx2(out: &mut [u8], streams: &[&[u8]; GROUPS.len()]) {
    use std::arch::x86_64::{_mm256_and_si256, _mm256_loadu_si256, _mm256_storeu_si256};
    assert!(streams.iter().all(|stream| stream.len() == out.len()));
    for (at, lane) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let read = |stream: &[u8]| {
            // SAFETY: lane `at` of `out` lies within it, and the stream is as
            // long as `out`; the load needs no alignment.
            unsafe { _mm256_loadu_si256(stream.as_ptr().add(32 * at).cast()) }
        };
        let mut bits = read(streams[0]);
        for stream in &streams[1..] {
            bits = _mm256_and_si256(bits, read(stream));
        }
        // SAFETY: `lane` is 32 bytes; the store needs no alignment.
        unsafe { _mm256_storeu_si256(lane.as_mut_ptr().cast(), bits) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_leaves_the_numbers_without_small_factors() {
        let presieve = Presieve::new();
        for isa in grange::isa::available() {
            for start in [0, 1, 33_290, 1 << 40, u64::MAX / 30 - 4000] {
                let mut segment = vec![0xaa; 50 * BLOCK];
                presieve.fill(&mut segment, start, isa);
                for (at, &byte) in segment.iter().enumerate() {
                    for (bit, &residue) in RESIDUES.iter().enumerate() {
                        let number = (start + at as u64) * 30 + u64::from(residue);
                        let rough = GROUPS
                            .iter()
                            .copied()
                            .flatten()
                            .all(|&p| !number.is_multiple_of(p));
                        assert_eq!(byte >> bit & 1 == 1, rough, "{number} {isa}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_fill_wraps_every_pattern() {
        let presieve = Presieve::new();
        for isa in grange::isa::available() {
            let mut whole = vec![0; 2048 * BLOCK];
            presieve.fill(&mut whole, 12_345, isa);
            let mut part = vec![0; 8 * BLOCK];
            for blocks in (0..2040).step_by(97) {
                presieve.fill(&mut part, 12_345 + (blocks * BLOCK) as u64, isa);
                assert_eq!(part, whole[blocks * BLOCK..][..part.len()]);
            }
        }
    }

    #[test]
    fn the_small_primes_come_back() {
        let mut segment = vec![0x01; 64];
        restore_small_primes(&mut segment, 0);
        let want: Vec<u8> = (0..64).map(expected).collect();
        assert_eq!(segment, want);
        let mut later = vec![0x01; 64];
        restore_small_primes(&mut later, 4);
        assert_eq!(later[..2], segment[4..6]);
        let mut last = vec![0x01; 64];
        restore_small_primes(&mut last, u64::MAX / 30);
        assert!(last.iter().all(|&byte| byte == 1));
    }

    /// What the row of ones becomes: the primes below 173, and the 1 elsewhere.
    fn expected(byte: u64) -> u8 {
        let prime = |n: u64| n > 1 && n < FIRST_UNSIEVED && (2..n).all(|d| !n.is_multiple_of(d));
        let ones = u8::from(byte != 0);
        RESIDUES
            .iter()
            .enumerate()
            .fold(ones, |bits, (bit, &residue)| {
                bits | u8::from(prime(30 * byte + u64::from(residue))) << bit
            })
    }
}
