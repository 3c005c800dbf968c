//! The tests that a number must pass to be taken for a prime; the library's, not ours.
//!
//! Miller-Rabin with random bases as FIPS 186-5, appendix B.3.1, asks, and beyond that the
//! Baillie-PSW test: Miller-Rabin in base 2 and Lucas, which no composite is known to pass. Leaves
//! out whatever throws composites out before, which may only reject.

use crypto_bigint::{RandomMod, UnsignedWithMontyForm};
use crypto_primes::Flavor;
use crypto_primes::fips::{self, FipsOptions};

/// Rounds with random bases for a prime of 1024 bits (table B.1, error below 2^-112).
///
/// Enough for random candidates only: who wants to judge a stranger's number needs many more.
const MILLER_RABIN_ROUNDS: usize = 5;

/// Returns whether a number is prime; `false` when cancelled.
pub(super) fn is_prime<T>(
    candidate: &T,
    generator: &mut impl chacha20::rand_core::CryptoRng,
    is_over: impl Fn() -> bool,
) -> bool
where
    T: UnsignedWithMontyForm + RandomMod,
{
    let round = FipsOptions::with_mr_iterations(1);
    let mut passes = || !is_over() && fips::is_prime(generator, Flavor::Any, candidate, round);
    (0..MILLER_RABIN_ROUNDS).all(|_| passes())
        && !is_over()
        && crypto_primes::is_prime(Flavor::Any, candidate)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;
    use crypto_bigint::U1024;
    use rsa::BoxedUint;
    use serde_json::Value;

    use super::*;

    fn generator() -> ChaCha20Rng {
        ChaCha20Rng::from_seed([1; 32])
    }

    /// Tests a number, in the type of the search where it fits, whose size is known at compile
    /// time.
    fn is_accepted(hex: &str) -> bool {
        let hex = hex.trim_start_matches('0');
        if hex.len() <= 256 {
            let number = U1024::from_be_hex(&format!("{hex:0>256}"));
            return is_prime(&number, &mut generator(), || false);
        }
        let digits = hex.len().next_multiple_of(16);
        let padded = format!("{hex:0>digits$}");
        let number = BoxedUint::from_be_hex(&padded, 4 * digits as u32).unwrap();
        is_prime(&number, &mut generator(), || false)
    }

    #[test]
    fn the_verdicts_are_those_of_wycheproof() {
        let file = include_str!("../../tests/vectors/wycheproof-primality.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let groups = file["testGroups"].as_array().unwrap();
        let (mut primes, mut composites, mut negative) = (0, 0, 0);
        for test in groups
            .iter()
            .flat_map(|group| group["tests"].as_array().unwrap())
        {
            let value = test["value"].as_str().unwrap();
            // Two's complement: these are negative, and our numbers cannot be.
            if value.starts_with(['8', '9', 'a', 'b', 'c', 'd', 'e', 'f']) {
                assert_ne!(test["result"], "valid");
                negative += 1;
                continue;
            }
            let is_valid = test["result"] == "valid";
            assert_eq!(
                is_accepted(value),
                is_valid,
                "{}: {}",
                test["tcId"],
                test["comment"]
            );
            if is_valid {
                primes += 1
            } else {
                composites += 1
            }
        }
        assert_eq!((primes, composites, negative), (66, 237, 14));
    }

    #[test]
    fn cancelled_test_stops_without_accepting() {
        let prime = U1024::from_u64(65_537);
        let asked = Cell::new(0);
        let is_over_at = |step| {
            asked.set(0);
            is_prime(&prime, &mut generator(), || {
                asked.set(asked.get() + 1);
                asked.get() == step
            })
        };
        for step in 1..=MILLER_RABIN_ROUNDS + 1 {
            assert!(!is_over_at(step));
            assert_eq!(asked.get(), step);
        }
        assert!(is_over_at(MILLER_RABIN_ROUNDS + 2));
    }
}
