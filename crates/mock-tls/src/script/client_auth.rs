//! Whether a connection asks for a client certificate, and how it refuses one
//! ([RFC 8446, section 6.2]).
//!
//! [RFC 8446, section 6.2]: https://www.rfc-editor.org/rfc/rfc8446#section-6.2

use rustls::{AlertDescription, CertificateError, Error, OtherError};
use serde::{Deserialize, Serialize};

/// The treatment of a connection's client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClientAuth {
    /// A certificate is required and judged, as ever.
    #[default]
    Judged,
    /// No certificate is asked for.
    NotAsked,
    /// Every certificate is refused, however good.
    ///
    /// To a client with TLS 1.3 the handshake is complete by then; with TLS 1.2 it is not. A client
    /// that presents no certificate is refused with `certificate_required`, as ever. No session is
    /// resumed, so that there is a certificate to refuse.
    Refused {
        /// The alert.
        alert: Alert,
        /// The end of the connection.
        ending: Ending,
    },
    /// A certificate is asked for, and any will do, or none. What a server does that judges later,
    /// by an HTTP response; see
    /// [`Reply::nginx_no_certificate`](crate::Reply::nginx_no_certificate).
    Unjudged,
}

/// The alerts that have to do with a client certificate, under their names in RFC 8446.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Alert {
    /// `access_denied` (49).
    AccessDenied,
    /// `bad_certificate` (42).
    BadCertificate,
    /// `bad_certificate_status_response` (113).
    BadCertificateStatusResponse,
    /// `certificate_expired` (45).
    CertificateExpired,
    /// `certificate_required` (116), though a certificate was presented.
    CertificateRequired,
    /// `certificate_revoked` (44).
    CertificateRevoked,
    /// `certificate_unknown` (46).
    CertificateUnknown,
    /// `decrypt_error` (51).
    DecryptError,
    /// `handshake_failure` (40).
    HandshakeFailure,
    /// `unknown_ca` (48).
    UnknownCa,
    /// `unsupported_certificate` (43).
    UnsupportedCertificate,
}

/// The end of a connection after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// The alert, then an orderly end: the mock reads what still comes until the client closes.
    #[default]
    AlertThenFin,
    /// The alert, then a reset.
    AlertThenReset,
    /// The alert, then nothing, until the client closes.
    AlertThenSilence,
    /// A reset, and no alert.
    Reset,
    /// Nothing at all, until the client closes.
    Silence,
}

impl Alert {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::AccessDenied,
        Self::BadCertificate,
        Self::BadCertificateStatusResponse,
        Self::CertificateExpired,
        Self::CertificateRequired,
        Self::CertificateRevoked,
        Self::CertificateUnknown,
        Self::DecryptError,
        Self::HandshakeFailure,
        Self::UnknownCa,
        Self::UnsupportedCertificate,
    ];

    /// Returns the error for which rustls sends this alert when the verifier returns it.
    ///
    /// It has none for `certificate_required`, since a verifier is not called without a
    /// certificate; see [`crate::fault::replaced_alert`].
    pub(crate) fn error(self) -> Error {
        match self {
            Self::AccessDenied => CertificateError::ApplicationVerificationFailure.into(),
            Self::BadCertificate => CertificateError::BadEncoding.into(),
            Self::BadCertificateStatusResponse => CertificateError::InvalidOcspResponse.into(),
            Self::CertificateExpired => CertificateError::Expired.into(),
            Self::CertificateRevoked => CertificateError::Revoked.into(),
            Self::CertificateUnknown => CertificateError::Other(scripted()).into(),
            Self::DecryptError => CertificateError::BadSignature.into(),
            Self::CertificateRequired | Self::HandshakeFailure => Error::Other(scripted()),
            Self::UnknownCa => CertificateError::UnknownIssuer.into(),
            Self::UnsupportedCertificate => CertificateError::InvalidPurpose.into(),
        }
    }

    /// Returns the alert as rustls names it.
    pub(crate) fn description(self) -> AlertDescription {
        match self {
            Self::AccessDenied => AlertDescription::AccessDenied,
            Self::BadCertificate => AlertDescription::BadCertificate,
            Self::BadCertificateStatusResponse => AlertDescription::BadCertificateStatusResponse,
            Self::CertificateExpired => AlertDescription::CertificateExpired,
            Self::CertificateRequired => AlertDescription::CertificateRequired,
            Self::CertificateRevoked => AlertDescription::CertificateRevoked,
            Self::CertificateUnknown => AlertDescription::CertificateUnknown,
            Self::DecryptError => AlertDescription::DecryptError,
            Self::HandshakeFailure => AlertDescription::HandshakeFailure,
            Self::UnknownCa => AlertDescription::UnknownCA,
            Self::UnsupportedCertificate => AlertDescription::UnsupportedCertificate,
        }
    }
}

impl Ending {
    /// Returns whether the alert goes out.
    pub(crate) fn sends_alert(self) -> bool {
        !matches!(self, Self::Reset | Self::Silence)
    }
}

fn scripted() -> OtherError {
    OtherError(std::sync::Arc::new(Scripted))
}

#[derive(Debug, thiserror::Error)]
#[error("a script refuses every client certificate")]
struct Scripted;
