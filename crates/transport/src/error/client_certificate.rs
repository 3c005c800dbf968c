//! The server's verdict on our certificate: the alerts of RFC 8446, section 6.2, and RFC 5246, section 7.2.2.

use rustls::AlertDescription;

use crate::connection::client_auth::ClientAuth;

/// Why the server refused us, as its alert says.
///
/// The server decides which alert it sends, and some send a vague one; [`ClientAuth`] beside it tells what we did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientCertificateProblem {
    /// `access_denied`: the certificate is good, but not for this service.
    #[error("it is valid, but not allowed to use this service; check which account it belongs to")]
    AccessDenied,
    /// `bad_certificate`: damaged, or its signatures do not verify.
    #[error("it is damaged or wrongly signed; install the file again as it was issued")]
    Bad,
    /// `bad_certificate_status_response`: what was sent along of its revocation status; nothing is, from here.
    #[error(
        "it does not accept its revocation status (OCSP), of which none is sent; its operator's log has the reason"
    )]
    BadStatusResponse,
    /// `certificate_expired`: expired, or not yet valid by the server's clock.
    #[error("it has expired or is not yet valid; renew it, or check both clocks")]
    Expired,
    /// `certificate_required`, or a plain `handshake_failure` where none could be sent.
    #[error("it wants one and none was sent; give the connector an identity")]
    Required,
    /// `certificate_revoked`.
    #[error("it has been revoked; have a new one issued")]
    Revoked,
    /// `decrypt_error`: the proof that we hold the key did not verify.
    #[error("the key does not fit it; install key and certificate as a pair")]
    SignatureRejected,
    /// No alert at all: the server asked for a certificate, and before it had shown that it takes ours, the connection
    /// was ended. It may be the certificate, and it may be anything else.
    #[error(
        "or so it seems: it ended the connection without a word while it had to judge; its operator's log may tell, and so may a firewall's"
    )]
    Suspected,
    /// `certificate_unknown`, or `handshake_failure` after it was sent: some other reason.
    #[error("the server gives no reason; its operator's log has it")]
    Unknown,
    /// `unknown_ca`: issued by an authority that the server does not know.
    #[error(
        "its issuer is not one that the server accepts; use one that the server's operator issued, for this host"
    )]
    UnknownCa,
    /// `unsupported_certificate`: of a type, or for a purpose, that the server does not take.
    #[error(
        "it is of the wrong type or not for client authentication; have one issued for clients"
    )]
    Unsupported,
}

impl ClientCertificateProblem {
    /// What an alert says about our certificate, if it is about that at all.
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
            // We are asked once version and suite are agreed on, so that leaves what we answered.
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
    fn every_certificate_alert_has_a_cause_of_its_own() {
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
    fn handshake_failure_is_about_the_certificate_only_if_the_server_had_asked() {
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
    fn a_server_that_did_not_ask_has_not_refused_our_certificate() {
        let alert = AlertDescription::UnknownCA;
        assert_eq!(
            ClientCertificateProblem::from_alert(alert, ClientAuth::NotRequested),
            None
        );
    }
}
