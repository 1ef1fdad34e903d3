//! Which instructions the inner loops use, settled once per sieve at run time.

/// An implementation of the loops that have more than one. All give the same
/// results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Plain Rust, on every architecture.
    Portable,
    /// Made only where the processor has AVX2 (see [`Path::best`]).
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Path {
    /// The fastest that this processor can run.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return Self::Avx2;
        }
        Self::Portable
    }

    /// All that this processor can run.
    #[cfg(test)]
    pub fn available() -> Vec<Self> {
        let mut paths = vec![Self::Portable];
        if Self::best() != Self::Portable {
            paths.push(Self::best());
        }
        paths
    }
}
