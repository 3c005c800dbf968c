//! The expected outcome of a request: not just an error, but its kind, its phase and its advice.

use identity::Identity;
use transport::{ClientCertificateProblem, Error, ErrorKind, Phase, RetryAdvice};

use crate::servers::{
    certificates::ClientCertificate,
    client_outcome::ClientOutcome,
    version::{Http, Tls},
};

/// The outcome that our client has to report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// Success; the server names the certificate that we have sent, and no other.
    Accepted,
    /// Success; the server has received no certificate.
    AcceptedWithout,
    /// An alert with this problem of our certificate.
    Alert(ClientCertificateProblem),
    /// A response with this status and this problem of our certificate.
    Response(u16, ClientCertificateProblem),
    /// A response with this status to a server that asks for a certificate too late.
    TooLate(u16),
    /// A connection that is closed without an alert where the server verifies our certificate.
    Closed,
    /// An error of this kind in this phase, without a response.
    Error(ErrorKind, Phase),
}

impl Expected {
    /// Returns the outcome at a server that rejects by alerts; `none` is the problem without a
    /// certificate.
    pub(crate) fn by_alert(client: ClientCertificate, none: ClientCertificateProblem) -> Self {
        match client {
            ClientCertificate::Good | ClientCertificate::Second => Self::Accepted,
            ClientCertificate::None => Self::Alert(none),
            ClientCertificate::UnknownCa => Self::Alert(ClientCertificateProblem::UnknownCa),
            ClientCertificate::Expired => Self::Alert(ClientCertificateProblem::Expired),
            ClientCertificate::Revoked => Self::Alert(ClientCertificateProblem::Revoked),
        }
    }

    /// Tells whether this is the outcome of a request with the identity `sent`.
    pub(crate) fn is_met(
        self,
        outcome: &ClientOutcome,
        tls: Tls,
        http: Http,
        sent: Option<&Identity>,
    ) -> bool {
        match (self, outcome) {
            (Self::Accepted | Self::AcceptedWithout, ClientOutcome::Response(response)) => {
                let serial = sent.map_or("", |identity| identity.leaf().serial());
                let sha256 = sent.map(|identity| identity.leaf().sha256().to_string());
                response.is_success()
                    && http.is(response.version())
                    && response.tls() == tls.name()
                    && response.names(serial)
                    && response.sha256().is_none_or(|it| Some(it) == sha256)
                    && matches!(self, Self::AcceptedWithout) == sent.is_none()
            }
            (Self::Alert(problem), ClientOutcome::Failed(error)) => {
                error.kind() == ErrorKind::ClientCertificate(problem)
                    && error.phase() == Phase::Tls
                    && error.http_refusal().is_none()
                    && error.retry_advice() == RetryAdvice::WithAnotherIdentity
            }
            (Self::Response(status, problem), ClientOutcome::Failed(error)) => {
                is_rejection(error, status, problem)
                    && error.retry_advice() == RetryAdvice::WithAnotherIdentity
            }
            (Self::TooLate(status), ClientOutcome::Failed(error)) => {
                is_rejection(error, status, ClientCertificateProblem::Required)
                    && error.retry_advice() == RetryAdvice::Never
            }
            (Self::Closed, ClientOutcome::Failed(error)) => {
                let problem = ClientCertificateProblem::Suspected;
                error.kind() == ErrorKind::ClientCertificate(problem)
                    && error.http_refusal().is_none()
                    && is_phase_of_close(error, tls)
            }
            (Self::Error(kind, phase), ClientOutcome::Failed(error)) => {
                (error.kind(), error.phase()) == (kind, phase) && error.http_refusal().is_none()
            }
            _ => false,
        }
    }
}

/// Tells whether a server that closes the connection after it has verified our certificate is seen
/// in this phase.
///
/// Under TLS 1.3 our handshake is complete before that, so the request is sent or about to be: an
/// HTTP/2 connection that ends first hands it back, and it counts as not processed.
fn is_phase_of_close(error: &Error, tls: Tls) -> bool {
    match (tls, error.phase()) {
        (Tls::V12 | Tls::V13, Phase::Tls) => error.retry_advice() == RetryAdvice::NotProcessed,
        (Tls::V13, Phase::Request) => error.retry_advice() == RetryAdvice::OnlyIfIdempotent,
        _ => false,
    }
}

/// Tells whether the error is of a response with this status and this problem of our certificate.
fn is_rejection(error: &Error, status: u16, problem: ClientCertificateProblem) -> bool {
    let refusal = error.http_refusal();
    error.kind() == ErrorKind::ClientCertificate(problem)
        && error.phase() == Phase::Request
        && refusal.is_some_and(|it| it.status().as_u16() == status)
}
