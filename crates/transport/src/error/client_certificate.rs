//! The server's verdict on our certificate: the alerts of RFC 8446, section 6.2, and RFC 5246,
//! section 7.2.2.

use rustls::AlertDescription;

use crate::connection::client_auth::ClientAuth;

/// The reason for which the server rejected our certificate, according to its alert.
///
/// The server decides which alert it sends, and some send a vague one; [`ClientAuth`] beside it
/// says what was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientCertificateProblem {
    /// `access_denied`: the certificate is valid, but not for this service.
    #[error("it is valid, but not allowed to use this service; check which account it belongs to")]
    AccessDenied,
    /// `bad_certificate`: damaged, or its signatures do not verify.
    #[error("it is damaged or wrongly signed; install the file again as it was issued")]
    Bad,
    /// `bad_certificate_status_response`: the OCSP status sent with the certificate; none is sent
    /// here.
    #[error(
        "the server does not accept its revocation status (OCSP), of which none is sent; ask its operator for the log"
    )]
    BadStatusResponse,
    /// `certificate_expired`: expired, or not yet valid by the server's clock.
    #[error("it has expired or is not yet valid; renew it, or check both clocks")]
    Expired,
    /// `certificate_required`, or a plain `handshake_failure` where none was sent.
    #[error("the server requires one and none was sent; give the connector an identity")]
    Required,
    /// `certificate_revoked`.
    #[error("it has been revoked; have a new one issued")]
    Revoked,
    /// `decrypt_error`: the signature that proves possession of the key did not verify.
    #[error("the key does not fit it; install key and certificate as a pair")]
    SignatureRejected,
    /// No alert: the server requested a certificate, and the connection was closed before the
    /// server had shown that it accepts ours. The certificate may be the cause, or anything else.
    #[error(
        "it closed the connection without an alert; ask the operators of server and firewall for their logs"
    )]
    Suspected,
    /// `certificate_unknown`, or `handshake_failure` after it was sent: some other reason.
    #[error("the server gives no reason; ask its operator for the log")]
    Unknown,
    /// `unknown_ca`: issued by a CA that the server does not trust.
    #[error(
        "its issuer is not one that the server accepts; use one that the server's operator issued, for this host"
    )]
    UnknownCa,
    /// `unsupported_certificate`: of a type, or for a purpose, that the server does not accept.
    #[error(
        "it is of the wrong type or not for client authentication; have one issued for clients"
    )]
    Unsupported,
}

impl ClientCertificateProblem {
    /// Returns the beginning of the sentence that the reason ends.
    pub(super) fn verdict(self) -> &'static str {
        match self {
            Self::Suspected => "the server may have rejected our client certificate",
            _ => "the server rejected our client certificate",
        }
    }
    /// Returns the verdict of an alert on our certificate; none if the alert is not about it.
    pub(crate) fn from_alert(alert: AlertDescription, client_auth: ClientAuth) -> Option<Self> {
        if client_auth == ClientAuth::NotRequested {
            return None;
        }
        let none_sent = client_auth.is_none_sent();
        match alert {
            AlertDescription::AccessDenied => Some(Self::AccessDenied),
            AlertDescription::BadCertificate if none_sent => Some(Self::Required),
            AlertDescription::BadCertificate => Some(Self::Bad),
            AlertDescription::BadCertificateStatusResponse => Some(Self::BadStatusResponse),
            AlertDescription::CertificateExpired => Some(Self::Expired),
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                Some(Self::Required)
            }
            // TLS 1.2 has no alert of its own for a missing certificate (RFC 5246, section 7.4.6).
            AlertDescription::HandshakeFailure if none_sent => Some(Self::Required),
            // The server requests a certificate only after version and suite are agreed on, so what
            // remains is the certificate or its signature.
            AlertDescription::HandshakeFailure if client_auth == ClientAuth::Presented => {
                Some(Self::Unknown)
            }
            AlertDescription::CertificateRevoked => Some(Self::Revoked),
            AlertDescription::DecryptError => Some(Self::SignatureRejected),
            AlertDescription::CertificateUnknown => Some(Self::Unknown),
            AlertDescription::UnknownCA => Some(Self::UnknownCa),
            AlertDescription::UnsupportedCertificate => Some(Self::Unsupported),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_certificate_alert_has_its_own_problem() {
        let causes = [
            (
                AlertDescription::AccessDenied,
                ClientCertificateProblem::AccessDenied,
            ),
            (
                AlertDescription::BadCertificate,
                ClientCertificateProblem::Bad,
            ),
            (
                AlertDescription::BadCertificateStatusResponse,
                ClientCertificateProblem::BadStatusResponse,
            ),
            (
                AlertDescription::CertificateExpired,
                ClientCertificateProblem::Expired,
            ),
            (
                AlertDescription::CertificateRequired,
                ClientCertificateProblem::Required,
            ),
            (
                AlertDescription::CertificateRevoked,
                ClientCertificateProblem::Revoked,
            ),
            (
                AlertDescription::CertificateUnknown,
                ClientCertificateProblem::Unknown,
            ),
            (
                AlertDescription::DecryptError,
                ClientCertificateProblem::SignatureRejected,
            ),
            (
                AlertDescription::UnknownCA,
                ClientCertificateProblem::UnknownCa,
            ),
            (
                AlertDescription::UnsupportedCertificate,
                ClientCertificateProblem::Unsupported,
            ),
        ];
        for (alert, cause) in causes {
            let presented = ClientCertificateProblem::from_alert(alert, ClientAuth::Presented);
            assert_eq!(presented, Some(cause));
        }
    }

    #[test]
    fn handshake_failure_is_a_verdict_only_after_certificate_request() {
        let failure = AlertDescription::HandshakeFailure;
        let of = |client_auth| ClientCertificateProblem::from_alert(failure, client_auth);
        assert_eq!(
            of(ClientAuth::NoneAvailable),
            Some(ClientCertificateProblem::Required)
        );
        assert_eq!(
            of(ClientAuth::Presented),
            Some(ClientCertificateProblem::Unknown)
        );
        assert_eq!(of(ClientAuth::NotRequested), None);
        assert_eq!(of(ClientAuth::CarriedByTicket), None);
    }

    #[test]
    fn alert_without_certificate_request_is_no_verdict() {
        let alert = AlertDescription::UnknownCA;
        assert_eq!(
            ClientCertificateProblem::from_alert(alert, ClientAuth::NotRequested),
            None
        );
    }
}
