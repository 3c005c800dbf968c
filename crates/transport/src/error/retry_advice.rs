//! Whether a failed request may be sent again.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Response, StatusCode, header};
use identity::SignerProblem;
use vocabulary::RetryAfter;

use crate::connection::phase::Phase;
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::proxy_problem::ProxyProblem;
use crate::error::{Error, ErrorKind};

/// Advice on sending a request again after an error or an error response.
///
/// It says what is safe, not whether it is wise: that takes a budget, as
/// [`RetryPolicy`](crate::RetryPolicy) has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// The server asks to wait for this long; after that as
    /// [`OnlyIfIdempotent`](Self::OnlyIfIdempotent).
    After(Duration),
    /// It will fail in the same way until something is changed.
    Never,
    /// The server cannot have processed the request: it may be sent again, whatever its method.
    NotProcessed,
    /// The server may have processed the request: only an idempotent one may be sent again ([RFC
    /// 9110, section 9.2.2]).
    ///
    /// [RFC 9110, section 9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
    OnlyIfIdempotent,
    /// The server cannot have processed the request, or a server in front of it has responded
    /// without passing it on, and the same certificate will be rejected again: it may be sent with
    /// another one, whatever its method.
    WithAnotherIdentity,
}

impl RetryAdvice {
    /// Returns the advice of a response: [`After`](Self::After) for a 429 or 503 whose
    /// `Retry-After` can be read, else [`Never`](Self::Never).
    ///
    /// A time that has passed is [`Duration::ZERO`]; an excessive one is returned as it is, for the
    /// caller to judge. `now` is for values that are dates ([RFC 9110, section 10.2.3]).
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use transport::RetryAdvice;
    ///
    /// let response = http::Response::builder().status(503).header("retry-after", "120").body(())?;
    /// let advice = RetryAdvice::of_response(&response, SystemTime::now());
    /// assert_eq!(advice, RetryAdvice::After(Duration::from_secs(120)));
    /// # Ok::<(), http::Error>(())
    /// ```
    ///
    /// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    #[must_use]
    pub fn of_response<B>(response: &Response<B>, now: SystemTime) -> Self {
        Self::of_head(response.status(), response.headers(), now)
    }

    /// Checks whether the same request, sent again as it is, may succeed without anyone changing
    /// anything.
    ///
    /// Whether sending again is *safe* is what the variants say. A certificate that was rejected
    /// stays rejected, so neither [`Never`](Self::Never) nor
    /// [`WithAnotherIdentity`](Self::WithAnotherIdentity) is retryable.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::After(_) | Self::NotProcessed | Self::OnlyIfIdempotent => true,
            Self::Never | Self::WithAnotherIdentity => false,
        }
    }

    /// Returns whether a response of this status may ask for the request to be sent again.
    pub(crate) fn may_ask_again(status: StatusCode) -> bool {
        matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        )
    }

    fn of_head(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        match Self::may_ask_again(status) {
            true => RetryAfter::read(headers.get_all(header::RETRY_AFTER))
                .map_or(Self::Never, |it| Self::After(it.wait(now))),
            false => Self::Never,
        }
    }
}

impl Error {
    /// Returns the advice on sending the request again.
    #[must_use]
    pub fn retry_advice(&self) -> RetryAdvice {
        // The server's own statement outweighs kind and phase.
        if self.0.is_unprocessed {
            return RetryAdvice::NotProcessed;
        }
        match self.kind() {
            ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected)
            | ErrorKind::Closed
            | ErrorKind::IdentityRotated
            | ErrorKind::Timeout => self.phase_advice(),
            ErrorKind::ClientCertificate(_) if self.is_requested_too_late() => RetryAdvice::Never,
            ErrorKind::ClientCertificate(_)
                // The service may have read the request before the certificate was rejected.
                if self.0.is_on_used_connection || self.0.is_after_acceptance =>
            {
                RetryAdvice::OnlyIfIdempotent
            }
            ErrorKind::ClientCertificate(_) => RetryAdvice::WithAnotherIdentity,
            ErrorKind::Connect | ErrorKind::Local(_) | ErrorKind::Resolve => {
                RetryAdvice::NotProcessed
            }
            ErrorKind::Proxy(problem) => proxy_advice(problem),
            // A device may come back by itself; whatever else it says stays as it is.
            ErrorKind::Signer(SignerProblem::DeviceGone | SignerProblem::TimedOut) => {
                RetryAdvice::NotProcessed
            }
            ErrorKind::BodyTooLarge
            | ErrorKind::Http
            | ErrorKind::Http11Required
            | ErrorKind::NotHttps
            | ErrorKind::InvalidPort
            | ErrorKind::Renegotiation
            | ErrorKind::ServerCertificate(_)
            | ErrorKind::Signer(_)
            | ErrorKind::InvalidServerName
            | ErrorKind::Tls
            | ErrorKind::UnreadableHead(_) => RetryAdvice::Never,
        }
    }

    /// Returns the error of a connection that ended, for a request of which nothing was sent on it.
    /// A rejected certificate stays a reason for another one.
    pub(crate) fn unsent(self) -> Self {
        match self.retry_advice() {
            RetryAdvice::OnlyIfIdempotent => self.before_request().unprocessed(),
            _ => self,
        }
    }

    /// Returns the advice by phase: no part of a request is sent before the handshake is done.
    fn phase_advice(&self) -> RetryAdvice {
        match self.phase() {
            Phase::Queue | Phase::Resolve | Phase::Connect | Phase::Proxy | Phase::Tls => {
                RetryAdvice::NotProcessed
            }
            Phase::Request | Phase::Body => RetryAdvice::OnlyIfIdempotent,
        }
    }
}

/// Returns the advice on a proxy's problem: a temporary failure may pass, a decision of the proxy's
/// does not.
fn proxy_advice(problem: ProxyProblem) -> RetryAdvice {
    match problem {
        ProxyProblem::Closed
        | ProxyProblem::Resolve
        | ProxyProblem::Unreachable
        | ProxyProblem::Refused {
            // Temporary by definition (RFC 9110, section 15, and RFC 6585, section 4).
            status: 408 | 429 | 500 | 502..=504,
        } => RetryAdvice::NotProcessed,
        _ => RetryAdvice::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::head_problem::HeadProblem;
    use crate::error::server_certificate::ServerCertificateProblem;

    const PHASES: [Phase; 6] = [
        Phase::Resolve,
        Phase::Connect,
        Phase::Proxy,
        Phase::Tls,
        Phase::Request,
        Phase::Body,
    ];

    /// Returns every kind that lasts, whatever the phase.
    fn lasting() -> Vec<ErrorKind> {
        let rejected = [
            ClientCertificateProblem::AccessDenied,
            ClientCertificateProblem::Bad,
            ClientCertificateProblem::BadStatusResponse,
            ClientCertificateProblem::Expired,
            ClientCertificateProblem::Required,
            ClientCertificateProblem::Revoked,
            ClientCertificateProblem::SignatureRejected,
            ClientCertificateProblem::Unknown,
            ClientCertificateProblem::UnknownCa,
            ClientCertificateProblem::Unsupported,
        ];
        let untrusted = [
            ServerCertificateProblem::BadSignature,
            ServerCertificateProblem::Expired,
            ServerCertificateProblem::Invalid,
            ServerCertificateProblem::NotPinned,
            ServerCertificateProblem::NotYetValid,
            ServerCertificateProblem::RevocationListExpired,
            ServerCertificateProblem::RevocationListInvalid,
            ServerCertificateProblem::RevocationStatusUnknown,
            ServerCertificateProblem::Revoked,
            ServerCertificateProblem::UnknownIssuer,
            ServerCertificateProblem::WrongName,
            ServerCertificateProblem::WrongPurpose,
        ];
        let unreadable = [
            HeadProblem::ForbiddenByte,
            HeadProblem::Framing,
            HeadProblem::NoField,
            HeadProblem::TooLong,
            HeadProblem::TooManyFields,
        ];
        let proxies = [
            ProxyProblem::Certificate(ServerCertificateProblem::UnknownIssuer),
            ProxyProblem::ClientCertificate,
            ProxyProblem::CredentialsRefused,
            ProxyProblem::CredentialsRequired,
            ProxyProblem::NotHttp,
            ProxyProblem::Refused { status: 403 },
            ProxyProblem::ReplyTooLarge,
            ProxyProblem::Tls,
            ProxyProblem::UnsupportedScheme,
        ];
        let others = [
            ErrorKind::BodyTooLarge,
            ErrorKind::Http,
            ErrorKind::Http11Required,
            ErrorKind::NotHttps,
            ErrorKind::InvalidPort,
            ErrorKind::Renegotiation,
            ErrorKind::InvalidServerName,
            ErrorKind::Tls,
        ];
        let signers = [
            SignerProblem::KeyNotFound,
            SignerProblem::NotAllowed,
            SignerProblem::Other,
            SignerProblem::PinLocked,
            SignerProblem::PinWrong,
            SignerProblem::Refused,
        ];
        let kinds = rejected.map(ErrorKind::ClientCertificate).into_iter();
        let kinds = kinds.chain(untrusted.map(ErrorKind::ServerCertificate));
        kinds
            .chain(unreadable.map(ErrorKind::UnreadableHead))
            .chain(proxies.map(ErrorKind::Proxy))
            .chain(signers.map(ErrorKind::Signer))
            .chain(others)
            .collect()
    }

    #[test]
    fn each_kind_either_lasts_or_may_pass() {
        let passing = [
            ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected),
            ErrorKind::Closed,
            ErrorKind::Connect,
            ErrorKind::Proxy(ProxyProblem::Closed),
            ErrorKind::Proxy(ProxyProblem::Refused { status: 503 }),
            ErrorKind::Proxy(ProxyProblem::Resolve),
            ErrorKind::Proxy(ProxyProblem::Unreachable),
            ErrorKind::Resolve,
            ErrorKind::Signer(SignerProblem::DeviceGone),
            ErrorKind::Signer(SignerProblem::TimedOut),
            ErrorKind::IdentityRotated,
            ErrorKind::Timeout,
        ];
        for phase in PHASES {
            for kind in lasting() {
                let advice = Error::new(kind, phase).retry_advice();
                assert!(!advice.is_retryable(), "{kind:?} {phase:?} {advice:?}");
            }
            for kind in passing {
                let advice = Error::new(kind, phase).retry_advice();
                assert!(advice.is_retryable(), "{kind:?} {phase:?} {advice:?}");
            }
        }
    }

    #[test]
    fn late_rejection_of_an_accepted_certificate_is_retryable() {
        let kind = ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked);
        let error = || Error::new(kind, Phase::Request);
        for later in [error().after_acceptance(), error().on_used_connection()] {
            assert!(later.retry_advice().is_retryable());
        }
        assert!(!error().retry_advice().is_retryable());
        // What the server has not processed may be sent again, whatever it says besides.
        assert!(error().unprocessed().retry_advice().is_retryable());
    }

    #[test]
    fn unsent_request_was_not_processed_whatever_ended_its_connection() {
        let rejected = ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked);
        let suspected = ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected);
        for kind in [suspected, ErrorKind::Closed, ErrorKind::IdentityRotated] {
            let error = Error::new(kind, Phase::Request);
            assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent);
            let error = error.unsent();
            assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
            assert_eq!((error.kind(), error.phase()), (kind, Phase::Tls));
        }
        // The same certificate would be rejected again, and another address be as wrong.
        let error = Error::new(rejected, Phase::Tls).unsent();
        assert_eq!(error.retry_advice(), RetryAdvice::WithAnotherIdentity);
        let error = Error::new(ErrorKind::InvalidServerName, Phase::Resolve).unsent();
        assert_eq!(error.retry_advice(), RetryAdvice::Never);
    }

    #[test]
    fn response_is_retryable_only_with_retry_after() {
        let response = |status, wait: Option<&str>| {
            let response = Response::builder().status(status);
            let response = wait.into_iter().fold(response, |response, wait| {
                response.header("retry-after", wait)
            });
            RetryAdvice::of_response(&response.body(()).unwrap(), SystemTime::UNIX_EPOCH)
        };
        assert!(response(503, Some("1")).is_retryable());
        assert!(!response(503, None).is_retryable());
        assert!(!response(200, Some("1")).is_retryable());
    }
}
