//! The search for the two primes, on several threads.
//!
//! How candidates are drawn: each prime has a start of its own, 1024 random bits of which the top
//! two and the lowest are set; from there the odd numbers are tried upwards, those with a factor
//! among the first 2048 primes left out, until one passes. FIPS 186-5, appendix A.1.3, draws each
//! candidate afresh instead. Walking up favours primes that follow a long gap, which costs 0.6 bits
//! of the thousand (1 - γ nats, for gaps that are exponential) and makes the sieve possible.
//!
//! Every thread looks for any prime, and the first two different ones win: one prime per thread
//! would leave a thread idle for a third of the time. Leaves out the checks of the pair.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use chacha20::ChaCha20Rng;
use crypto_bigint::{Random, U1024};
use crypto_primes::Flavor;
use crypto_primes::fips::{FipsOptions, is_prime};
use crypto_primes::hazmat::SmallFactorsSieve;
use zeroize::Zeroizing;

use super::fips186;
use crate::Error;
use crate::randomness::{self, Randomness};

/// Two different primes with the top two bits set, the larger first, as OpenSSL orders them.
pub(super) fn two_primes(
    randomness: &mut Randomness<'_>,
    workers: NonZeroUsize,
) -> Result<[Zeroizing<U1024>; 2], Error> {
    let generators = (0..workers.get().min(MAX_WORKERS))
        .map(|_| randomness::seeded(randomness))
        .collect::<Result<Vec<_>, _>>()?;
    race(generators, MAX_CANDIDATES)
}

/// Lets every generator search; whoever is late is told to stop.
fn race(generators: Vec<ChaCha20Rng>, limit: u32) -> Result<[Zeroizing<U1024>; 2], Error> {
    let race = Race {
        found: Mutex::new(Vec::with_capacity(2)),
        over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        let mut generators = generators.into_iter();
        let own = generators.next();
        for generator in generators {
            // A thread that the system refuses is not needed: this one searches too.
            let _ = thread::Builder::new().spawn_scoped(scope, || race.run(generator, limit));
        }
        if let Some(generator) = own {
            race.run(generator, limit);
        }
    });
    let mut found = race
        .found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
        .try_into()
        .map_err(|_| Error::PrimeSearchExhausted { candidates: limit })
}

struct Race {
    found: Mutex<Vec<Zeroizing<U1024>>>,
    over: AtomicBool,
}

impl Race {
    fn run(&self, mut generator: ChaCha20Rng, limit: u32) {
        while let Some(prime) = self.next_prime(&mut generator, limit) {
            self.offer(prime);
        }
    }

    /// A prime from a fresh start; `None` once the race is over or `limit` candidates have failed.
    fn next_prime(&self, generator: &mut ChaCha20Rng, limit: u32) -> Option<Zeroizing<U1024>> {
        let mut left = limit;
        // A second start is only needed when the first is so near 2^1024 that no prime follows.
        while left > 0 {
            for candidate in candidates(generator)? {
                if left == 0 || self.over.load(Ordering::Relaxed) {
                    return None;
                }
                left -= 1;
                let candidate = Zeroizing::new(candidate);
                if fips186::suits_exponent(&candidate) && is_probably_prime(generator, &candidate) {
                    return Some(candidate);
                }
            }
        }
        None
    }

    fn offer(&self, prime: Zeroizing<U1024>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() < 2 && !found.contains(&prime) {
            found.push(prime);
        }
        if found.len() == 2 {
            self.over.store(true, Ordering::Relaxed);
        }
    }
}

/// The numbers from a random start upwards that have no small factor.
fn candidates(generator: &mut ChaCha20Rng) -> Option<SmallFactorsSieve<U1024>> {
    const TOP_TWO_AND_LOWEST: U1024 = U1024::MAX.shl_vartime(U1024::BITS - 2).bitor(&U1024::ONE);
    let start = U1024::random_from_rng(generator) | TOP_TWO_AND_LOWEST;
    SmallFactorsSieve::new(start, NonZeroU32::new(U1024::BITS)?, false).ok()
}

/// Miller-Rabin with random bases as FIPS 186-5, appendix B.3.1, and a strong Lucas test beyond
/// what table B.1 asks: no number is known that passes base-2 Miller-Rabin and Lucas.
fn is_probably_prime(generator: &mut ChaCha20Rng, candidate: &U1024) -> bool {
    let options = FipsOptions::with_mr_iterations(fips186::MILLER_RABIN_ROUNDS).with_lucas_test();
    is_prime(generator, Flavor::Any, candidate, options)
}

/// More threads than this gain nothing: the expected number of candidates per prime is 41.
const MAX_WORKERS: usize = 256;

/// How many sieved candidates may fail before the randomness must be broken. A prime is found
/// after 41 on average; that 10 · 2048 fail, the bound of A.1.3, step 5.8, has probability e^-500.
const MAX_CANDIDATES: u32 = 20_480;

#[cfg(test)]
mod tests {
    use chacha20::rand_core::SeedableRng;

    use super::*;

    fn generator(seed: u8) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([seed; 32])
    }

    #[test]
    fn one_generator_finds_two_primes_for_a_key_and_the_same_ones_again() {
        let [p, q] = race(vec![generator(1)], MAX_CANDIDATES).unwrap();
        assert!(*p > *q);
        assert!(fips186::check_primes(&p, &q).is_ok());
        for prime in [&p, &q] {
            assert!(crypto_primes::is_prime(Flavor::Any, &**prime));
        }
        assert_eq!(race(vec![generator(1)], MAX_CANDIDATES).unwrap(), [p, q]);
    }

    #[test]
    fn generators_that_find_the_same_primes_do_not_make_a_square() {
        let [p, q] = race(vec![generator(2), generator(2)], MAX_CANDIDATES).unwrap();
        assert_ne!(p, q);
    }

    #[test]
    fn the_search_ends_when_no_prime_turns_up() {
        for limit in [0, 1] {
            assert!(matches!(
                race(vec![generator(3), generator(4)], limit),
                Err(Error::PrimeSearchExhausted { candidates }) if candidates == limit
            ));
        }
    }

    #[test]
    fn a_worker_stops_once_the_race_is_over() {
        let race = Race {
            found: Mutex::new(Vec::new()),
            over: AtomicBool::new(true),
        };
        assert!(race.next_prime(&mut generator(5), MAX_CANDIDATES).is_none());
    }

    #[test]
    fn randomness_that_fails_for_one_worker_fails_the_search() {
        let mut draws = 0;
        let result = two_primes(
            &mut |bytes| {
                draws += 1;
                bytes.fill(draws);
                if draws == 3 {
                    Err(crate::RandomnessUnavailable)
                } else {
                    Ok(())
                }
            },
            NonZeroUsize::new(3).unwrap(),
        );
        assert!(matches!(result, Err(Error::Randomness(_))));
    }
}
