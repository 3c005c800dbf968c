//! Which numbers are tried for a prime, and in which order.
//!
//! A window of odd numbers begins at a random start: 1024 random bits of which the top two and the
//! lowest are set. The sieve throws out the numbers with small factors; what is left is tried in
//! random order until a number passes. If none does, the next window begins at a new start.
//!
//! What that does to uniformity: FIPS 186-5, appendix A.1.3, draws each candidate afresh, which
//! gives all primes the same chance. Here a prime's chance is better where primes are sparse, for
//! it shares its windows with fewer others. A window of 8192 odd numbers holds 23 primes on
//! average, and a prime of 1024 bits is drawn with 0.02 bits less than full entropy. The usual walk
//! from a random start to the next prime favours primes after long gaps and costs 0.6 bits.

use chacha20::rand_core::Rng;
use crypto_bigint::{CheckedAdd, Random, U1024};
use zeroize::Zeroizing;

use crate::rsa_key::sieve;

/// The numbers of a window that have no small factor and were not tried.
pub(super) struct Candidates {
    start: Zeroizing<U1024>,
    places: Zeroizing<Vec<u16>>,
}

impl Candidates {
    /// Draws a window and sieves it; `None` when cancelled.
    pub(super) fn draw(generator: &mut impl Rng, is_over: impl Fn() -> bool) -> Option<Self> {
        const TOP_TWO: U1024 = U1024::MAX.shl_vartime(U1024::BITS - 2);
        let random = Zeroizing::new(U1024::random_from_rng(generator));
        // With the top two bits set, the product of any two has all of its 2048 bits.
        let start = Zeroizing::new(*random | TOP_TWO | U1024::ONE);
        let places = sieve::survivors(&start, is_over)?;
        Some(Self { start, places })
    }

    /// Takes out one of them, each with the same chance.
    pub(super) fn take(&mut self, generator: &mut impl Rng) -> Option<Zeroizing<U1024>> {
        while !self.places.is_empty() {
            // The places have chances that differ by less than 2^-50.
            let index = (u128::from(generator.next_u64()) * self.places.len() as u128) >> 64;
            let place = self.places.swap_remove(index as usize);
            let number = self
                .start
                .checked_add(&U1024::from_u32(2 * u32::from(place)));
            // Beyond 2^1024 there is nothing to take.
            if let Some(number) = number.into_option() {
                return Some(Zeroizing::new(number));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;

    use super::*;

    fn draw() -> (Candidates, ChaCha20Rng) {
        let mut generator = ChaCha20Rng::from_seed([1; 32]);
        (
            Candidates::draw(&mut generator, || false).unwrap(),
            generator,
        )
    }

    #[test]
    fn every_number_left_in_the_window_is_taken_once() {
        let (mut candidates, mut generator) = draw();
        let (start, count) = (*candidates.start, candidates.places.len());
        let end = start.wrapping_add(&U1024::from_u64(2 * sieve::LENGTH));
        let taken: HashSet<_> = std::iter::from_fn(|| candidates.take(&mut generator))
            .map(|number| {
                assert!((start..end).contains(&*number));
                assert!(bool::from(number.is_odd()));
                number.to_be_bytes().to_vec()
            })
            .collect();
        assert_eq!(taken.len(), count);
    }

    #[test]
    fn a_window_starts_with_two_set_bits_at_random() {
        let (mut first, mut generator) = draw();
        let second = Candidates::draw(&mut generator, || false).unwrap();
        assert_ne!(first.start, second.start);
        for start in [&first.start, &second.start] {
            assert_eq!(start.shr_vartime(1022), U1024::from_u8(3));
        }
        assert!(first.take(&mut generator).is_some());
    }

    #[test]
    fn numbers_beyond_1024_bits_are_left_out() {
        let (_, mut generator) = draw();
        let mut candidates = Candidates {
            start: Zeroizing::new(U1024::MAX.wrapping_sub(&U1024::from_u8(2))),
            places: Zeroizing::new(vec![0, 1, 2, 3]),
        };
        let taken = std::iter::from_fn(|| candidates.take(&mut generator));
        assert_eq!(taken.count(), 2);
    }

    #[test]
    fn cancelled_window_is_not_drawn() {
        let (_, mut generator) = draw();
        assert!(Candidates::draw(&mut generator, || true).is_none());
    }
}
