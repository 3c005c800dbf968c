//! An RSA private key in PKCS#8, checked to be one.
//!
//! [RFC 5958, section 2] around [RFC 8017, appendix A.1.2]. Leaves out signing, which is the TLS
//! library's part, and tests of primality: the point is to find damage, not malice.
//!
//! [RFC 5958, section 2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
//! [RFC 8017, appendix A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2

use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero};
use der::asn1::{BitStringRef, OctetStringRef, UintRef};
use der::{Decode, Encode};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use rustls_pki_types::PrivatePkcs8KeyDer;
use spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use crate::algorithm::unsupported_key;
use crate::error::{FEWEST_KEY_BITS, MOST_KEY_BITS};
use crate::{Error, Fingerprint};

/// A key whose numbers fit together.
pub(crate) struct RsaKey {
    pub(crate) pkcs8: Zeroizing<PrivatePkcs8KeyDer<'static>>,
    /// The public half as `RSAPublicKey`, which is what a certificate's bit string holds.
    pub(crate) public_key: Vec<u8>,
}

impl RsaKey {
    /// Reads a `PrivateKeyInfo` and checks every relation among the numbers of the key.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Error::KeyDamaged)?;
        if info.algorithm.oid != pkcs1::ALGORITHM_OID {
            return Err(unsupported_key(info.algorithm.oid));
        }
        let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes())
            .map_err(|_| Error::KeyDamaged)?;
        let bits = bits(key.modulus);
        // Before any arithmetic, whose cost grows with the square.
        if bits > MOST_KEY_BITS {
            return Err(Error::KeyTooLarge { bits });
        }
        if key.other_prime_infos.is_some() {
            return Err(Error::UnsupportedKeyAlgorithm {
                oid: info.algorithm.oid.to_string(),
                name: Some("RSA with more than two primes"),
            });
        }
        if !is_consistent(&key) {
            return Err(Error::KeyDamaged);
        }
        if bits < FEWEST_KEY_BITS {
            return Err(Error::KeyTooSmall { bits });
        }
        Ok(Self {
            pkcs8: encode(info.private_key)?,
            public_key: key.public_key().to_der().map_err(|_| Error::KeyDamaged)?,
        })
    }

    /// The digest of the key's `SubjectPublicKeyInfo`.
    pub(crate) fn public_key_sha256(&self) -> Result<Fingerprint, Error> {
        let encoded = BitStringRef::from_bytes(&self.public_key).and_then(|subject_public_key| {
            SubjectPublicKeyInfoRef {
                algorithm: pkcs1::ALGORITHM_ID,
                subject_public_key,
            }
            .to_der()
        });
        encoded
            .map(|der| Fingerprint::of(&der))
            .map_err(|_| Error::KeyDamaged)
    }
}

/// Writes the key as version 1 without attributes, the form that every TLS library reads.
fn encode(private_key: &OctetStringRef) -> Result<Zeroizing<PrivatePkcs8KeyDer<'static>>, Error> {
    let info = PrivateKeyInfoRef::new(pkcs1::ALGORITHM_ID, private_key);
    info.to_der()
        .map(|der| Zeroizing::new(PrivatePkcs8KeyDer::from(der)))
        .map_err(|_| Error::KeyDamaged)
}

/// The relations of [RFC 8017, section 3.2], each of which a flipped bit breaks.
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
    *product(&p, &q) == *n
        && [(&p, &d_p), (&q, &d_q)]
            .into_iter()
            .all(|(prime, exponent)| {
                let order = less_one(prime);
                is_remainder(&d, &order, exponent) && is_remainder(&e_d, &order, &one())
            })
        && is_remainder(&product(&q, &q_inverse), &p, &one())
}

type Secret = Zeroizing<BoxedUint>;

/// A number of the key in as many bits as the modulus takes; `None` if it needs more.
fn secret(number: UintRef<'_>, precision: u32) -> Option<Secret> {
    BoxedUint::from_be_slice(number.as_bytes(), precision)
        .ok()
        .map(Zeroizing::new)
}

fn one() -> Secret {
    Zeroizing::new(BoxedUint::one())
}

fn less_one(number: &Secret) -> Secret {
    Zeroizing::new(number.wrapping_sub(BoxedUint::one()))
}

fn product(left: &Secret, right: &Secret) -> Secret {
    Zeroizing::new(left.concatenating_mul(&**right))
}

/// Is `remainder` what is left of `number` after division by `divisor`?
fn is_remainder(number: &Secret, divisor: &Secret, remainder: &Secret) -> bool {
    let divisor: Option<NonZero<BoxedUint>> = divisor.to_nz().into();
    divisor
        .map(Zeroizing::new)
        .is_some_and(|divisor| *Zeroizing::new(number.rem(&*divisor)) == **remainder)
}

/// The length of a number in bits.
fn bits(number: UintRef<'_>) -> usize {
    let bytes = number.as_bytes();
    let leading = bytes
        .first()
        .map_or(0, |first| first.leading_zeros() as usize);
    (bytes.len() * 8).saturating_sub(leading)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = include_bytes!("../tests/vectors/key.der");

    /// The stored key with one of its numbers replaced.
    fn with(change: impl FnOnce(&mut RsaPrivateKeyRef<'static>)) -> Result<RsaKey, Error> {
        let info = PrivateKeyInfoRef::from_der(KEY).unwrap();
        let mut key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
        change(&mut key);
        let key = key.to_der().unwrap();
        let key = OctetStringRef::new(&key).unwrap();
        RsaKey::from_pkcs8(
            &PrivateKeyInfoRef::new(pkcs1::ALGORITHM_ID, key)
                .to_der()
                .unwrap(),
        )
    }

    fn number(bytes: &[u8]) -> UintRef<'_> {
        UintRef::new(bytes).unwrap()
    }

    #[test]
    fn a_whole_key_is_accepted_and_written_as_it_was() {
        let key = with(|_| {}).unwrap();
        assert_eq!(key.pkcs8.secret_pkcs8_der(), KEY);
    }

    #[test]
    fn a_key_without_algorithm_parameters_is_written_with_them() {
        let mut info = PrivateKeyInfoRef::from_der(KEY).unwrap();
        info.algorithm.parameters = None;
        let key = RsaKey::from_pkcs8(&info.to_der().unwrap()).unwrap();
        assert_eq!(key.pkcs8.secret_pkcs8_der(), KEY);
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
    fn a_number_longer_than_the_modulus_is_damage() {
        let long: &[u8] = &[0x35; 300];
        assert!(matches!(
            with(|key| key.prime1 = number(long)),
            Err(Error::KeyDamaged)
        ));
    }

    #[test]
    fn a_modulus_of_more_than_8192_bits_is_refused_before_any_arithmetic() {
        let huge: &[u8] = &[0x35; 100_000];
        let loaded = with(|key| key.modulus = number(huge));
        assert!(matches!(loaded, Err(Error::KeyTooLarge { bits: 799_998 })));
    }

    #[test]
    fn bits_are_counted_from_the_first_that_is_set() {
        assert_eq!(bits(number(&[0])), 0);
        assert_eq!(bits(number(&[1])), 1);
        assert_eq!(bits(number(&[0x80, 0])), 16);
    }
}
