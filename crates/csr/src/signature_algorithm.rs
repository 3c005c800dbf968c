//! Names of signature algorithms.
//!
//! Those of [RFC 8017] (PKCS#1 v1.5), RFC 4055 and RFC 5758 (ECDSA). Leaves out verifying.
//!
//! [RFC 8017]: https://www.rfc-editor.org/rfc/rfc8017#appendix-C

use std::fmt;

use der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::spki::AlgorithmIdentifierRef;

/// The algorithm that a request says it is signed with.
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

/// The hash function of a signature.
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
    /// Reads an `AlgorithmIdentifier`.
    ///
    /// The parameters are not signed, so nothing may stand there but NULL or nothing. That is what
    /// the standards allow for PKCS#1 v1.5 (RFC 4055, section 5); for ECDSA it should be nothing
    /// (RFC 5758, section 3.2), but Mbed TLS has written NULL, and openssl verifies that.
    pub(crate) fn read(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Self, der::Error> {
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
