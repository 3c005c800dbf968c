//! What has to come of a request: not "an error", but this one, in this phase, with this advice.

use transport::{ClientCertificateProblem, Error, ErrorKind, Phase, RetryAdvice};

use super::{certificates::Certificates, client_outcome::ClientOutcome, scenario::Scenario};

/// What our client has to report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// Success; the server names the certificate that we have sent, and no other.
    Seen,
    /// Success; the server has seen no certificate.
    SeenNone,
    /// An alert that says this of our certificate.
    Alert(ClientCertificateProblem),
    /// An answer that says this of our certificate, with its status.
    Answer(u16, ClientCertificateProblem),
    /// An answer that says, with this status, that it wants a certificate too late.
    TooLate(u16),
    /// Less than that: this kind of error, in this phase.
    Less(ErrorKind, Phase),
}

impl Expected {
    /// Is this what came of the question?
    pub(crate) fn is_met(
        self,
        outcome: &ClientOutcome,
        scenario: &Scenario<'_>,
        certificates: &Certificates,
    ) -> bool {
        match (self, outcome) {
            (Self::Seen | Self::SeenNone, ClientOutcome::Answer(answer)) => {
                let sent = certificates.identity(scenario.client);
                let serial = sent.map_or("", |identity| identity.leaf().serial());
                let sha256 = sent.map(|identity| identity.leaf().sha256().to_string());
                answer.is_success()
                    && scenario.http.is(answer.version())
                    && answer.tls() == scenario.tls.name()
                    && answer.names(serial)
                    && answer.sha256().is_none_or(|it| Some(it) == sha256)
                    && matches!(self, Self::SeenNone) == sent.is_none()
            }
            (Self::Alert(problem), ClientOutcome::Failed(error)) => {
                error.kind() == ErrorKind::ClientCertificate(problem)
                    && error.phase() == Phase::Tls
                    && error.http_refusal().is_none()
                    && error.retry_advice() == RetryAdvice::WithAnotherIdentity
            }
            (Self::Answer(status, problem), ClientOutcome::Failed(error)) => {
                answers(error, status, problem)
                    && error.retry_advice() == RetryAdvice::WithAnotherIdentity
            }
            (Self::TooLate(status), ClientOutcome::Failed(error)) => {
                answers(error, status, ClientCertificateProblem::Required)
                    && error.retry_advice() == RetryAdvice::Never
            }
            (Self::Less(kind, phase), ClientOutcome::Failed(error)) => {
                (error.kind(), error.phase()) == (kind, phase) && error.http_refusal().is_none()
            }
            _ => false,
        }
    }
}

/// Does the error tell of an answer with this status that says this of our certificate?
fn answers(error: &Error, status: u16, problem: ClientCertificateProblem) -> bool {
    let refusal = error.http_refusal();
    error.kind() == ErrorKind::ClientCertificate(problem)
        && error.phase() == Phase::Request
        && refusal.is_some_and(|it| it.status().as_u16() == status)
}
