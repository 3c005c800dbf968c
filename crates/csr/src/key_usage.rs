//! Key usage and extended key usage, as a request asks for them.
//!
//! [RFC 5280, section 4.2.1.3] and section 4.2.1.12. Leaves out purposes that no client of an API
//! has; they are shown by their object identifier.
//!
//! [RFC 5280, section 4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3

use std::fmt;

use der::asn1::ObjectIdentifier;

/// A bit of the extension `keyUsage`.
///
/// ```text
/// KeyUsage ::= BIT STRING { digitalSignature (0), nonRepudiation (1), keyEncipherment (2),
///   dataEncipherment (3), keyAgreement (4), keyCertSign (5), cRLSign (6), encipherOnly (7),
///   decipherOnly (8) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyUsage {
    /// Signing, as in a TLS handshake: what a client certificate needs.
    DigitalSignature,
    /// Signing what the signer cannot deny later, also called contentCommitment.
    NonRepudiation,
    /// Encrypting keys, as TLS did before version 1.3.
    KeyEncipherment,
    /// Encrypting data directly.
    DataEncipherment,
    /// Agreeing on keys.
    KeyAgreement,
    /// Signing certificates.
    KeyCertSign,
    /// Signing revocation lists.
    CrlSign,
    /// With key agreement: encrypting only.
    EncipherOnly,
    /// With key agreement: decrypting only.
    DecipherOnly,
}

impl KeyUsage {
    /// In the order of their bits.
    pub(crate) const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        })
    }
}

/// A purpose in the extension `extKeyUsage` ([RFC 5280, section 4.2.1.12]).
///
/// [RFC 5280, section 4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    /// Any purpose at all.
    Any,
    /// A TLS client.
    ClientAuth,
    /// Signing programs.
    CodeSigning,
    /// Protecting e-mail.
    EmailProtection,
    /// A TLS server.
    ServerAuth,
}

impl ExtendedKeyUsage {
    const ALL: [Self; 5] = [
        Self::Any,
        Self::ClientAuth,
        Self::CodeSigning,
        Self::EmailProtection,
        Self::ServerAuth,
    ];

    pub(crate) fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Any => "2.5.29.37.0",
            Self::ClientAuth => "1.3.6.1.5.5.7.3.2",
            Self::CodeSigning => "1.3.6.1.5.5.7.3.3",
            Self::EmailProtection => "1.3.6.1.5.5.7.3.4",
            Self::ServerAuth => "1.3.6.1.5.5.7.3.1",
        })
    }

    pub(crate) fn of_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.oid() == oid)
    }
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "anyExtendedKeyUsage",
            Self::ClientAuth => "clientAuth",
            Self::CodeSigning => "codeSigning",
            Self::EmailProtection => "emailProtection",
            Self::ServerAuth => "serverAuth",
        })
    }
}
