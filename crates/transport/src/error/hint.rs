//! The clause at the end of an error's text: what the connection adds to the kind.

use std::error::Error as _;

use rustls::AlertDescription;

use crate::connection::client_auth::ClientAuth;
use crate::connection::generation::Generation;
use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::connection::server_proof::AlertOrigin;
use crate::error::causes::causes;
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::{Error, ErrorKind};

impl Error {
    /// Returns the clause, if there is something to add.
    pub(super) fn hint(&self) -> Option<String> {
        if let Some(refusal) = self.http_refusal() {
            return Some(format!("reported in {refusal}"));
        }
        if let Some(field) = self.header_field() {
            return Some(format!("the header field is {field:?}"));
        }
        let connection = self.connection()?;
        let specific = match (self.kind(), connection.client_auth()) {
            (ErrorKind::Closed | ErrorKind::Http | ErrorKind::Tls, ClientAuth::NotRequested)
                if self.is_before_response(connection) =>
            {
                Some(not_requested(connection).to_owned())
            }
            (
                ErrorKind::ClientCertificate(ClientCertificateProblem::Required),
                ClientAuth::NoCompatibleScheme,
            ) => Some(
               "there is one, but its key fits none of the signature schemes that the server offers"
                    .into(),
            ),
            (
                ErrorKind::ClientCertificate(ClientCertificateProblem::Required),
                ClientAuth::Withheld,
            ) => Some("there is one, but it is not for this host; see identity_hosts".into()),
            // The first generation needs no mention: the client has never had other trust anchors.
            (ErrorKind::ServerCertificate(problem), _)
                if problem.is_about_trust() && connection.generation() > Generation::FIRST =>
            {
                Some(format!(
                   "it was verified by the trust anchors of generation {}",
                    connection.generation()
                ))
            }
            (ErrorKind::Http, _) if self.is_ended_by_http2() => Some(
               "what the server sent violates HTTP/2, or its head is longer than twice max_response_head; HTTP/1.1 \
                 alone (Alpn::Http11) is parsed more leniently"
                    .into(),
            ),
            _ => None,
        };
        let alert = match self.tls() {
            Some(rustls::Error::AlertReceived(alert)) => self.alert_hint(*alert),
            _ => None,
        };
        specific.or(alert)
    }

    /// Checks whether the h2 crate ended a connection or a stream over something that it received.
    fn is_ended_by_http2(&self) -> bool {
        let mut causes = self.source().into_iter().flat_map(causes);
        causes.any(|cause| {
            let error = cause.downcast_ref::<h2::Error>();
            error.is_some_and(|error| error.is_library() && !error.is_io())
        })
    }

    /// Returns the weight of an alert that ended the handshake.
    fn alert_hint(&self, alert: AlertDescription) -> Option<String> {
        // A plain handshake_failure is commonly about versions and suites.
        let is_verdict = || {
            alert != AlertDescription::HandshakeFailure
                && ClientCertificateProblem::from_alert(alert, ClientAuth::Presented).is_some()
        };
        match (self.kind(), self.0.alert_origin) {
            (ErrorKind::ClientCertificate(_), AlertOrigin::Unprotected) => Some(
                "under TLS 1.2 this alert is not protected, so anyone on the path may have sent it"
                    .into(),
            ),
            (ErrorKind::Tls, AlertOrigin::Unproven) if is_verdict() => Some(format!(
                "the alert {alert:?} came before the server had proven who it is, so anyone on the path may have sent \
                 it; our certificate had not been sent, and the alert says nothing about it"
            )),
            (ErrorKind::Tls, AlertOrigin::Unproven) => Some(format!(
                "the server replied to our ClientHello with the alert {alert:?}"
            )),
            _ => None,
        }
    }

    /// Checks whether the handshake is done and no response has come.
    fn is_before_response(&self, connection: &ConnectionInfo) -> bool {
        connection.tls().is_some()
            && matches!(self.phase(), Phase::Tls | Phase::Request)
            && !self.0.is_on_used_connection
    }
}

/// Returns the clause for a server that requested no certificate in the handshake. A late request
/// is a renegotiation (RFC 5246, section 7.4.1.1), which TLS 1.3 does not have.
fn not_requested(connection: &ConnectionInfo) -> &'static str {
    match connection.tls().map(|tls| tls.version) {
        Some("TLSv1.2") => {
            "it requested no certificate in the handshake and may have wanted one by renegotiation, which is not \
             supported here: have its operator request it in the handshake (IIS: Negotiate Client Certificate; Apache: \
             SSLVerifyClient for the whole host)"
        }
        _ => "it never requested our certificate: check that this is the host for mutual TLS",
    }
}
