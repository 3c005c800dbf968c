//! The search for the two primes, on several threads.
//!
//! Every thread looks for any prime, and the first two different ones win: one prime per thread
//! would leave a thread idle for a third of the time. The others stop between two steps of their
//! work, the longest of which takes about a millisecond. Leaves out which numbers are tried
//! (`candidates`), the test that throws most of them out (`screen`), the tests that make a number a
//! prime (`primality`) and the checks of the pair (`fips186`).

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use chacha20::ChaCha20Rng;
use crypto_bigint::U1024;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::randomness::{self, Randomness};
use crate::rsa_key::candidates::Candidates;
use crate::rsa_key::{fips186, primality, screen, stack};

/// Finds two different primes with the top two bits set, the larger first, as OpenSSL orders
/// them.
pub(super) fn two_primes(
    randomness: &mut Randomness<'_>,
    workers: NonZeroUsize,
    cancelled: &AtomicBool,
) -> Result<[Zeroizing<U1024>; 2], Error> {
    // Before any thread starts, since the source of the caller is not `Send`.
    let generators = (0..workers.get().min(MAX_WORKERS))
        .map(|_| randomness::seeded(randomness))
        .collect::<Result<Vec<_>, _>>()?;
    Race::new(cancelled, MAX_CANDIDATES).two_primes(generators)
}

struct Race<'a> {
    found: Mutex<Vec<Zeroizing<U1024>>>,
    decided: AtomicBool,
    cancelled: &'a AtomicBool,
    /// The candidates that may fail for one prime.
    limit: u32,
}

impl<'a> Race<'a> {
    fn new(cancelled: &'a AtomicBool, limit: u32) -> Self {
        Self {
            found: Mutex::new(Vec::with_capacity(2)),
            decided: AtomicBool::new(false),
            cancelled,
            limit,
        }
    }

    /// Lets every generator search; those that are late are told to stop.
    fn two_primes(self, generators: Vec<ChaCha20Rng>) -> Result<[Zeroizing<U1024>; 2], Error> {
        thread::scope(|scope| {
            let mut generators = generators.into_iter();
            let own = generators.next();
            for generator in generators {
                // A thread that the system refuses is not needed: this one searches too.
                let search = || stack::wiped(|| self.run(generator));
                let _ = thread::Builder::new().spawn_scoped(scope, search);
            }
            if let Some(generator) = own {
                self.run(generator);
            }
        });
        // The lock is held for a push alone, so a worker that panicked has left whole primes.
        let found = self.found.into_inner();
        let mut found = found.unwrap_or_else(PoisonError::into_inner);
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.try_into().map_err(|_| {
            if self.cancelled.load(Ordering::Relaxed) {
                Error::Cancelled
            } else {
                Error::PrimeSearchExhausted {
                    candidates: self.limit,
                }
            }
        })
    }

    fn run(&self, mut generator: ChaCha20Rng) {
        while let Some(prime) = self.next_prime(&mut generator) {
            self.offer(prime);
        }
    }

    /// Returns a prime; `None` once the race is over or the limit of candidates is reached.
    fn next_prime(&self, generator: &mut ChaCha20Rng) -> Option<Zeroizing<U1024>> {
        let mut left = self.limit;
        loop {
            let mut candidates = Candidates::draw(generator, || self.is_over())?;
            while let Some(candidate) = candidates.take(generator) {
                if left == 0 || self.is_over() {
                    return None;
                }
                left -= 1;
                // The cheapest first: one division, one exponentiation, then the test that decides.
                if fips186::suits_exponent(&candidate)
                    && screen::may_be_prime(&candidate)
                    && primality::is_prime(&*candidate, generator, || self.is_over())
                {
                    return Some(candidate);
                }
            }
        }
    }

    fn offer(&self, prime: Zeroizing<U1024>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        // Twice the same prime would make a square, whose root is easily found.
        if found.len() < 2 && !found.contains(&prime) {
            found.push(prime);
        }
        if found.len() == 2 {
            self.decided.store(true, Ordering::Relaxed);
        }
    }

    fn is_over(&self) -> bool {
        // Relaxed: the flags only end the search, and the mutex orders the primes.
        self.decided.load(Ordering::Relaxed) || self.cancelled.load(Ordering::Relaxed)
    }
}

/// More threads than this gain nothing: the expected number of candidates per prime is 32.
const MAX_WORKERS: usize = 256;

/// The sieved candidates that may fail before the randomness must be broken. A prime is found
/// after 32 on average; that 10 · 2048 fail, the bound of A.1.3, step 5.8, has probability e^-640.
const MAX_CANDIDATES: u32 = 20_480;

#[cfg(test)]
mod tests {
    use chacha20::rand_core::SeedableRng;

    use super::*;

    fn race(generators: Vec<ChaCha20Rng>, limit: u32) -> Result<[Zeroizing<U1024>; 2], Error> {
        Race::new(&AtomicBool::new(false), limit).two_primes(generators)
    }

    fn generator(seed: u8) -> ChaCha20Rng {
        ChaCha20Rng::from_seed([seed; 32])
    }

    #[test]
    fn one_generator_finds_the_same_two_primes_again() {
        let [p, q] = race(vec![generator(1)], MAX_CANDIDATES).unwrap();
        assert!(*p > *q);
        assert!(fips186::check_primes(&p, &q).is_ok());
        for prime in [&p, &q] {
            assert!(crypto_primes::is_prime(
                crypto_primes::Flavor::Any,
                &**prime
            ));
        }
        assert_eq!(race(vec![generator(1)], MAX_CANDIDATES).unwrap(), [p, q]);
    }

    #[test]
    fn generators_that_find_equal_primes_make_no_square() {
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
    fn a_worker_stops_once_the_race_is_decided_or_cancelled() {
        for (decided, cancelled) in [(true, false), (false, true)] {
            let cancelled = AtomicBool::new(cancelled);
            let race = Race::new(&cancelled, MAX_CANDIDATES);
            race.decided.store(decided, Ordering::Relaxed);
            assert!(race.next_prime(&mut generator(5)).is_none());
        }
    }

    #[test]
    fn prime_found_twice_does_not_end_search_but_second_does() {
        let cancelled = AtomicBool::new(false);
        let race = Race::new(&cancelled, MAX_CANDIDATES);
        for (prime, decided) in [(3, false), (3, false), (5, true)] {
            race.offer(Zeroizing::new(U1024::from_u32(prime)));
            assert_eq!(race.is_over(), decided);
        }
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
            &AtomicBool::new(false),
        );
        assert!(matches!(result, Err(Error::Randomness(_))));
    }
}
