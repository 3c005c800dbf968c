//! The conditions of FIPS 186-5, appendix A.1.3, on the numbers of an RSA-2048 key.
//!
//! Pure functions of the numbers, because primes that fail do not turn up by waiting. Leaves out
//! the search and the test for primality.

use crypto_bigint::{Limb, NonZero, U1024};
use rsa::BoxedUint;

use crate::error::{Error, KeyCheck};

/// e = 65537: odd and between 2^16 and 2^256 (A.1.1).
pub(crate) const PUBLIC_EXPONENT: u64 = 65_537;

/// Checks a pair of primes: steps 4.4, 4.5, 5.4, 5.5 and 5.6.
pub(super) fn check_primes(p: &U1024, q: &U1024) -> Result<(), Error> {
    for prime in [p, q] {
        if !is_large_enough(prime) {
            return Err(Error::KeyRefused(KeyCheck::PrimeTooSmall));
        }
        if !suits_exponent(prime) {
            return Err(Error::KeyRefused(KeyCheck::ExponentNotInvertible));
        }
    }
    if !are_far_apart(p, q) {
        return Err(Error::KeyRefused(KeyCheck::PrimesTooClose));
    }
    Ok(())
}

/// Checks `d > 2^1024` (A.1.1).
pub(super) fn check_private_exponent(d: &BoxedUint) -> Result<(), Error> {
    // A small private exponent can be computed from the public key (Wiener).
    let bound = BoxedUint::one_with_precision(2048).shl_vartime(1024);
    match bound {
        Some(bound) if *d > bound => Ok(()),
        _ => Err(Error::KeyRefused(KeyCheck::PrivateExponentTooSmall)),
    }
}

/// Returns whether `p >= √2·2^1023`, that is `p² >= 2^2047`: the square uses all of its 2048 bits.
pub(super) fn is_large_enough(p: &U1024) -> bool {
    let (_, high) = p.widening_square();
    high.bit_width_vartime() == U1024::BITS
}

/// Returns whether `gcd(e, p - 1) = 1`. As e is prime, that is: e does not divide `p - 1`.
pub(super) fn suits_exponent(p: &U1024) -> bool {
    const E: NonZero<Limb> = NonZero::<Limb>::new_unwrap(Limb(PUBLIC_EXPONENT));
    p.rem_limb(E) != Limb::ONE
}

/// Returns whether `|p - q| > 2^924`.
fn are_far_apart(p: &U1024, q: &U1024) -> bool {
    let distance = if p > q {
        p.wrapping_sub(q)
    } else {
        q.wrapping_sub(p)
    };
    distance > U1024::ONE.shl_vartime(924)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rsa_key::RsaKey;

    /// A number with the top two bits set; `p - 1` is no multiple of 65537.
    const P: U1024 = U1024::MAX;

    fn refusal(p: &U1024, q: &U1024) -> Option<KeyCheck> {
        match check_primes(p, q) {
            Ok(()) => None,
            Err(Error::KeyRefused(check)) => Some(check),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn below_p(distance: U1024) -> U1024 {
        P.wrapping_sub(&distance)
    }

    #[test]
    fn least_allowed_prime_is_root_of_two_rounded_up() {
        // floor(√2·2^1023): the digits of √2 in base 16.
        let floor = (U1024::ONE.shl_vartime(1023)).widening_square().1; // 2^1022
        assert!(!is_large_enough(&floor));
        let (mut low, mut high) = (U1024::ONE.shl_vartime(1023), U1024::MAX);
        while low.wrapping_add(&U1024::ONE) < high {
            let middle = low.wrapping_add(&high.wrapping_sub(&low).shr_vartime(1));
            if is_large_enough(&middle) {
                high = middle
            } else {
                low = middle
            }
        }
        let digits = U1024::from_u64(0xB504_F333_F9DE_6484);
        assert_eq!(low.shr_vartime(960), digits);
        assert_eq!(refusal(&low, &P), Some(KeyCheck::PrimeTooSmall));
        assert_eq!(refusal(&P, &low), Some(KeyCheck::PrimeTooSmall));
        assert_ne!(refusal(&high, &P), Some(KeyCheck::PrimeTooSmall));
    }

    #[test]
    fn two_set_bits_on_top_are_enough() {
        assert!(is_large_enough(&U1024::MAX.shl_vartime(1022)));
    }

    #[test]
    fn primes_must_be_more_than_2_to_the_924_apart() {
        let bound = U1024::ONE.shl_vartime(924);
        let (near, far) = (below_p(bound), below_p(bound.wrapping_add(&U1024::ONE)));
        assert_eq!(refusal(&P, &near), Some(KeyCheck::PrimesTooClose));
        assert_eq!(refusal(&near, &P), Some(KeyCheck::PrimesTooClose));
        assert_eq!(refusal(&P, &P), Some(KeyCheck::PrimesTooClose));
        assert_eq!(refusal(&P, &far), None);
        assert_eq!(refusal(&far, &P), None);
    }

    #[test]
    fn prime_one_above_multiple_of_exponent_is_refused() {
        let e = U1024::from_u64(PUBLIC_EXPONENT);
        // 2^16 = -1 modulo e, so 3 * 2^1022 + k * 2^16 takes every remainder.
        let base = U1024::MAX.shl_vartime(1022);
        let remainder = base.rem_vartime(&e.to_nz().unwrap());
        let unsuited = base
            .wrapping_sub(&remainder)
            .wrapping_add(&e)
            .wrapping_add(&U1024::ONE);
        assert!(!suits_exponent(&unsuited));
        assert!(suits_exponent(&unsuited.wrapping_add(&U1024::ONE)));
        assert_eq!(
            refusal(&unsuited, &P),
            Some(KeyCheck::ExponentNotInvertible)
        );
        assert_eq!(
            refusal(&P, &unsuited),
            Some(KeyCheck::ExponentNotInvertible)
        );
    }

    #[test]
    fn pairs_of_primes_make_a_key_or_named_refusal() {
        let pairs = include_str!("../../tests/vectors/prime-pairs.txt");
        let pairs: Vec<_> = pairs
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        for pair in &pairs {
            let [verdict, p, q] = pair.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let [p, q] = [p, q].map(U1024::from_be_hex);
            for prime in [&p, &q] {
                assert!(crypto_primes::is_prime(crypto_primes::Flavor::Any, prime));
            }
            for (p, q) in [(&p, &q), (&q, &p)] {
                let found = match RsaKey::assemble(p, q) {
                    Ok(_) => "ok".to_owned(),
                    Err(Error::KeyRefused(check)) => format!("{check:?}"),
                    Err(other) => panic!("{other:?}"),
                };
                assert_eq!(found, verdict);
            }
        }
        assert_eq!(pairs.len(), 7);
    }

    #[test]
    fn a_private_exponent_of_half_the_length_is_refused() {
        let bound = BoxedUint::one_with_precision(2048)
            .shl_vartime(1024)
            .unwrap();
        let above = bound.wrapping_add(BoxedUint::one());
        assert!(check_private_exponent(&above).is_ok());
        for d in [bound, BoxedUint::from(3_u64)] {
            assert!(matches!(
                check_private_exponent(&d),
                Err(Error::KeyRefused(KeyCheck::PrivateExponentTooSmall))
            ));
        }
    }
}
