//! Primality by Miller and Rabin's test, as a value independent of the sieve's.

/// These bases decide every number below 2^64 (Sorenson & Webster 2017).
const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

pub fn is_prime(n: u64) -> bool {
    for p in BASES {
        if n.is_multiple_of(p) {
            return n == p;
        }
    }
    if n < 2 {
        return false;
    }
    let twos = (n - 1).trailing_zeros();
    let odd = (n - 1) >> twos;
    BASES.iter().all(|&base| {
        let mut power = power(base, odd, n);
        if power == 1 || power == n - 1 {
            return true;
        }
        for _ in 1..twos {
            power = times(power, power, n);
            if power == n - 1 {
                return true;
            }
        }
        false
    })
}

/// The sum of the primes from `first` to `last`.
pub fn sum(first: u64, last: u64) -> u128 {
    (first..=last)
        .filter(|&n| is_prime(n))
        .map(u128::from)
        .sum()
}

fn times(a: u64, b: u64, modulus: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

fn power(base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let (mut base, mut result) = (base % modulus, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, base, modulus);
        }
        base = times(base, base, modulus);
        exponent >>= 1;
    }
    result
}

#[test]
fn known_primes() {
    let below_50: Vec<u64> = (0..50).filter(|&n| is_prime(n)).collect();
    assert_eq!(
        below_50,
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]
    );
    assert_eq!(sum(0, 9999), 5_736_396);
    // A strong pseudoprime to the bases 2 to 31, and the largest prime below 2^64.
    assert!(!is_prime(3_825_123_056_546_413_051));
    assert!(is_prime(18_446_744_073_709_551_557));
    assert!((18_446_744_073_709_551_558..=u64::MAX).all(|n| !is_prime(n)));
}
