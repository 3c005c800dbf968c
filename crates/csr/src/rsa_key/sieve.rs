//! The sieve: which numbers of a window have no small factor.
//!
//! The window is [`LENGTH`] odd numbers long, from a start of 1024 bits. For each of the 22,998 odd
//! primes below 2^18 the remainder of the start says where in the window its multiples are; they
//! are marked in an array of bits. About one number in eleven is left, and one in 32 of these is
//! prime. With the primes that the library's sieve knows, up to 17,863, it would be one in 41.
//!
//! Remainders of so long a number are what a sieve costs. They are taken modulo the product of
//! three primes at once, by Montgomery's reduction, which needs no division.
//!
//! No step branches on a bit of the start: divisions are products with reciprocals, corrections are
//! minima, and each prime marks as many numbers as fit the window at most, those beyond its end
//! into room that is not read. Which bits are marked depends on the start, as does the list of
//! what is left: it names the numbers thrown out, and of the rest it says no more than that.

use std::sync::LazyLock;

use crypto_bigint::U1024;
use zeroize::Zeroizing;

use crate::rsa_key::screen::{Number, words};

/// The odd numbers in a window, the start among them.
pub(super) const LENGTH: u64 = 1 << 13;

/// Primes below this are divided by.
const BOUND: u32 = 1 << 18;

/// Returns the places k of the numbers `start + 2k` in the window that have no small factor,
/// ascending.
///
/// `None` when cancelled. The start must be odd.
pub(super) fn survivors(start: &U1024, is_over: impl Fn() -> bool) -> Option<Zeroizing<Vec<u16>>> {
    let start = Zeroizing::new(words(start));
    let mut marks = Marks::new();
    for batches in BATCHES.chunks(512) {
        if is_over() {
            return None;
        }
        for batch in batches {
            let remainder = batch.remainder(&start);
            for divisor in &batch.divisors {
                marks.every(divisor.prime, divisor.first(remainder));
            }
        }
    }
    Some(marks.gaps())
}

/// One bit for each number of the window, set if it has a factor, and room beyond its end.
struct Marks(Zeroizing<Vec<u64>>);

impl Marks {
    fn new() -> Self {
        let bits = LENGTH + u64::from(BOUND);
        Self(Zeroizing::new(vec![0; (bits / 64) as usize]))
    }

    /// Marks the first place, below the prime, and then every `prime`th place of the window.
    #[inline(always)]
    fn every(&mut self, prime: u64, first: u64) {
        for step in 0..LENGTH.div_ceil(prime) {
            let place = first + step * prime;
            if let Some(word) = self.0.get_mut((place / 64) as usize) {
                *word |= 1 << (place % 64);
            }
        }
    }

    fn gaps(&self) -> Zeroizing<Vec<u16>> {
        // No list grows, or the old one would be left behind.
        let mut gaps = Zeroizing::new(Vec::with_capacity(LENGTH as usize));
        for (places, word) in (0_u16..LENGTH as u16).step_by(64).zip(self.0.iter()) {
            gaps.extend(
                (0..64)
                    .filter(|bit| (word >> bit) & 1 == 0)
                    .map(|bit| places + bit),
            );
        }
        gaps
    }
}

/// Three primes and their product.
struct Batch {
    product: u64,
    /// -1/product modulo 2^64.
    inverse: u64,
    divisors: [Divisor; 3],
}

struct Divisor {
    prime: u64,
    /// 2^64 / prime, rounded down.
    reciprocal: u64,
    /// -2^1023 modulo the prime.
    factor: u64,
}

static BATCHES: LazyLock<Vec<Batch>> = LazyLock::new(|| {
    let primes = odd_primes();
    let (batches, _) = primes.as_chunks();
    batches.iter().map(Batch::new).collect()
});

impl Batch {
    fn new(primes: &[u64; 3]) -> Self {
        let product = primes.iter().product::<u64>();
        // Newton's iteration: each round doubles the bits that are right, the first gives one.
        let inverse = (0..6).fold(1_u64, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(product.wrapping_mul(inverse)))
        });
        Self {
            product,
            inverse: inverse.wrapping_neg(),
            divisors: primes.map(Divisor::new),
        }
    }

    /// Returns `number / 2^1024` modulo the product, or the product itself for zero.
    ///
    /// Each step adds a word, then the multiple of the product that makes the lowest 64 bits zero,
    /// and drops them. What is left never exceeds the product.
    #[inline(always)]
    fn remainder(&self, number: &Number) -> u64 {
        number.iter().fold(0, |remainder, word| {
            let multiple = remainder.wrapping_add(*word).wrapping_mul(self.inverse);
            let sum = u128::from(multiple) * u128::from(self.product);
            let sum = sum + u128::from(remainder) + u128::from(*word);
            (sum >> 64) as u64
        })
    }
}

impl Divisor {
    fn new(prime: u64) -> Self {
        let power = (0..10).fold(2, |power, _| power * power % prime); // 2^1024
        let half = (power + prime * (power % 2)) / 2;
        Self {
            prime,
            reciprocal: u64::MAX / prime,
            factor: prime - half,
        }
    }

    /// Returns the least k for which the prime divides `start + 2k`, from `start / 2^1024` modulo
    /// the batch's product: `-start / 2` modulo the prime.
    #[inline(always)]
    fn first(&self, remainder: u64) -> u64 {
        self.reduce(self.reduce(remainder) * self.factor)
    }

    /// Returns `number` modulo the prime. The quotient is right or one too small.
    #[inline(always)]
    fn reduce(&self, number: u64) -> u64 {
        let quotient = (u128::from(number) * u128::from(self.reciprocal)) >> 64;
        let remainder = number - quotient as u64 * self.prime;
        remainder.min(remainder.wrapping_sub(self.prime))
    }
}

/// Returns the odd primes below [`BOUND`], by the sieve of Eratosthenes.
fn odd_primes() -> Vec<u64> {
    let mut composite = vec![false; BOUND as usize];
    let mut primes = Vec::new();
    for number in (3..BOUND as usize).step_by(2) {
        if composite.get(number) == Some(&false) {
            primes.push(number as u64);
            let multiples = composite
                .iter_mut()
                .skip(number * number)
                .step_by(2 * number);
            multiples.for_each(|mark| *mark = true);
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    fn start() -> impl Strategy<Value = U1024> {
        any::<[u8; 128]>().prop_map(|bytes| U1024::from_be_slice(&bytes) | U1024::ONE)
    }

    /// Returns the same places by the library's division.
    fn library_survivors(start: &U1024) -> Vec<u16> {
        let mut left = vec![true; LENGTH as usize];
        for prime in divisors() {
            let divisor = U1024::from_u64(prime).to_nz().unwrap();
            let [remainder, ..] = words(&start.rem_vartime(&divisor));
            let half = prime.div_ceil(2); // modulo an odd prime
            let first = (prime - remainder) * half % prime;
            for place in (first..LENGTH).step_by(prime as usize) {
                left[place as usize] = false;
            }
        }
        (0..LENGTH as u16)
            .filter(|place| left[usize::from(*place)])
            .collect()
    }

    fn divisors() -> impl Iterator<Item = u64> {
        let divisors = BATCHES.iter().flat_map(|batch| &batch.divisors);
        divisors.map(|divisor| divisor.prime)
    }

    #[test]
    fn the_divisors_are_the_odd_primes_in_order() {
        let by_division = (3..).step_by(2).filter(|n| {
            let mut roots = (3..).step_by(2).take_while(|root| root * root <= *n);
            roots.all(|root| n % root != 0)
        });
        assert_eq!(divisors().count(), 22_998);
        assert!(divisors().eq(by_division.take(22_998)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn what_is_left_is_what_the_library_s_division_leaves(start in start()) {
            prop_assert_eq!(&*survivors(&start, || false).unwrap(), &library_survivors(&start));
        }
    }

    #[test]
    fn least_and_greatest_start_are_sieved_as_library_divides() {
        for start in [U1024::ONE, U1024::MAX] {
            assert_eq!(
                *survivors(&start, || false).unwrap(),
                library_survivors(&start)
            );
        }
    }

    #[test]
    fn a_prime_is_left_wherever_it_stands_in_the_window() {
        for prime in include_str!("../../tests/vectors/cctv-rsa.bench.2048.txt")
            .lines()
            .zip(1..)
            .filter(|(_, line)| matches!(line, 354 | 708))
            .map(|(hex, _)| U1024::from_be_hex(hex))
        {
            for place in [0, 1, 63, 64, 4711, LENGTH as u16 - 1] {
                let start = prime.wrapping_sub(&U1024::from_u16(2 * place));
                assert!(survivors(&start, || false).unwrap().contains(&place));
            }
        }
    }

    #[test]
    fn cancelled_sieve_stops() {
        let asked = Cell::new(0);
        let is_over = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        assert!(survivors(&U1024::MAX, is_over).is_none());
        assert_eq!(asked.get(), 3);
    }
}
