//! The signature of a request, by its own key.
//!
//! Algorithms of [RFC 8017] (PKCS#1 v1.5), RFC 4055 and RFC 5758 (ECDSA). Leaves out RSASSA-PSS,
//! EdDSA and MD5: they are named, not verified. There is no secret in this computation.
//!
//! [RFC 8017]: https://www.rfc-editor.org/rfc/rfc8017#section-8.2

use std::fmt;

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::DecodePublicKey;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{Curve, InspectedRequest, PublicKeyKind};
use crate::Error;

/// What a request says it is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA.
    Ecdsa(HashAlgorithm),
    /// Another one.
    Other {
        /// Its object identifier in dotted form.
        oid: String,
    },
    /// RSA as PKCS#1 v1.5 has it: what this crate signs with, using SHA-256.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS.
    RsaPss,
}

/// The hash beneath a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1: broken since 2017.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl SignatureAlgorithm {
    /// The parameters are not signed, so nothing may stand there but NULL or nothing. That is what the
    /// standards allow for PKCS#1 v1.5 (RFC 4055, section 5); for ECDSA it should be nothing (RFC 5758,
    /// section 3.2), but Mbed TLS has written NULL, and openssl verifies that.
    pub(super) fn read(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Self, der::Error> {
        let known = ALGORITHMS.iter().find(|(oid, _)| *oid == identifier.oid);
        let Some((_, algorithm)) = known else {
            let oid = identifier.oid.to_string();
            return Ok(Self::Other { oid });
        };
        let allowed = match (algorithm, identifier.parameters) {
            (_, None) | (Self::RsaPss, _) => true,
            (_, Some(parameters)) => parameters == AnyRef::NULL,
        };
        if allowed {
            Ok(algorithm.clone())
        } else {
            Err(der::ErrorKind::Failed.into())
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(hash) => write!(f, "ECDSA with {hash}"),
            Self::Other { oid } => f.write_str(oid),
            Self::RsaPkcs1(hash) => write!(f, "RSA PKCS#1 v1.5 with {hash}"),
            Self::RsaPss => f.write_str("RSASSA-PSS"),
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl HashAlgorithm {
    fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    fn pkcs1_padding(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            Self::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
            Self::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Self::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Self::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}

pub(super) fn verify(request: &InspectedRequest) -> Result<(), Error> {
    match (&request.signature_algorithm, &request.public_key) {
        (SignatureAlgorithm::RsaPkcs1(hash), PublicKeyKind::Rsa { .. }) => {
            verify_rsa(request, *hash)
        }
        (SignatureAlgorithm::Ecdsa(hash), PublicKeyKind::Ec { curve }) => {
            let info = SubjectPublicKeyInfoRef::from_der(&request.public_key_der);
            let point = info
                .ok()
                .and_then(|info| info.subject_public_key.as_bytes());
            let digest = hash.digest(&request.signed);
            point
                .and_then(|point| verify_ec(*curve, point, &digest, &request.signature))
                .ok_or(Error::SignatureInvalid)
        }
        _ => Err(unsupported(request)),
    }
}

/// Keys from 1024 to 8192 bits, with an exponent of up to 33: the bounds of `rsa`, which bound the
/// work too.
fn verify_rsa(request: &InspectedRequest, hash: HashAlgorithm) -> Result<(), Error> {
    let key = rsa::PublicKey::from_public_key_der(&request.public_key_der)
        .map_err(|_| unsupported(request))?;
    let digest = hash.digest(&request.signed);
    key.verify(hash.pkcs1_padding(), &digest, &request.signature)
        .map_err(|_| Error::SignatureInvalid)
}

fn unsupported(request: &InspectedRequest) -> Error {
    Error::SignatureUnsupported {
        algorithm: request.signature_algorithm.clone(),
        key: request.public_key.clone(),
    }
}

/// `Some` if it verifies.
fn verify_ec(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    macro_rules! verify {
        ($curve:ident, $bytes:literal) => {{
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let signature = $curve::ecdsa::Signature::from_der(signature).ok()?;
            key.verify_prehash(&widened::<$bytes>(digest), &signature)
                .ok()
        }};
    }
    match curve {
        Curve::P256 => verify!(p256, 32),
        Curve::P384 => verify!(p384, 48),
        Curve::P521 => verify!(p521, 66),
    }
}

/// The digest as a number of at least `N` bytes: `ecdsa` refuses one of less than half the curve's,
/// which a SHA-256 is for P-521.
fn widened<const N: usize>(digest: &[u8]) -> Vec<u8> {
    let zeros = N.saturating_sub(digest.len());
    [vec![0; zeros].as_slice(), digest].concat()
}

/// RFC 8017, appendix C, and RFC 5758, section 3.2.
const ALGORITHMS: [(ObjectIdentifier, SignatureAlgorithm); 11] = {
    use HashAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
    const fn oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }
    [
        (oid("1.2.840.113549.1.1.5"), RsaPkcs1(Sha1)),
        (oid("1.2.840.113549.1.1.14"), RsaPkcs1(Sha224)),
        (oid("1.2.840.113549.1.1.11"), RsaPkcs1(Sha256)),
        (oid("1.2.840.113549.1.1.12"), RsaPkcs1(Sha384)),
        (oid("1.2.840.113549.1.1.13"), RsaPkcs1(Sha512)),
        (oid("1.2.840.113549.1.1.10"), RsaPss),
        (oid("1.2.840.10045.4.1"), Ecdsa(Sha1)),
        (oid("1.2.840.10045.4.3.1"), Ecdsa(Sha224)),
        (oid("1.2.840.10045.4.3.2"), Ecdsa(Sha256)),
        (oid("1.2.840.10045.4.3.3"), Ecdsa(Sha384)),
        (oid("1.2.840.10045.4.3.4"), Ecdsa(Sha512)),
    ]
};
