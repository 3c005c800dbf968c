//! Advice on sending an operation again after a failure.

use http::StatusCode;

use crate::error::Error;
use crate::service_error::ErrorCode;

/// Whether an operation that failed may be sent again.
///
/// It says what is safe, not whether it is wise: for how long to wait see [`Error::retry_after`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// It fails in the same way until someone changes something.
    Never,
    /// The service cannot have processed the operation: it may be sent again, even if it is billed.
    NotProcessed,
    /// The failure may pass, but the service may have processed the operation: send it again only
    /// if it is [`Endpoint::IDEMPOTENT`](crate::Endpoint::IDEMPOTENT). A verification or a search
    /// is not; it may have been billed.
    OnlyIfIdempotent,
}

impl Error {
    /// Returns whether the operation may be sent again.
    ///
    /// Over mutual TLS, what `transport` says of a failed connection is what counts: an untrusted
    /// server, a rejected certificate and a head that cannot be read are [`RetryAdvice::Never`]. An
    /// error of another HTTP service is not known, and taken for one that may pass.
    ///
    /// Of what the service said, these may pass: statuses 408, 429, 500, 502, 503 and 504, and the
    /// service errors that [`ErrorCode::is_transient`] names in the place of a response. The vendor
    /// documents no status for throttling; it may come as error
    /// [1010](ErrorCode::REQUEST_TIMED_OUT). A 500 that says `Configuration name not valid`, as one
    /// page of the vendor has it in place of 400, does not pass.
    #[must_use]
    pub fn retry_advice(&self) -> RetryAdvice {
        match self {
            Self::Transport { cause, .. } => of_transport(&**cause),
            Self::Compression | Self::StillRunning { .. } | Self::Timeout { .. } => {
                RetryAdvice::OnlyIfIdempotent
            }
            // The operation itself was not sent.
            Self::Token { cause, .. } => match cause.retry_advice() {
                RetryAdvice::Never => RetryAdvice::Never,
                _ => RetryAdvice::NotProcessed,
            },
            Self::Status {
                status, message, ..
            } if may_pass(*status) => match message {
                Some(message) if message.is_configuration_name() => RetryAdvice::Never,
                _ => RetryAdvice::OnlyIfIdempotent,
            },
            Self::Service { errors } => {
                let mut codes = errors.iter().filter_map(|error| error.code.as_ref());
                match codes.any(ErrorCode::is_transient) {
                    true => RetryAdvice::OnlyIfIdempotent,
                    false => RetryAdvice::Never,
                }
            }
            Self::Argument { .. }
            | Self::BaseUrl(_)
            | Self::BodyTooLarge { .. }
            | Self::Credentials(_)
            | Self::Decode { .. }
            | Self::Fields { .. }
            | Self::Hello { .. }
            | Self::OtherTransaction
            | Self::UnexpectedHtml { .. }
            | Self::Status { .. }
            | Self::Transaction { .. }
            | Self::Unauthorized { .. } => RetryAdvice::Never,
        }
    }

    /// Returns whether the service certainly did not process the operation: nothing of it was sent,
    /// the credentials were not taken, or the connection broke before the service could see it.
    ///
    /// Then it was not billed either. Unlike [`RetryAdvice::NotProcessed`], this is also `true` of
    /// failures that will come again until someone changes something.
    #[must_use]
    pub fn is_unprocessed(&self) -> bool {
        match self {
            Self::Argument { .. }
            | Self::BaseUrl(_)
            | Self::Credentials(_)
            | Self::Fields { .. }
            | Self::Token { .. }
            | Self::Unauthorized { .. } => true,
            Self::Transport { cause, .. } => is_unsent(&**cause),
            _ => false,
        }
    }

    /// Returns whether the failure may pass: [`retry_advice`](Self::retry_advice) is not
    /// [`RetryAdvice::Never`].
    ///
    /// Says nothing about whether the operation may be sent again: a verification that got no
    /// response may have been done and billed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retry_advice() != RetryAdvice::Never
    }
}

fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504)
}

#[cfg(feature = "mtls")]
fn of_transport(cause: &(dyn std::error::Error + 'static)) -> RetryAdvice {
    use transport::RetryAdvice as Advice;

    match transport::Error::find(cause).map(transport::Error::retry_advice) {
        Some(Advice::NotProcessed) => RetryAdvice::NotProcessed,
        Some(advice) if !advice.is_retryable() => RetryAdvice::Never,
        _ => RetryAdvice::OnlyIfIdempotent,
    }
}

#[cfg(feature = "mtls")]
fn is_unsent(cause: &(dyn std::error::Error + 'static)) -> bool {
    use transport::{Phase, RetryAdvice as Advice};

    let Some(error) = transport::Error::find(cause) else {
        return false;
    };
    match error.retry_advice() {
        Advice::NotProcessed | Advice::WithAnotherIdentity => true,
        // A connection that ended after the handshake for no stated reason may have carried it.
        Advice::OnlyIfIdempotent | Advice::After(_) => error.phase() < Phase::Tls,
        // After the handshake, a failure of TLS may come when the request has been processed.
        _ => {
            let tls = error.connection().and_then(transport::ConnectionInfo::tls);
            error.phase() <= Phase::Tls && tls.is_none()
        }
    }
}

#[cfg(not(feature = "mtls"))]
fn is_unsent(_: &(dyn std::error::Error + 'static)) -> bool {
    false
}

#[cfg(not(feature = "mtls"))]
fn of_transport(_: &(dyn std::error::Error + 'static)) -> RetryAdvice {
    RetryAdvice::OnlyIfIdempotent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::ArgumentProblem;
    use crate::base_url::{BaseUrl, BaseUrlProblem};
    use crate::connection::HelloProblem;
    use crate::credentials::CredentialsProblem;
    use crate::service_error::ServiceError;
    use crate::verifications::TransactionState;

    fn status(status: u16, message: Option<&str>) -> Error {
        Error::Status {
            status: StatusCode::from_u16(status).unwrap(),
            message: message.map(Into::into),
            code: None,
            retry_after: None,
        }
    }

    fn service(codes: &[&str]) -> Error {
        let error = |code: &&str| ServiceError {
            code: Some((*code).into()),
            ..ServiceError::default()
        };
        Error::Service {
            errors: codes.iter().map(error).collect(),
        }
    }

    #[test]
    fn each_error_of_this_crate_either_lasts_or_may_pass() {
        let lasting = [
            Error::Argument {
                argument: "the path",
                problem: ArgumentProblem::Empty,
            },
            Error::BaseUrl(BaseUrlProblem::NotHttps),
            Error::too_large(1),
            Error::Credentials(CredentialsProblem::OtherVersion),
            Error::undecoded("."),
            Error::Fields {
                problems: Vec::new(),
            },
            Error::Hello {
                problem: HelloProblem::AnotherName,
                message: "Hello you".into(),
            },
            Error::UnexpectedHtml { title: None },
            Error::OtherTransaction,
            service(&["2004"]),
            service(&[]),
            Error::Transaction {
                state: TransactionState::TIMEOUT_CANCELED,
                timed_out: true,
            },
            Error::Token {
                host: BaseUrl::TOKENS,
                cause: Box::new(status(404, None)),
            },
            Error::Unauthorized { message: None },
            status(500, Some("Configuration name not valid.")),
        ];
        for error in lasting {
            assert_eq!(error.retry_advice(), RetryAdvice::Never, "{error:?}");
            assert!(!error.is_retryable());
        }
        for lasting in [400, 401, 403, 404, 409, 413, 415, 501, 505] {
            assert!(!status(lasting, None).is_retryable(), "{lasting}");
        }
        let passing = [
            Error::Compression,
            Error::StillRunning { last: None },
            Error::Timeout {
                after: std::time::Duration::ZERO,
            },
            Error::no_response("no route"),
            service(&["1010"]),
            service(&["2000", "1010"]),
            status(500, Some("Failed to get information from processedRecord.")),
        ];
        let statuses = [408, 429, 500, 502, 503, 504].map(|code| status(code, None));
        for error in passing.into_iter().chain(statuses) {
            let advice = error.retry_advice();
            assert_eq!(advice, RetryAdvice::OnlyIfIdempotent, "{error:?}");
            assert!(error.is_retryable());
            // Without a token nothing was sent of what may be billed.
            let token = Error::Token {
                host: BaseUrl::TOKENS,
                cause: Box::new(error),
            };
            assert_eq!(token.retry_advice(), RetryAdvice::NotProcessed);
        }
    }

    /// Tries one that needs no server; the others are tried against the mock.
    #[cfg(feature = "mtls")]
    #[tokio::test]
    async fn a_failed_connection_is_what_transport_says_it_is() {
        use crate::client::Client;
        use crate::credentials::Credentials;
        use transport::{MtlsConnector, TrustAnchors};

        let connector = MtlsConnector::builder(TrustAnchors::platform())
            .resolver(|_| std::future::ready(Err(std::io::ErrorKind::NotFound.into())));
        let service = transport::MtlsClient::new(connector.build().unwrap());
        let credentials = Credentials::basic("user", "password").unwrap();
        let client = Client::new(service, BaseUrl::MTLS, credentials);
        let error = client.test_authentication().await.unwrap_err();
        assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
        assert!(error.is_unprocessed());
        assert!(!Error::no_response("reset").is_unprocessed());
    }
}
