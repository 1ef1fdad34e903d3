//! What grains cost and what they give.

use super::random::{mix, unit};
use crate::engine::Time;
use crate::engine::span::Span;

/// How the cost of grains varies over the workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// All grains cost the same.
    Uniform,
    /// The cost grows linearly from 0 to twice the mean.
    Linear,
    /// Pareto-distributed costs with this shape, capped at `cap` means.
    HeavyTailed {
        /// The shape α; the smaller, the heavier the tail. Must be above 1.
        alpha: f64,
        /// The largest cost, in means.
        cap: f64,
    },
}

/// The cost of every grain, at speed 1.
#[derive(Clone, Debug)]
pub struct Costs {
    load: Load,
    grains: u64,
    mean: f64,
    seed: u64,
    /// Cost of the grains before every multiple of [`STRIDE`], where there is no formula.
    prefix: Vec<f64>,
    longest: f64,
}

const STRIDE: u64 = 16;

impl Costs {
    /// `grains` grains of about `mean` nanoseconds each.
    pub fn new(load: Load, grains: u64, mean: Time, seed: u64) -> Self {
        let mean = mean as f64;
        let mut costs = Costs {
            load,
            grains,
            mean,
            seed,
            prefix: Vec::new(),
            longest: mean,
        };
        match load {
            Load::Uniform => {}
            Load::Linear => costs.longest = 2.0 * mean,
            Load::HeavyTailed { .. } => costs.tabulate(),
        }
        costs
    }

    fn tabulate(&mut self) {
        let mut sum = 0.0;
        self.longest = 0.0;
        for grain in 0..self.grains {
            if grain % STRIDE == 0 {
                self.prefix.push(sum);
            }
            let cost = self.drawn(grain);
            self.longest = self.longest.max(cost);
            sum += cost;
        }
        self.prefix.push(sum);
    }

    /// The cost of a grain whose cost is random.
    fn drawn(&self, grain: u64) -> f64 {
        let Load::HeavyTailed { alpha, cap } = self.load else {
            return self.mean;
        };
        let least = self.mean * (alpha - 1.0) / alpha;
        let u = unit(mix(self.seed ^ mix(grain)));
        (least * (1.0 - u).powf(-1.0 / alpha)).min(cap * self.mean)
    }

    /// The cost of the grains before `grain`, in nanoseconds.
    fn before(&self, grain: u64) -> f64 {
        match self.load {
            Load::Uniform => grain as f64 * self.mean,
            Load::Linear => grain as f64 / self.grains.max(1) as f64 * grain as f64 * self.mean,
            Load::HeavyTailed { .. } => {
                let at = grain / STRIDE;
                let known = self.prefix.get(at as usize).copied().unwrap_or(0.0);
                known + (at * STRIDE..grain).map(|g| self.drawn(g)).sum::<f64>()
            }
        }
    }

    /// What `span` costs at speed 1, in nanoseconds.
    pub fn of(&self, span: Span) -> f64 {
        if span.len() < STRIDE && matches!(self.load, Load::HeavyTailed { .. }) {
            return (span.start..span.end).map(|g| self.drawn(g)).sum();
        }
        self.before(span.end) - self.before(span.start)
    }

    /// What the whole workload costs at speed 1, in nanoseconds.
    pub fn total(&self) -> f64 {
        self.prefix
            .last()
            .copied()
            .unwrap_or_else(|| self.before(self.grains))
    }

    /// What the most expensive grain costs at speed 1, in nanoseconds.
    pub fn longest(&self) -> f64 {
        self.longest
    }
}

/// The value of a grain: of any sign and many magnitudes.
pub(super) fn leaf(seed: u64, grain: u64) -> f64 {
    let bits = mix(seed.rotate_left(32) ^ mix(grain ^ 0x5DEE_CE66));
    let sign = if bits & 1 == 0 { 1.0 } else { -1.0 };
    sign * (1.0 + unit(bits)) * 2f64.powi(((bits >> 1) % 17) as i32 - 8)
}

/// Where a search finds something: at one grain and, here and there, right of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hits {
    pub first: u64,
}

impl Hits {
    pub fn contains(&self, seed: u64, grain: u64) -> bool {
        grain == self.first || grain > self.first && mix(seed ^ mix(grain)).is_multiple_of(7)
    }
}

/// How two values combine: neither associative nor commutative, far beyond rounding.
pub(super) fn combine(left: f64, right: f64) -> f64 {
    left - 0.625 * right
}

/// The result over `from .. from + grains` by the tree's definition: split at the largest power of
/// two below the length. Deliberately not the engine's code.
pub(super) fn serial(seed: u64, from: u64, grains: u64) -> f64 {
    match grains {
        0 => 0.0,
        1 => leaf(seed, from),
        n => {
            let half = n.next_power_of_two() / 2;
            combine(
                serial(seed, from, half),
                serial(seed, from + half, n - half),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cost_as_much_as_the_whole() {
        for load in [
            Load::Uniform,
            Load::Linear,
            Load::HeavyTailed {
                alpha: 1.5,
                cap: 50.0,
            },
        ] {
            let costs = Costs::new(load, 1000, 1000, 7);
            let parts: f64 = (0..100)
                .map(|i| costs.of(Span::new(i * 10, i * 10 + 10)))
                .sum();
            let whole = costs.of(Span::new(0, 1000));
            assert!(
                (parts - whole).abs() < 1e-6 * whole
                    && (costs.total() - whole).abs() < 1e-6 * whole
            );
            assert!((0.5e6..2e6).contains(&whole), "{load:?} {whole}");
        }
    }

    #[test]
    fn the_order_of_combining_shows() {
        let by_tree = serial(1, 0, 100);
        let in_a_row = (0..100).map(|g| leaf(1, g)).fold(0.0, combine);
        assert_ne!(by_tree.to_bits(), in_a_row.to_bits());
    }
}
