//! The signature schemes of a TLS handshake that a key of this crate can do.
//!
//! `SignatureScheme` of [RFC 8446, section 4.2.3], which TLS 1.2 shares by its numbers. Leaves out
//! SHA-1 and everything that no TLS library signs with.
//!
//! [RFC 8446, section 4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3

use crate::key_algorithm::KeyAlgorithm;

/// An algorithm of signatures with its hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// ECDSA over P-256 with SHA-256; the signature is an `Ecdsa-Sig-Value` in DER.
    EcdsaP256Sha256,
    /// ECDSA over P-384 with SHA-384, likewise.
    EcdsaP384Sha384,
    /// Ed25519, over the message itself.
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with SHA-256: in TLS 1.2 and in certification requests.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, also in MGF1, and a salt of 32 bytes.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384 and a salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512 and a salt of 64 bytes.
    RsaPssSha512,
}

impl SignatureScheme {
    /// Returns the number that stands for the scheme in TLS ([RFC 8446, section 4.2.3]).
    ///
    /// ```
    /// assert_eq!(identity::SignatureScheme::RsaPssSha256.number(), 0x0804);
    /// ```
    ///
    /// [RFC 8446, section 4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::RsaPkcs1Sha256 => 0x0401,
            Self::EcdsaP256Sha256 => 0x0403,
            Self::RsaPkcs1Sha384 => 0x0501,
            Self::EcdsaP384Sha384 => 0x0503,
            Self::RsaPkcs1Sha512 => 0x0601,
            Self::RsaPssSha256 => 0x0804,
            Self::RsaPssSha384 => 0x0805,
            Self::RsaPssSha512 => 0x0806,
            Self::Ed25519 => 0x0807,
        }
    }

    /// Returns whether a key of this algorithm can sign by the scheme.
    #[must_use]
    pub const fn fits(self, key: KeyAlgorithm) -> bool {
        match self {
            Self::EcdsaP256Sha256 => matches!(key, KeyAlgorithm::EcP256),
            Self::EcdsaP384Sha384 => matches!(key, KeyAlgorithm::EcP384),
            Self::Ed25519 => matches!(key, KeyAlgorithm::Ed25519),
            Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha384
            | Self::RsaPkcs1Sha512
            | Self::RsaPssSha256
            | Self::RsaPssSha384
            | Self::RsaPssSha512 => matches!(key, KeyAlgorithm::Rsa { .. }),
        }
    }
}
