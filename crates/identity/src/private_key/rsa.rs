//! RSA keys: `RSAPrivateKey` of [RFC 8017, appendix A.1.2].
//!
//! Leaves out keys of several primes, which no TLS library takes, and tests of primality: the point
//! is to find damage, not malice.
//!
//! [RFC 8017, appendix A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2

mod arithmetic;
mod completion;

use crypto_bigint::BoxedUint;
use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};
use pkcs1::RsaPrivateKeyRef;
use zeroize::Zeroizing;

use arithmetic::{is_remainder, less_one, one, product, secret};
use completion::Given;

use crate::algorithm;
use crate::error::{Error, FEWEST_KEY_BITS, MOST_KEY_BITS};
use crate::key_algorithm::KeyAlgorithm;
use crate::private_key::checked::Checked;
use crate::public_key::bit_length;

/// Reads an `RSAPrivateKey` and checks every relation among its numbers.
pub(super) fn read(der: &[u8]) -> Result<Checked, Error> {
    if let Some((given, stated)) = incomplete(der) {
        check_length(given.modulus)?;
        let whole = given.complete().ok_or(Error::KeyDamaged)?;
        let key = RsaPrivateKeyRef::from_der(&whole).map_err(|_| Error::KeyDamaged)?;
        let found = [key.exponent1, key.exponent2, key.coefficient];
        let differs = |(stated, found): (Option<_>, _)| stated.is_some_and(|it| it != found);
        if stated.into_iter().zip(found).any(differs) {
            return Err(Error::KeyDamaged);
        }
        return read_whole(&whole);
    }
    read_whole(der)
}

/// Reads an `RSAPrivateKey` of which nothing is left out.
fn read_whole(der: &[u8]) -> Result<Checked, Error> {
    let key = RsaPrivateKeyRef::from_der(der).map_err(|_| Error::KeyDamaged)?;
    let bits = check_length(key.modulus)?;
    if key.other_prime_infos.is_some() {
        return Err(Error::UnsupportedKeyAlgorithm {
            oid: algorithm::RSA.to_string(),
            name: Some("RSA with more than two primes"),
        });
    }
    if !is_consistent(&key) {
        return Err(Error::KeyDamaged);
    }
    if bits < FEWEST_KEY_BITS {
        return Err(Error::KeyTooSmall { bits });
    }
    Ok(Checked {
        algorithm: KeyAlgorithm::Rsa { bits },
        private_key: Zeroizing::new(der.to_vec()),
        public_key: key.public_key().to_der().map_err(|_| Error::KeyDamaged)?,
    })
}

/// Returns the length of the modulus, looked at before any arithmetic, whose cost grows with its
/// cube.
fn check_length(modulus: UintRef<'_>) -> Result<usize, Error> {
    let bits = bit_length(modulus);
    match bits > MOST_KEY_BITS {
        true => Err(Error::KeyTooLarge { bits }),
        false => Ok(bits),
    }
}

/// Returns the numbers of a key that lacks some, which are left out at its end or zero, and what it
/// has of those that follow from the primes.
fn incomplete(der: &[u8]) -> Option<(Given<'_>, [Option<UintRef<'_>>; 3])> {
    let key = PartialRsaPrivateKey::from_der(der).ok()?;
    let is_stated = |number: &UintRef<'_>| number.as_bytes() != [0];
    let stated = [key.exponent1, key.exponent2, key.coefficient];
    let stated = stated.map(|number| number.filter(is_stated));
    if stated.iter().all(Option::is_some) {
        return None;
    }
    let primes = match [key.prime1, key.prime2].map(|prime| prime.filter(is_stated)) {
        [Some(p), Some(q)] => Some([p, q]),
        [None, None] => None,
        _ => return None,
    };
    let given = Given {
        modulus: key.modulus,
        public_exponent: key.public_exponent,
        private_exponent: key.private_exponent,
        primes,
    };
    Some((given, stated))
}

/// `RSAPrivateKey` of two primes, as [RFC 8017, appendix A.1.2] does not allow it: cut behind any
/// number from the private exponent on.
///
/// [RFC 8017, appendix A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
#[derive(Sequence)]
struct PartialRsaPrivateKey<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime1: Option<UintRef<'a>>,
    prime2: Option<UintRef<'a>>,
    exponent1: Option<UintRef<'a>>,
    exponent2: Option<UintRef<'a>>,
    coefficient: Option<UintRef<'a>>,
}

/// Returns whether the relations of [RFC 8017, section 3.2] hold, each of which a flipped bit
/// breaks.
///
/// [RFC 8017, section 3.2]: https://www.rfc-editor.org/rfc/rfc8017#section-3.2
fn is_consistent(key: &RsaPrivateKeyRef<'_>) -> bool {
    let precision = u32::try_from(key.modulus.as_bytes().len() * 8).unwrap_or(0);
    let numbers = [
        key.modulus,
        key.public_exponent,
        key.private_exponent,
        key.prime1,
        key.prime2,
        key.exponent1,
        key.exponent2,
        key.coefficient,
    ];
    let [
        Some(n),
        Some(e),
        Some(d),
        Some(p),
        Some(q),
        Some(d_p),
        Some(d_q),
        Some(q_inverse),
    ] = numbers.map(|number| secret(number, precision))
    else {
        return false;
    };
    let e_d = product(&e, &d);
    // With an exponent of one, whatever is encrypted stays as it is.
    *e != BoxedUint::one()
        && *product(&p, &q) == *n
        && [(&p, &d_p), (&q, &d_q)]
            .into_iter()
            .all(|(prime, exponent)| {
                let order = less_one(prime);
                is_remainder(&d, &order, exponent) && is_remainder(&e_d, &order, &one())
            })
        && is_remainder(&product(&q, &q_inverse), &p, &one())
}

#[cfg(test)]
mod tests {
    use pkcs8::PrivateKeyInfoRef;

    use super::*;
    use crate::format::Format;
    use crate::private_key::PrivateKey;

    const KEY: &[u8] = include_bytes!("../../tests/vectors/key.der");

    /// Returns the stored key with one of its numbers replaced.
    fn with(change: impl FnOnce(&mut RsaPrivateKeyRef<'static>)) -> Result<Checked, Error> {
        let info = PrivateKeyInfoRef::from_der(KEY).unwrap();
        let mut key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
        change(&mut key);
        read(&key.to_der().unwrap())
    }

    fn number(bytes: &[u8]) -> UintRef<'_> {
        UintRef::new(bytes).unwrap()
    }

    #[test]
    fn a_whole_key_is_accepted_and_written_as_it_was() {
        let key = PrivateKey::from_checked(with(|_| {}).unwrap()).unwrap();
        assert_eq!(key.secret_pkcs8().secret_pkcs8_der(), KEY);
    }

    #[test]
    fn a_key_without_algorithm_parameters_is_written_with_them() {
        let mut info = PrivateKeyInfoRef::from_der(KEY).unwrap();
        info.algorithm.parameters = None;
        let key = PrivateKey::from_der(Format::Pkcs8, &info.to_der().unwrap()).unwrap();
        assert_eq!(key.secret_pkcs8().secret_pkcs8_der(), KEY);
    }

    #[test]
    fn every_number_is_tied_to_the_others() {
        let other: &[u8] = &[0x35; 128];
        let damaged = |loaded| matches!(loaded, Err(Error::KeyDamaged));
        assert!(damaged(with(|key| key.public_exponent = number(&[3]))));
        assert!(damaged(with(|key| key.private_exponent = number(other))));
        assert!(damaged(with(|key| key.prime1 = number(other))));
        assert!(damaged(with(|key| key.prime2 = number(other))));
        assert!(damaged(with(|key| key.exponent1 = number(other))));
        assert!(damaged(with(|key| key.exponent2 = number(other))));
        assert!(damaged(with(|key| key.coefficient = number(other))));
        assert!(damaged(with(|key| key.modulus = number(&[0x35; 256]))));
    }

    #[test]
    fn key_without_its_coefficient_is_completed_and_checked() {
        let whole = with(|_| {}).unwrap().private_key;
        let completed = with(|key| key.coefficient = number(&[0])).unwrap();
        assert_eq!(completed.private_key, whole);
        let damaged = with(|key| {
            key.coefficient = number(&[0]);
            key.exponent1 = number(&[3]);
        });
        assert!(matches!(damaged, Err(Error::KeyDamaged)));
    }

    #[test]
    fn zeros_and_ones_are_damage_and_no_division_by_zero() {
        for small in [&[0], &[1], &[2]] {
            let loaded = with(|key| {
                key.modulus = number(small);
                key.prime1 = number(small);
                key.prime2 = number(small);
            });
            assert!(matches!(loaded, Err(Error::KeyDamaged)));
        }
        assert!(matches!(
            with(|key| key.prime1 = number(&[1])),
            Err(Error::KeyDamaged)
        ));
        assert!(matches!(
            with(|key| key.prime2 = number(&[0])),
            Err(Error::KeyDamaged)
        ));
    }

    #[test]
    fn an_exponent_of_one_is_damage_although_the_numbers_fit() {
        let loaded = with(|key| {
            let one = number(&[1]);
            (key.public_exponent, key.private_exponent) = (one, one);
            (key.exponent1, key.exponent2) = (one, one);
        });
        assert!(matches!(loaded, Err(Error::KeyDamaged)));
    }

    #[test]
    fn stated_public_key_must_match_private_key() {
        let key = with(|_| {}).unwrap().public_key;
        let mut other = key.clone();
        other.push(0);
        let stated =
            |public_key: &[u8]| with(|_| {}).unwrap().stated_as(Some(public_key)).map(drop);
        assert!(stated(&key).is_ok());
        assert!(matches!(stated(&other), Err(Error::KeyDamaged)));
    }

    #[test]
    fn a_number_longer_than_the_modulus_is_damage() {
        let long: &[u8] = &[0x35; 300];
        assert!(matches!(
            with(|key| key.prime1 = number(long)),
            Err(Error::KeyDamaged)
        ));
    }

    #[test]
    fn modulus_over_8192_bits_is_refused_before_arithmetic() {
        let huge: &[u8] = &[0x35; 100_000];
        let loaded = with(|key| key.modulus = number(huge));
        assert!(matches!(loaded, Err(Error::KeyTooLarge { bits: 799_998 })));
    }
}
