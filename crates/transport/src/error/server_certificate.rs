//! Our verdict on the server's certificate (RFC 5280, section 6, and RFC 9525 for the name).

use rustls::CertificateError;

/// Why we refused the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerCertificateProblem {
    /// A signature does not verify.
    #[error("a signature in its chain does not verify")]
    BadSignature,
    /// It has expired by our clock.
    #[error("it has expired; if it has not, our clock is wrong")]
    Expired,
    /// It cannot be used, for a reason that the source names.
    #[error("it is not usable")]
    Invalid,
    /// It is not yet valid by our clock.
    #[error("it is not valid yet; check our clock")]
    NotYetValid,
    /// It has been revoked.
    #[error("it has been revoked")]
    Revoked,
    /// Its issuer is not among our trust anchors.
    #[error(
        "its issuer is not among our trust anchors; add that authority, or check that this is the right host"
    )]
    UnknownIssuer,
    /// It is for another name.
    #[error("it is for another name; check the host in the URI")]
    WrongName,
    /// It is not for servers.
    #[error("it is not meant for a server")]
    WrongPurpose,
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
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::WrongName
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Self::WrongPurpose
            }
            _ => Self::Invalid,
        }
    }
}
