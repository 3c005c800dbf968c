//! What a failure means for sending the request again.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Response, StatusCode};

use super::{ClientCertificateProblem, Error, ErrorKind, Phase};
use crate::{ProxyProblem, retry_after::retry_after};

/// Whether a request that got no answer, or a refusal, may be sent again.
///
/// It says what is safe, and not whether it is wise: that takes a budget, as [`Retries`](crate::Retries) has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// The server asks to be left alone for so long; then as [`OnlyIfIdempotent`](Self::OnlyIfIdempotent).
    After(Duration),
    /// It will fail in the same way until somebody changes something.
    Never,
    /// The server cannot have processed the request: it may be sent again, whatever its method.
    NotProcessed,
    /// The server may have processed the request: only one that does no harm twice may be sent again
    /// ([RFC 9110, section 9.2.2]).
    ///
    /// [RFC 9110, section 9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
    OnlyIfIdempotent,
    /// The server cannot have processed the request, or one in front of it has answered without passing it on, and it
    /// will refuse the same certificate again: it may be sent with another, whatever its method.
    WithAnotherIdentity,
}

impl RetryAdvice {
    /// What an answer advises: [`After`](Self::After) for a 429 or 503 whose `Retry-After` can be read, else
    /// [`Never`](Self::Never).
    ///
    /// A time that has passed is [`Duration::ZERO`]; a time without end is told as it is, for the caller to judge.
    /// `now` is for those that are dates ([RFC 9110, section 10.2.3]).
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use transport::RetryAdvice;
    ///
    /// let answer = http::Response::builder().status(503).header("retry-after", "120").body(())?;
    /// let advice = RetryAdvice::of_answer(&answer, SystemTime::now());
    /// assert_eq!(advice, RetryAdvice::After(Duration::from_secs(120)));
    /// # Ok::<(), http::Error>(())
    /// ```
    ///
    /// [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    #[must_use]
    pub fn of_answer<B>(answer: &Response<B>, now: SystemTime) -> Self {
        Self::of_head(answer.status(), answer.headers(), now)
    }

    fn of_head(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        let is_busy = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        match retry_after(headers, now).filter(|_| is_busy) {
            Some(wait) => Self::After(wait),
            None => Self::Never,
        }
    }
}

impl Error {
    /// Whether the request may be sent again.
    #[must_use]
    pub fn retry_advice(&self) -> RetryAdvice {
        if self.0.is_unprocessed {
            return RetryAdvice::NotProcessed;
        }
        match self.kind() {
            ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected)
            | ErrorKind::Closed
            | ErrorKind::Retired
            | ErrorKind::Timeout => self.phase_advice(),
            ErrorKind::ClientCertificate(_) if self.is_asked_too_late() => RetryAdvice::Never,
            ErrorKind::ClientCertificate(_)
                if self.0.is_on_used_connection || self.0.is_after_acceptance =>
            {
                RetryAdvice::OnlyIfIdempotent
            }
            ErrorKind::ClientCertificate(_) => RetryAdvice::WithAnotherIdentity,
            ErrorKind::Connect | ErrorKind::Resolve => RetryAdvice::NotProcessed,
            ErrorKind::Proxy(problem) => proxy_advice(problem),
            ErrorKind::BodyTooLarge
            | ErrorKind::Http
            | ErrorKind::Http11Required
            | ErrorKind::NotHttps
            | ErrorKind::Port
            | ErrorKind::Renegotiation
            | ErrorKind::ServerCertificate(_)
            | ErrorKind::ServerName
            | ErrorKind::Tls
            | ErrorKind::UnreadableHead(_) => RetryAdvice::Never,
        }
    }

    /// Nothing of a request is sent before the handshake is done.
    fn phase_advice(&self) -> RetryAdvice {
        match self.phase() {
            Phase::Resolve | Phase::Connect | Phase::Proxy | Phase::Tls => {
                RetryAdvice::NotProcessed
            }
            Phase::Request | Phase::Body => RetryAdvice::OnlyIfIdempotent,
        }
    }
}

/// What a proxy could not do now it may do later; what it will not do, it will not.
fn proxy_advice(problem: ProxyProblem) -> RetryAdvice {
    match problem {
        ProxyProblem::Closed
        | ProxyProblem::Resolve
        | ProxyProblem::Unreachable
        | ProxyProblem::Refused {
            status: 408 | 429 | 500 | 502..=504,
        } => RetryAdvice::NotProcessed,
        _ => RetryAdvice::Never,
    }
}
