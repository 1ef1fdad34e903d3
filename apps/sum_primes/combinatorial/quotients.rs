//! The sums up to the quotients `n / k`.

use super::marks::Marks;
use grange::isa::Isa;
use rayon::prelude::*;

/// The primes whose multiples are left out from the start.
pub const WHEEL_PRIMES: [u64; 4] = [2, 3, 5, 7];

/// The prime after those.
pub const FIRST_PRIME: u64 = 11;

/// Their product.
const SPAN: u64 = 210;

/// For each residue: how many up to it are on the wheel, and their sum.
const WHEEL: [(u64, u64); SPAN as usize] = {
    let mut wheel = [(0, 0); SPAN as usize];
    let (mut residue, mut count, mut sum) = (0, 0, 0);
    while residue < SPAN {
        if is_on_wheel(residue) {
            count += 1;
            sum += residue;
        }
        wheel[residue as usize] = (count, sum);
        residue += 1;
    }
    wheel
};

/// Whether a number has no factor among the [`WHEEL_PRIMES`].
pub const fn is_on_wheel(number: u64) -> bool {
    let mut at = 0;
    while at < WHEEL_PRIMES.len() {
        if number.is_multiple_of(WHEEL_PRIMES[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// The sum of the numbers from 2 to `last`, at least 7, that are prime up to 7 or have no factor up to 7.
fn sum_on_wheel(last: u64) -> u128 {
    let (turns, residue) = (u128::from(last / SPAN), (last % SPAN) as usize);
    let (count, sum) = WHEEL[residue];
    let (in_turn, of_turn) = WHEEL[SPAN as usize - 1];
    let span = u128::from(SPAN);
    let whole = span * u128::from(in_turn) * (turns * turns.saturating_sub(1) / 2)
        + u128::from(of_turn) * turns;
    let rest = span * turns * u128::from(count) + u128::from(sum);
    // Without the 1, with the primes of the wheel.
    whole + rest - 1 + u128::from(WHEEL_PRIMES.iter().sum::<u64>())
}

/// How many quotients a thread takes at a time, and how many are divided before they are looked up.
const PIECE: usize = 1 << 14;
const BLOCK: usize = 256;

/// `S_p(n / k)` for all `k` up to the root without a factor up to `p`.
#[derive(Debug)]
pub struct Quotients {
    last: u64,
    /// How many odd primes have been struck.
    struck: u32,
    now: Lists,
    /// Room for the next ones.
    next: Lists,
}

#[derive(Clone, Debug, Default)]
struct Lists {
    /// The `k`, in order: 1, then the marked numbers above `p`.
    divisors: Vec<u32>,
    sums: Vec<u128>,
}

impl Quotients {
    /// For `n = last`, with the multiples of the [`WHEEL_PRIMES`] struck; `marks` go up to its root.
    pub fn new(last: u64, marks: &Marks) -> Self {
        let divisors: Vec<u32> = (1..marks.end() as u32)
            .filter(|&k| is_on_wheel(k.into()))
            .collect();
        let sums = divisors
            .par_iter()
            .map(|&k| sum_on_wheel(last / u64::from(k)));
        let now = Lists {
            sums: sums.collect(),
            divisors,
        };
        Self {
            last,
            struck: WHEEL_PRIMES.len() as u32 - 1,
            next: now.clone(),
            now,
        }
    }

    /// The `n`.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The `k`.
    pub fn divisors(&self) -> &[u32] {
        &self.now.divisors
    }

    /// The sums up to `n / k`.
    pub fn sums(&self) -> &[u128] {
        &self.now.sums
    }

    /// One step of the recursion. `below` is the sum of the primes before `prime`, and `marks` are those of before
    /// the step, added up.
    pub fn strike(&mut self, prime: u64, below: u64, marks: &Marks, isa: Isa) {
        let step = Step {
            last: self.last,
            prime,
            below,
            struck: self.struck,
            marks,
            now: &self.now,
        };
        let length = self.now.divisors.len();
        // The multiples of the prime before a piece are missing in the next lists.
        let starts = (0..=length).step_by(PIECE).chain([length]);
        let places: Vec<(usize, usize)> =
            starts.map(|k| (k, k - step.multiples_before(k))).collect();
        let kept = places.last().map_or(0, |&(_, kept)| kept);
        let (mut divisors, mut sums) =
            (&mut self.next.divisors[..kept], &mut self.next.sums[..kept]);
        let mut pieces = Vec::with_capacity(places.len());
        for pair in places.windows(2) {
            let ((from, start), (to, end)) = (pair[0], pair[1]);
            let (these, others) = divisors.split_at_mut(end - start);
            let (those, rest) = sums.split_at_mut(end - start);
            (divisors, sums) = (others, rest);
            pieces.push((from..to, these, those));
        }
        (pieces.into_par_iter())
            .for_each(|(range, divisors, sums)| step.piece(range, divisors, sums, isa));
        std::mem::swap(&mut self.now, &mut self.next);
        for lists in [&mut self.now, &mut self.next] {
            lists.divisors.truncate(kept);
            lists.sums.truncate(kept);
        }
        self.struck += 1;
    }
}

/// What a step of the recursion needs to know.
struct Step<'a> {
    last: u64,
    prime: u64,
    below: u64,
    struck: u32,
    marks: &'a Marks,
    now: &'a Lists,
}

impl Step<'_> {
    /// How many of the first `count` divisors are multiples of the prime: these are its products with the first
    /// divisors.
    fn multiples_before(&self, count: usize) -> usize {
        let divisors = &self.now.divisors;
        let end = divisors.get(count).map_or(self.marks.end(), |&k| k.into());
        divisors.partition_point(|&k| u64::from(k) * self.prime < end)
    }

    fn piece(
        &self,
        range: std::ops::Range<usize>,
        divisors: &mut [u32],
        sums: &mut [u128],
        isa: Isa,
    ) {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn avx2(
            step: &Step<'_>,
            range: std::ops::Range<usize>,
            divisors: &mut [u32],
            sums: &mut [u128],
        ) {
            step.body(range, divisors, sums);
        }
        match isa.checked() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `checked` has seen to it that the processor has what `Isa::Avx2` stands for.
            Isa::Avx2 | Isa::Avx512 => unsafe { avx2(self, range, divisors, sums) },
            _ => self.body(range, divisors, sums),
        }
    }

    /// Fills the next divisors and sums from those of the range.
    #[inline(always)]
    fn body(&self, range: std::ops::Range<usize>, mut divisors: &mut [u32], mut sums: &mut [u128]) {
        let mut multiple = self.multiples_before(range.start);
        let product = |at: usize| u64::from(self.now.divisors[at]) * self.prime;
        let mut next_multiple = product(multiple);
        let mut sources = [0; BLOCK];
        for from in range.clone().step_by(BLOCK) {
            let mut kept = 0;
            for at in from..range.end.min(from + BLOCK) {
                let k = self.now.divisors[at];
                if u64::from(k) == next_multiple {
                    multiple += 1;
                    next_multiple = product(multiple);
                } else {
                    divisors[kept] = k;
                    sources[kept] = at;
                    kept += 1;
                }
            }
            let (these, others) = divisors.split_at_mut(kept);
            let (those, rest) = sums.split_at_mut(kept);
            (divisors, sums) = (others, rest);
            self.block(these, &sources[..kept], those);
        }
    }

    #[inline(always)]
    fn block(&self, divisors: &[u32], sources: &[usize], sums: &mut [u128]) {
        // Dividing all first lets the compiler divide several at once.
        let mut quotients = [0; BLOCK];
        let rest = (self.last / self.prime) as f64;
        for (quotient, &k) in quotients.iter_mut().zip(divisors) {
            // Signed, as the vector instructions have it; the root of the limit is below 2^27.
            *quotient = (rest / f64::from(k as i32)) as i32;
        }
        let end = self.marks.end();
        for (((sum, &source), &k), &quotient) in
            (sums.iter_mut().zip(sources)).zip(divisors).zip(&quotients)
        {
            let product = u64::from(k) * self.prime;
            let upto = if product < end {
                let rank = self.marks.rank(product as u32) - self.struck;
                self.now.sums[rank as usize]
            } else {
                self.marks.sum_to(quotient as u32).into()
            };
            *sum = self.now.sums[source] - u128::from(self.prime) * (upto - u128::from(self.below));
        }
    }
}
