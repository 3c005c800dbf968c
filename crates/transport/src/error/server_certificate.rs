//! Our verdict on the server's certificate (RFC 5280, section 6, and RFC 9525 for the name).

use rustls::CertificateError;

/// The reason for which we refused the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerCertificateProblem {
    /// A signature does not verify.
    #[error("a signature in its chain does not verify")]
    BadSignature,
    /// It is a CA's own certificate (`CA:TRUE` in its basic constraints), commonly a self-signed
    /// one as `openssl req -x509` makes them. A trust anchor of that kind cannot be the server's
    /// certificate as well.
    #[error(
        "it is a CA's own certificate; have the CA issue one for the server, or make one that says CA:FALSE"
    )]
    CaAsServer,
    /// It or an issuer's certificate cannot be decoded.
    #[error("it or its chain is damaged; have the server's operator install it again")]
    Damaged,
    /// It has expired by our clock.
    #[error("it has expired; if it has not, our clock is wrong")]
    Expired,
    /// An issuer's certificate in the chain is not that of a CA.
    #[error(
        "a certificate in its chain signs others and is not that of a CA; have the server's chain issued anew"
    )]
    IssuerNotCa,
    /// It cannot be used, for the reason that the source names.
    #[error("it is not usable")]
    Invalid,
    /// A CA in the chain may not issue it: name constraints or path length.
    #[error(
        "its CA may not issue it, by its name constraints or the length of the path; have another CA issue it"
    )]
    NotPermitted,
    /// It is valid, but its key matches no pin; the source names the pin of its key.
    ///
    /// See [`TrustAnchors::pin_spki`](crate::TrustAnchors::pin_spki).
    #[error(
        "its key is none of the pinned ones; if the server's owner has changed keys, pin the new one"
    )]
    NotPinned,
    /// It is not yet valid by our clock.
    #[error("it is not valid yet; check our clock")]
    NotYetValid,
    /// A certificate revocation list that covers it is out of date by our clock.
    #[error("a revocation list that covers it is out of date; get the newest from its CA")]
    RevocationListExpired,
    /// A certificate revocation list that covers it does not verify or cannot be used; the source
    /// says which.
    #[error("a revocation list that covers it does not verify; get it again from its CA")]
    RevocationListInvalid,
    /// No certificate revocation list covers it, or a CA between it and the trust anchor.
    #[error("no revocation list was given for its issuer, or for a CA above it; give those too")]
    RevocationStatusUnknown,
    /// It has been revoked.
    #[error("it has been revoked")]
    Revoked,
    /// Its issuer is not among our trust anchors.
    #[error(
        "its issuer is not among our trust anchors; add that CA, or check that this is the right host"
    )]
    UnknownIssuer,
    /// It or its chain uses an unsupported feature: an algorithm, a version other than 3, a
    /// critical extension.
    #[error(
        "it or its chain uses what is not supported here (the source says what), such as SHA-1 or version 1; have it issued anew"
    )]
    Unsupported,
    /// It is for another name.
    #[error("it is for another name; check the host in the URI")]
    WrongName,
    /// It is not for servers.
    #[error("it is not meant for a server")]
    WrongPurpose,
}

/// The verifier's error for a server whose key matches no pin.
#[derive(Debug, thiserror::Error)]
#[error("the server's key has the pin {pin}, which is not among those that were set")]
pub(crate) struct PinMismatch {
    /// The pin of the server's key, as it is written in settings.
    pub(crate) pin: String,
}

impl ServerCertificateProblem {
    /// Maps an error of the verifier. Not a `From`, which would show the type of rustls.
    fn of(error: &CertificateError) -> Self {
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
            CertificateError::Other(other) if other.0.is::<PinMismatch>() => Self::NotPinned,
            // webpki's errors without a variant of rustls's arrive as text.
            CertificateError::Other(other) => Self::named(&other.0.to_string()),
            _ => Self::Invalid,
        }
    }

    /// Checks whether other trust anchors or revocation lists could make the certificate
    /// acceptable.
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

    /// Maps an error of webpki's that rustls passes on as it is. The type is not public, only its
    /// text.
    fn named(error: &str) -> Self {
        match error {
            "CaUsedAsEndEntity" => Self::CaAsServer,
            "EndEntityUsedAsCa" => Self::IssuerNotCa,
            "NameConstraintViolation" | "PathLenConstraintViolated" => Self::NotPermitted,
            "UnsupportedCertVersion" | "UnsupportedCriticalExtension" => Self::Unsupported,
            _ => Self::Invalid,
        }
    }

    /// Returns the verdict in an error of the handshake, if it is about the server's certificate.
    pub(crate) fn from_tls(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::InvalidCertificate(problem) => Some(Self::of(problem)),
            rustls::Error::InvalidCertRevocationList(_) => Some(Self::RevocationListInvalid),
            _ => None,
        }
    }
}
