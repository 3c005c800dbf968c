//! The public half of a key, by which its certificate is found.
//!
//! `SubjectPublicKeyInfo` of [RFC 5280, section 4.1.2.7]. Leaves out the private half.
//!
//! [RFC 5280, section 4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7

use der::asn1::{BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Encode};
use ed25519_dalek::VerifyingKey;
use pkcs1::RsaPublicKeyRef;
use spki::SubjectPublicKeyInfoRef;
use vocabulary::Fingerprint;

use crate::algorithm::{self, unsupported_key};
use crate::error::{Error, FEWEST_KEY_BITS, MOST_KEY_BITS};
use crate::key_algorithm::KeyAlgorithm;

/// A public key of a kind that is supported.
pub(crate) struct PublicKey {
    pub(crate) algorithm: KeyAlgorithm,
    /// The content of a certificate's bit string.
    pub(crate) bits: Vec<u8>,
    /// Of the whole `SubjectPublicKeyInfo`.
    pub(crate) sha256: Fingerprint,
}

impl PublicKey {
    /// Encodes the key in order to know its digest; `None` if that cannot be done.
    pub(crate) fn new(algorithm: KeyAlgorithm, bits: Vec<u8>) -> Option<Self> {
        let subject_public_key = BitStringRef::from_bytes(&bits).ok()?;
        let info = algorithm.with_identifier(|algorithm| {
            SubjectPublicKeyInfoRef {
                algorithm,
                subject_public_key,
            }
            .to_der()
        });
        Some(Self {
            sha256: Fingerprint::of(&info.ok()?),
            algorithm,
            bits,
        })
    }

    /// Reads the key of a signer.
    pub(crate) fn of_signer(info: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::from_der(info).map_err(|_| Error::SignerPublicKey)?;
        let bits = info.subject_public_key.as_bytes();
        let bits = bits.ok_or(Error::SignerPublicKey)?;
        let algorithm = match info.algorithm.oid {
            algorithm::RSA => rsa(bits)?,
            algorithm::EC_PUBLIC_KEY => {
                let curve = info.algorithm.parameters_oid();
                curve_of(
                    curve.map_err(|_| unsupported_key(algorithm::EC_PUBLIC_KEY))?,
                    bits,
                )?
            }
            algorithm::ED25519 => {
                let key = bits.try_into().map(VerifyingKey::from_bytes);
                key.map_err(|_| Error::SignerPublicKey)?
                    .map_err(|_| Error::SignerPublicKey)?;
                KeyAlgorithm::Ed25519
            }
            other => return Err(unsupported_key(other)),
        };
        Self::new(algorithm, bits.to_vec()).ok_or(Error::SignerPublicKey)
    }
}

/// Checks an `RSAPublicKey` ([RFC 8017, appendix A.1.1]).
///
/// [RFC 8017, appendix A.1.1]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1
fn rsa(bits: &[u8]) -> Result<KeyAlgorithm, Error> {
    let key = RsaPublicKeyRef::from_der(bits).map_err(|_| Error::SignerPublicKey)?;
    // With an exponent of one, anyone can sign; and every exponent of a key is odd.
    let exponent = key.public_exponent.as_bytes();
    if exponent == [1] || exponent.last().is_none_or(|last| last % 2 == 0) {
        return Err(Error::SignerPublicKey);
    }
    match bit_length(key.modulus) {
        bits if bits > MOST_KEY_BITS => Err(Error::KeyTooLarge { bits }),
        bits if bits < FEWEST_KEY_BITS => Err(Error::KeyTooSmall { bits }),
        bits => Ok(KeyAlgorithm::Rsa { bits }),
    }
}

/// Checks that the point is on the curve of this name.
fn curve_of(curve: ObjectIdentifier, point: &[u8]) -> Result<KeyAlgorithm, Error> {
    let (algorithm, is_on_curve) = match curve {
        algorithm::P256 => {
            let key = p256::PublicKey::from_sec1_bytes(point);
            (KeyAlgorithm::EcP256, key.is_ok())
        }
        algorithm::P384 => {
            let key = p384::PublicKey::from_sec1_bytes(point);
            (KeyAlgorithm::EcP384, key.is_ok())
        }
        other => return Err(unsupported_key(other)),
    };
    match is_on_curve {
        true => Ok(algorithm),
        false => Err(Error::SignerPublicKey),
    }
}

/// Returns the length of a number in bits.
pub(crate) fn bit_length(number: UintRef<'_>) -> usize {
    let bytes = number.as_bytes();
    let leading = bytes
        .first()
        .map_or(0, |first| first.leading_zeros() as usize);
    (bytes.len() * 8).saturating_sub(leading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_first_that_is_set() {
        let length = |bytes| bit_length(UintRef::new(bytes).unwrap());
        assert_eq!(length(&[0]), 0);
        assert_eq!(length(&[1]), 1);
        assert_eq!(length(&[0x80, 0]), 16);
    }
}
