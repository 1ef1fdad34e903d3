//! Crossing off the primes that have a few multiples in a segment: by single
//! steps of the wheel.
//!
//! A prime's next multiple is a byte offset and a place on the wheel, and what
//! the next eight steps do (which bit is cleared, how far the step is) depends
//! only on the prime's residue and that place: 8 x 8 combinations. The primes
//! are kept in one list for each, so that every combination has its own
//! straight-line code, with constant masks and steps and no branch on the
//! place. Where a prime leaves a segment decides the list it waits in for the
//! next one (primesieve's EratMedium does the same).

use super::wheel::{GAPS, WheelPrime, carry, product_bit};

/// A prime and its next multiple. Its residue and the multiple's place on the
/// wheel are known from the list that it is in.
#[derive(Clone, Copy, Debug)]
struct Multiple {
    /// The prime divided by 30.
    quotient: u32,
    /// The multiple's byte, counted from the start of the coming segment.
    byte: u32,
}

/// The primes waiting at one place on the wheel each.
type Places = [Vec<Multiple>; 8];

/// The state of crossing off a set of primes.
#[derive(Debug, Default)]
pub struct Steps {
    /// By the prime's residue, then by the place of its next multiple.
    lists: [Places; 8],
    /// Where the primes of the residue in work go; empty in between.
    next: Places,
}

impl Steps {
    /// Room for about so many primes, as many of each residue; each waits at a place as long as the gap before it.
    pub fn with_capacity(primes: usize) -> Self {
        let mut steps = Self::default();
        for places in steps.lists.iter_mut().chain([&mut steps.next]) {
            for (place, list) in places.iter_mut().enumerate() {
                // Four standard deviations above the mean; more would only reallocate.
                let mean = primes / 8 * usize::from(GAPS[(place + 7) % 8]) / 30;
                list.reserve_exact(mean + 4 * mean.isqrt() + 4);
            }
        }
        steps
    }

    /// The memory of the lists.
    pub fn bytes(&self) -> usize {
        let lists = self.lists.iter().flatten().chain(&self.next);
        lists
            .map(|list| list.capacity() * size_of::<Multiple>())
            .sum()
    }

    /// Forgets all primes.
    pub fn clear(&mut self) {
        self.lists.iter_mut().flatten().for_each(Vec::clear);
    }

    /// Adds a prime, from its first multiple in or after the segment that
    /// starts at byte `start`, which must be the next one struck.
    pub fn add(&mut self, prime: WheelPrime, start: u64) {
        let (byte, place) = prime.first_multiple(start);
        self.lists[usize::from(prime.bit)][usize::from(place)].push(Multiple {
            quotient: prime.quotient,
            byte: u32::try_from(byte).expect("a prime is added when its square is near"),
        });
    }

    /// Clears the bits of the multiples in the next segment.
    pub fn strike(&mut self, segment: &mut [u8]) {
        self.strike_residue::<0>(segment);
        self.strike_residue::<1>(segment);
        self.strike_residue::<2>(segment);
        self.strike_residue::<3>(segment);
        self.strike_residue::<4>(segment);
        self.strike_residue::<5>(segment);
        self.strike_residue::<6>(segment);
        self.strike_residue::<7>(segment);
    }

    fn strike_residue<const R: usize>(&mut self, segment: &mut [u8]) {
        let (lists, next) = (&mut self.lists[R], &mut self.next);
        strike_list::<R, 0>(segment, &lists[0], next);
        strike_list::<R, 1>(segment, &lists[1], next);
        strike_list::<R, 2>(segment, &lists[2], next);
        strike_list::<R, 3>(segment, &lists[3], next);
        strike_list::<R, 4>(segment, &lists[4], next);
        strike_list::<R, 5>(segment, &lists[5], next);
        strike_list::<R, 6>(segment, &lists[6], next);
        strike_list::<R, 7>(segment, &lists[7], next);
        for (list, next) in lists.iter_mut().zip(next) {
            list.clear();
            std::mem::swap(list, next);
        }
    }
}

/// Strikes the multiples of primes of residue `R` whose next multiple is at
/// place `W`, and sorts them into `next` by the place where they leave.
#[inline(never)]
fn strike_list<const R: usize, const W: usize>(
    segment: &mut [u8],
    list: &[Multiple],
    next: &mut Places,
) {
    let length = segment.len();
    'primes: for multiple in list {
        let quotient = multiple.quotient as usize;
        let mut byte = multiple.byte as usize;
        // One step: leave if the multiple is beyond the segment, else clear its
        // bit and go on to the following one.
        macro_rules! step {
            ($place:literal) => {
                if byte >= length {
                    next[$place].push(Multiple {
                        quotient: multiple.quotient,
                        byte: (byte - length) as u32,
                    });
                    continue 'primes;
                }
                segment[byte] &= const { !(1 << product_bit(R, $place)) };
                byte += advance::<R, $place>(quotient);
            };
        }
        macro_rules! step_to_start {
            ($($place:literal)*) => { $(if W != 0 && W <= $place { step!($place); })* };
        }
        step_to_start!(1 2 3 4 5 6 7);
        loop {
            step!(0);
            step!(1);
            step!(2);
            step!(3);
            step!(4);
            step!(5);
            step!(6);
            step!(7);
        }
    }
}

/// How many bytes it is from the multiple at place `W` to the following one.
#[inline(always)]
fn advance<const R: usize, const W: usize>(quotient: usize) -> usize {
    quotient * const { GAPS[W] as usize } + const { carry(R, W) }
}
