//! The algorithms of keys that can be used.
//!
//! `AlgorithmIdentifier` of [RFC 5280, section 4.1.1.2]. Leaves out reading keys.
//!
//! [RFC 5280, section 4.1.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.1.2

use std::fmt;

use der::asn1::{AnyRef, ObjectIdentifier};
use spki::AlgorithmIdentifierRef;

use crate::algorithm;

/// The algorithm that a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "name", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA over P-256 ([RFC 5480](https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1.1)).
    EcP256,
    /// ECDSA over P-384.
    EcP384,
    /// Ed25519 ([RFC 8410](https://www.rfc-editor.org/rfc/rfc8410#section-3)).
    Ed25519,
    /// RSA ([RFC 8017](https://www.rfc-editor.org/rfc/rfc8017)).
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
}

impl KeyAlgorithm {
    /// Hands on the `AlgorithmIdentifier`, which borrows its parameters.
    pub(crate) fn with_identifier<T>(
        self,
        then: impl FnOnce(AlgorithmIdentifierRef<'_>) -> T,
    ) -> T {
        let curve = |oid: &ObjectIdentifier, then: _| {
            let parameters = Some(AnyRef::from(oid));
            named(algorithm::EC_PUBLIC_KEY, parameters, then)
        };
        match self {
            Self::EcP256 => curve(&algorithm::P256, then),
            Self::EcP384 => curve(&algorithm::P384, then),
            Self::Ed25519 => named(algorithm::ED25519, None, then),
            Self::Rsa { .. } => named(algorithm::RSA, Some(AnyRef::NULL), then),
        }
    }
}

fn named<T>(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    then: impl FnOnce(AlgorithmIdentifierRef<'_>) -> T,
) -> T {
    then(AlgorithmIdentifierRef { oid, parameters })
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EcP256 => f.write_str("the elliptic curve P-256"),
            Self::EcP384 => f.write_str("the elliptic curve P-384"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa { bits } => write!(f, "RSA with {bits} bits"),
        }
    }
}
