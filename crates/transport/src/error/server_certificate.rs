//! Our verdict on the server's certificate (RFC 5280, section 6, and RFC 9525 for the name).

use rustls::CertificateError;

/// Why we refused the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerCertificateProblem {
    /// A signature does not verify.
    #[error("a signature in its chain does not verify")]
    BadSignature,
    /// It is a CA's own certificate (`CA:TRUE` in its basic constraints), commonly one that signed itself, as
    /// `openssl req -x509` makes them. That it is among the trust anchors makes it a CA, and no server.
    #[error(
        "it is that of a CA, which cannot be a server's as well; have it issue one for the server, or make one that says CA:FALSE"
    )]
    CaAsServer,
    /// It, or one above it, cannot be decoded.
    #[error("it or its chain is damaged; have the server's operator install it again")]
    Damaged,
    /// It has expired by our clock.
    #[error("it has expired; if it has not, our clock is wrong")]
    Expired,
    /// A certificate above it is not that of a CA.
    #[error(
        "a certificate in its chain signs others and is not that of a CA; have the server's chain issued anew"
    )]
    IssuerNotCa,
    /// It cannot be used, for a reason that the source names.
    #[error("it is not usable")]
    Invalid,
    /// A CA above it may not issue for its name, or not through so many others.
    #[error(
        "its CA may not issue it, by its name constraints or the length of the path; have another CA issue it"
    )]
    NotPermitted,
    /// It is good, but its key has none of the pins; the source names the pin that it has.
    ///
    /// See [`TrustAnchors::pin_spki`](crate::TrustAnchors::pin_spki).
    #[error(
        "its key is none of the pinned ones; if the server's owner has changed keys, pin the new one"
    )]
    NotPinned,
    /// It is not yet valid by our clock.
    #[error("it is not valid yet; check our clock")]
    NotYetValid,
    /// A certificate revocation list that decides on it is out of date by our clock.
    #[error(
        "a revocation list that decides on it is out of date; get the newest from its authority"
    )]
    RevocationListExpired,
    /// A certificate revocation list that decides on it is not its authority's, or cannot be used; the source says
    /// which.
    #[error(
        "a revocation list that decides on it does not verify; get it again from its authority"
    )]
    RevocationListInvalid,
    /// No certificate revocation list decides on it or on an authority between it and ours.
    #[error(
        "none of the revocation lists given is of its issuer, or of that of an authority above it; give those too"
    )]
    RevocationStatusUnknown,
    /// It has been revoked.
    #[error("it has been revoked")]
    Revoked,
    /// Its issuer is not among our trust anchors.
    #[error(
        "its issuer is not among our trust anchors; add that authority, or check that this is the right host"
    )]
    UnknownIssuer,
    /// It, or one above it, uses what is not taken here: an algorithm, a version other than 3, a critical extension.
    #[error(
        "it or its chain uses what is not taken here (the source says what), such as SHA-1 or version 1; have it issued anew"
    )]
    Unsupported,
    /// It is for another name.
    #[error("it is for another name; check the host in the URI")]
    WrongName,
    /// It is not for servers.
    #[error("it is not meant for a server")]
    WrongPurpose,
}

/// The verifier's error for a server whose key has none of the pins.
#[derive(Debug, thiserror::Error)]
#[error("the server's key has the pin {pin}, which is not among those that were set")]
pub(crate) struct NotPinned {
    /// That of the server's key, as it is written in settings.
    pub(crate) pin: String,
}

impl From<&CertificateError> for ServerCertificateProblem {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::BadSignature => Self::BadSignature,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::Revoked => Self::Revoked,
            CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. } => Self::RevocationListExpired,
            CertificateError::UnknownRevocationStatus => Self::RevocationStatusUnknown,
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongName
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Self::WrongPurpose
            }
            CertificateError::BadEncoding => Self::Damaged,
            CertificateError::UnhandledCriticalExtension
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Self::Unsupported
            }
            CertificateError::Other(other) if other.0.is::<NotPinned>() => Self::NotPinned,
            CertificateError::Other(other) => Self::named(&other.0.to_string()),
            _ => Self::Invalid,
        }
    }
}

impl ServerCertificateProblem {
    /// Tells whether other trust anchors or revocation lists could make it a good one.
    pub(super) fn is_about_trust(self) -> bool {
        matches!(
            self,
            Self::RevocationListExpired
                | Self::RevocationListInvalid
                | Self::RevocationStatusUnknown
                | Self::Revoked
                | Self::UnknownIssuer
        )
    }

    /// What rustls hands on of webpki's errors as they are. Their type is not in its interface, only their names are.
    fn named(error: &str) -> Self {
        match error {
            "CaUsedAsEndEntity" => Self::CaAsServer,
            "EndEntityUsedAsCa" => Self::IssuerNotCa,
            "NameConstraintViolation" | "PathLenConstraintViolated" => Self::NotPermitted,
            "UnsupportedCertVersion" | "UnsupportedCriticalExtension" => Self::Unsupported,
            _ => Self::Invalid,
        }
    }

    /// The verdict in an error of the handshake, if it is one on the server's certificate.
    pub(crate) fn from_tls(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::InvalidCertificate(problem) => Some(problem.into()),
            rustls::Error::InvalidCertRevocationList(_) => Some(Self::RevocationListInvalid),
            _ => None,
        }
    }
}
