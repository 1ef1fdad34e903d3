//! The 64 steps of MD5 (RFC 1321, section 3.4) on plain integers, forward and backward.
//!
//! A step takes the state `[a, b, c, d]` to `[d, b + rotl(a + mix(b, c, d) + key), b, c]`, where
//! `key` is the step's constant plus the message word it uses. Only `a` is lost, and it can be
//! solved for, so every step can be undone by one who knows its key.

/// State before the first step.
pub(super) const INITIAL: [u32; 4] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/// Constant of each step: `floor(2^32 * |sin(step + 1)|)`.
pub(super) const CONSTANTS: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];

/// Left rotation of `step`.
pub(super) const fn rotation(step: usize) -> u32 {
    const ROTATIONS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    ROTATIONS[step / 16][step % 4]
}

/// Index of the message word that `step` uses.
pub(super) const fn word_of(step: usize) -> usize {
    match step / 16 {
        0 => step,
        1 => (5 * step + 1) % 16,
        2 => (3 * step + 5) % 16,
        _ => (7 * step) % 16,
    }
}

/// The step of each round that uses a message word: the inverse of [`word_of`].
pub(super) const STEPS_USING: [[usize; 4]; 16] = {
    let mut steps = [[0; 4]; 16];
    let mut step = 0;
    while step < 64 {
        steps[word_of(step)][step / 16] = step;
        step += 1;
    }
    steps
};

/// The round function of `step`: F, G, H or I of the RFC.
pub(super) const fn mix(step: usize, b: u32, c: u32, d: u32) -> u32 {
    match step / 16 {
        0 => d ^ (b & (c ^ d)),
        1 => c ^ (d & (b ^ c)),
        2 => b ^ c ^ d,
        _ => c ^ (b | !d),
    }
}

/// The state after `step`, from the state before it.
pub(super) const fn forward([a, b, c, d]: [u32; 4], step: usize, key: u32) -> [u32; 4] {
    let sum = a.wrapping_add(mix(step, b, c, d)).wrapping_add(key);
    [d, b.wrapping_add(sum.rotate_left(rotation(step))), b, c]
}

/// The state before `step`, from the state after it.
pub(super) const fn backward([d, new, b, c]: [u32; 4], step: usize, key: u32) -> [u32; 4] {
    let sum = new.wrapping_sub(b).rotate_right(rotation(step));
    [
        sum.wrapping_sub(mix(step, b, c, d)).wrapping_sub(key),
        b,
        c,
        d,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_the_sines_of_the_rfc() {
        for (step, &constant) in CONSTANTS.iter().enumerate() {
            let sine = ((step + 1) as f64).sin().abs();
            assert_eq!(
                constant,
                (sine * 2f64.powi(32)).floor() as u32,
                "step {step}"
            );
        }
    }

    #[test]
    fn every_round_uses_every_word_once() {
        for (word, steps) in STEPS_USING.iter().enumerate() {
            for (round, &step) in steps.iter().enumerate() {
                assert_eq!((step / 16, word_of(step)), (round, word));
            }
        }
    }

    #[test]
    fn forward_makes_the_digest_and_backward_undoes_it() {
        // "abc" padded to a block, and its digest in RFC 1321, A.5.
        let mut words = [0; 16];
        words[0] = u32::from_le_bytes(*b"abc\x80");
        words[14] = 24;
        let key = |step: usize| CONSTANTS[step].wrapping_add(words[word_of(step)]);
        let end = (0..64).fold(INITIAL, |state, step| forward(state, step, key(step)));
        let digest: Vec<u8> = (0..4)
            .flat_map(|i| end[i].wrapping_add(INITIAL[i]).to_le_bytes())
            .collect();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "900150983cd24fb0d6963f7d28e17f72");
        let start = (0..64)
            .rev()
            .fold(end, |state, step| backward(state, step, key(step)));
        assert_eq!(start, INITIAL);
    }
}
