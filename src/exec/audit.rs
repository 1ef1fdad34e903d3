//! Which grains are to be computed again elsewhere.

/// A share of the grains of a call, the same on every rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// A grain is picked when its hash is below this, of 2^64.
    below: u128,
    seed: u64,
}

impl Share {
    /// That share of all grains, from 0 to 1; `None` of none.
    pub fn new(share: f64, seed: u64) -> Option<Self> {
        // Exact at both ends: all grains, or none.
        let below = (share.clamp(0.0, 1.0) * 2f64.powi(64)) as u128;
        (below > 0).then_some(Share { below, seed })
    }

    /// Whether a grain is picked.
    pub fn picks(&self, grain: u64) -> bool {
        u128::from(mix(mix(grain) ^ self.seed)) < self.below
    }
}

/// SplitMix64's last steps (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_what_they_say() {
        let count = |share: f64, seed: u64| {
            let share = Share::new(share, seed);
            let picks = |&grain: &u64| share.is_some_and(|share| share.picks(grain));
            (0..100_000u64).filter(picks).count()
        };
        assert_eq!(count(0.0, 1), 0);
        assert_eq!(count(1.0, 1), 100_000);
        for seed in 0..4 {
            // Three standard deviations are 95.
            let picked = count(0.01, seed);
            assert!((905..1095).contains(&picked), "{picked}");
        }
        let picks = |seed| (0..64).map(move |g| Share::new(0.5, seed).is_some_and(|s| s.picks(g)));
        assert!(!picks(1).eq(picks(2)));
    }
}
