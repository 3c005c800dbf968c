//! The public half of a token's key, put together from attributes of its objects.
//!
//! `SubjectPublicKeyInfo` of [RFC 5280, section 4.1.2.7]. Leaves out whether its numbers are sound:
//! `identity` checks that.
//!
//! [RFC 5280, section 4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode};
use pkcs1::RsaPublicKeyRef;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

/// The kinds of key that tokens sign with in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    EcP256,
    EcP384,
    Rsa,
}

/// The reason why a key of a token is of no use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableKey {
    /// The token asks for the PIN before each signature (`CKA_ALWAYS_AUTHENTICATE`).
    #[error("its token asks for the PIN before each signature (CKA_ALWAYS_AUTHENTICATE)")]
    AlwaysAuthenticate,
    /// It is on a curve other than P-256 and P-384.
    #[error("its curve is neither P-256 nor P-384")]
    Curve,
    /// It is neither an RSA nor an elliptic-curve key.
    #[error("it is neither an RSA nor an elliptic-curve key")]
    Kind,
    /// The token signs with it by none of `CKM_RSA_PKCS`, `CKM_RSA_PKCS_PSS` and `CKM_ECDSA`.
    #[error("its token has none of CKM_RSA_PKCS, CKM_RSA_PKCS_PSS and CKM_ECDSA for it")]
    Mechanism,
    /// The token has no public key for it: neither an object with the same id, nor attributes.
    #[error(
        "its token does not show the public key: import that too, under the same id (`pkcs11-tool \
         --write-object FILE --type pubkey --id ID`)"
    )]
    NoPublicKey,
    /// It may not sign (`CKA_SIGN`).
    #[error("it is not allowed to sign (CKA_SIGN)")]
    NotForSigning,
}

/// Returns the public key of RSA.
pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let key = RsaPublicKeyRef {
        modulus: UintRef::new(modulus).ok()?,
        public_exponent: UintRef::new(exponent).ok()?,
    };
    info(pkcs1::ALGORITHM_OID, AnyRef::NULL, &key.to_der().ok()?)
}

/// Returns the kind and the public key of a curve, whose name is `CKA_EC_PARAMS` and whose point is
/// `CKA_EC_POINT`.
pub(crate) fn ec(params: &[u8], point: &[u8]) -> Result<(KeyKind, Vec<u8>), UnusableKey> {
    let curve = ObjectIdentifier::from_der(params).map_err(|_| UnusableKey::Curve)?;
    let (kind, length) = match curve {
        P256 => (KeyKind::EcP256, 65),
        P384 => (KeyKind::EcP384, 97),
        _ => return Err(UnusableKey::Curve),
    };
    // The standard wraps it in an OCTET STRING; some tokens do not. Told apart by its length: one
    // bare point in 256 reads as a wrapped one.
    let point = match <&OctetStringRef>::from_der(point) {
        Ok(wrapped) if point.len() != length => wrapped.as_bytes(),
        _ => point,
    };
    let key = info(EC_PUBLIC_KEY, AnyRef::from(&curve), point);
    Ok((kind, key.ok_or(UnusableKey::NoPublicKey)?))
}

fn info(oid: ObjectIdentifier, parameters: AnyRef<'_>, bits: &[u8]) -> Option<Vec<u8>> {
    let info = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef {
            oid,
            parameters: Some(parameters),
        },
        subject_public_key: BitStringRef::from_bytes(bits).ok()?,
    };
    info.to_der().ok()
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_is_taken_wrapped_and_bare() {
        let params = P256.to_der().unwrap();
        // The second reads as a wrapped point of 63 bytes.
        for byte in [7, 63] {
            let bare = [&[4][..], &[byte; 64]].concat();
            let wrapped = [&[4, 65][..], &bare].concat();
            let (kind, key) = ec(&params, &bare).unwrap();
            assert_eq!(kind, KeyKind::EcP256);
            assert_eq!(ec(&params, &wrapped).unwrap().1, key);
            assert!(key.ends_with(&bare) && key.len() == 91);
        }
    }

    #[test]
    fn other_curves_are_named() {
        let p521 = ObjectIdentifier::new_unwrap("1.3.132.0.35")
            .to_der()
            .unwrap();
        for params in [&p521[..], b"", &[0x30, 0]] {
            assert_eq!(ec(params, &[4; 65]).unwrap_err(), UnusableKey::Curve);
        }
    }

    #[test]
    fn numbers_of_rsa_may_have_leading_zeros() {
        let plain = rsa(&[0xff; 256], &[1, 0, 1]).unwrap();
        let padded = rsa(&[&[0][..], &[0xff; 256]].concat(), &[0, 1, 0, 1]).unwrap();
        assert_eq!(plain, padded);
    }
}
