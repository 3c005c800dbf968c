//! Kinds of public keys.
//!
//! `SubjectPublicKeyInfo` of RFC 5280, section 4.1.2.7, with the keys of [RFC 3279] and RFC 5480.
//! Leaves out computing with it.
//!
//! [RFC 3279]: https://www.rfc-editor.org/rfc/rfc3279#section-2.3

use std::fmt;

use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Tag};
use rsa::pkcs1::RsaPublicKeyRef;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// The kind and size of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyKind {
    /// A key on an elliptic curve.
    Ec {
        /// The curve.
        curve: Curve,
    },
    /// Another kind of key, or another curve.
    Other {
        /// Its object identifier in dotted form.
        oid: String,
    },
    /// An RSA key.
    Rsa {
        /// The length of its modulus.
        bits: usize,
        /// Its public exponent; `None` if it has more than 64 bits.
        exponent: Option<u64>,
    },
}

/// A curve of NIST's, under whose name the signature can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// P-256, also called prime256v1 or secp256r1.
    P256,
    /// P-384, also called secp384r1.
    P384,
    /// P-521, also called secp521r1.
    P521,
}

impl PublicKeyKind {
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let info =
            SubjectPublicKeyInfoRef::from_der(der).map_err(|_| Tag::Sequence.value_error())?;
        match info.algorithm.oid {
            rsa::pkcs1::ALGORITHM_OID => {
                let key = info.subject_public_key.as_bytes();
                let key = key.ok_or_else(|| Tag::BitString.value_error())?;
                let key = RsaPublicKeyRef::from_der(key)?;
                Ok(Self::Rsa {
                    bits: bit_length(key.modulus.as_bytes()),
                    exponent: to_u64(key.public_exponent),
                })
            }
            EC_PUBLIC_KEY => {
                let oid = info.algorithm.parameters_oid();
                let oid = oid.map_err(|_| Tag::ObjectIdentifier.value_error())?;
                Ok(Curve::of_oid(oid).map_or_else(|| Self::other(oid), |curve| Self::Ec { curve }))
            }
            oid => Ok(Self::other(oid)),
        }
    }

    fn other(oid: ObjectIdentifier) -> Self {
        Self::Other {
            oid: oid.to_string(),
        }
    }
}

impl Curve {
    fn of_oid(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            P256 => Some(Self::P256),
            P384 => Some(Self::P384),
            P521 => Some(Self::P521),
            _ => None,
        }
    }
}

impl fmt::Display for PublicKeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ec { curve } => write!(f, "EC {curve}"),
            Self::Other { oid } => write!(f, "of kind {oid}"),
            Self::Rsa { bits, exponent } => {
                write!(f, "RSA, {bits} bits, exponent ")?;
                match exponent {
                    Some(exponent) => write!(f, "{exponent}"),
                    None => f.write_str("of more than 64 bits"),
                }
            }
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        })
    }
}

fn to_u64(number: UintRef<'_>) -> Option<u64> {
    let bytes = number.as_bytes();
    (bytes.len() <= 8).then(|| {
        bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    })
}

/// Counts the bits of a big-endian number.
pub(crate) fn bit_length(bytes: &[u8]) -> usize {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    match bytes.get(zeros) {
        Some(first) => (bytes.len() - zeros) * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

/// RFC 5480, section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_without_leading_zeros() {
        for (bytes, bits) in [
            (&[][..], 0),
            (&[0, 0], 0),
            (&[1], 1),
            (&[0, 0x80], 8),
            (&[1, 0], 9),
            (&[0xff, 0xff], 16),
        ] {
            assert_eq!(bit_length(bytes), bits, "{bytes:?}");
        }
    }
}
