//! Why a call gave no result.

mod words;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use http::StatusCode;
use vocabulary::RetryAfter;

use crate::argument::{ArgumentProblem, InvalidArgument};
use crate::base_url::{BaseUrl, BaseUrlProblem};
use crate::base64_data::InvalidBase64;
use crate::credentials::CredentialsProblem;
use crate::field_problem::FieldProblem;
use crate::found_transaction::FoundTransaction;
use crate::hello_problem::HelloProblem;
use crate::service_error::{ErrorCode, ServiceError};
use crate::service_message::ServiceMessage;
use crate::transaction_state::TransactionState;

use words::{coded, listed, numbered, responded, said, titled, whole, with_causes};

/// The error of whatever carries the requests.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A call that gave no result.
///
/// **Privacy.** Neither `Display` nor `Debug` shows what was sent: names, birth dates and passwords
/// stay out of logs. The service's own words may quote it;
/// [`service_message`](Self::service_message) has them.
///
/// **Text.** `Display` has the whole reason, down to the last cause, and so
/// [`source`](StdError::source) is always `None`: a printer that adds the causes itself, such as
/// `anyhow`'s `{:#}`, prints the same text once. The error of the HTTP service is in
/// [`Transport`](Self::Transport); over mutual TLS, `Error::transport` finds `transport`'s.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument cannot be sent; nothing was. The caller's side.
    #[error("{argument} {problem}")]
    Argument {
        /// Which one.
        argument: &'static str,
        /// The reason.
        problem: ArgumentProblem,
    },
    /// The base URL cannot be used. The caller's side.
    #[error("{0}")]
    BaseUrl(BaseUrlProblem),
    /// The response is longer than the client reads; see
    /// [`Client::max_response_body`](crate::Client::max_response_body).
    #[error(
        "the response is longer than the limit of {limit} bytes{}",
        responded(found)
    )]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
        /// The transaction that the part within the limit is about, as far as it names one.
        found: Option<Box<FoundTransaction>>,
    },
    /// The response is compressed in a way that was not offered, or broken. Their side, or a
    /// proxy's.
    #[error(
        "the response cannot be inflated: it is not the gzip that its header says, or broke off"
    )]
    Compression,
    /// The user name or password cannot be sent. The caller's side.
    #[error("{0}")]
    Credentials(CredentialsProblem),
    /// The response is not the endpoint's; a proxy or the wrong host may have spoken. Their side.
    #[error(
        "the response is not the JSON expected, at `{path}` (line {line}, column {column}){}: \
         check that the base URL is NAPI's",
        responded(found)
    )]
    Decode {
        /// Where in the JSON, `.` for the whole; `?` stands for a name that is none of NAPI's.
        path: String,
        /// Line in the body, from 1; 0 if unknown.
        line: usize,
        /// Column in that line, from 1; 0 if unknown.
        column: usize,
        /// The transaction that the response is about, as far as it could be found in it: it may be
        /// billed, and can be looked up.
        found: Option<Box<FoundTransaction>>,
    },
    /// The inputs are not what the service's own list of fields asks for; nothing was sent. The
    /// caller's side.
    #[error(
        "the inputs do not fit the fields of this country: {}",
        listed(problems)
    )]
    Fields {
        /// Every problem, by the path of the member.
        problems: Vec<FieldProblem>,
    },
    /// The response to a hello is another text than `Hello` and the name. Whatever responded is not
    /// the service, or took the caller for someone else.
    #[error("the response is no hello: {problem}{}", said(Some(message)))]
    Hello {
        /// The reason.
        problem: HelloProblem,
        /// The text of it.
        message: ServiceMessage,
    },
    /// The response is a web page. A proxy or the wrong host may have spoken; the service itself
    /// responds so for a country that it does not know, in
    /// [`Client::country_joi`](crate::Client::country_joi). Their side.
    #[error(
        "the response is a web page{}: check the base URL and the arguments",
        titled(title)
    )]
    UnexpectedHtml {
        /// The title of the page.
        title: Option<ServiceMessage>,
    },
    /// The response is about another transaction, or another record, than the one that was asked
    /// for. Its side, or a cache's in front of it.
    #[error(
        "the response is about another transaction than the one that was asked for: a proxy or cache may have mixed up \
         two responses"
    )]
    OtherTransaction,
    /// The service responded with errors in the place of what was asked for, with a success as the
    /// HTTP status. The request's side, as a rule: a [transaction
    /// id](ErrorCode::TRANSACTION_NOT_AVAILABLE) for a record id.
    #[error(
        "the service responded with no more than errors{}: check the identifier, a transaction's is no record's",
        numbered(errors)
    )]
    Service {
        /// The errors, never empty.
        errors: Vec<ServiceError>,
    },
    /// The service responded with a status that is neither success nor 401. Its side, or the
    /// request's.
    #[error("the service responded with {status}{}{}", coded(code), said(message.as_ref()))]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// The message of the service, if it is readable.
        message: Option<ServiceMessage>,
        /// The service's own code, if it gave one that is not the status.
        code: Option<ErrorCode>,
        /// When the service wants to be asked again, if it said so in a way that can be read.
        retry_after: Option<RetryAfter>,
    },
    /// The transaction was still running at the deadline. It goes on, and can be waited for again.
    #[error(
        "the transaction was not finished at the deadline; it goes on and can be polled again{}",
        last.as_ref().map(|last| format!("; the last poll failed: {last}")).unwrap_or_default()
    )]
    StillRunning {
        /// The last poll that failed, if the last one did.
        last: Option<Box<Self>>,
    },
    /// The call took longer than the [time of a call](crate::Client::call_timeout), or than its
    /// own.
    #[error("the call was not done within {after:?}")]
    Timeout {
        /// The time that it had.
        after: Duration,
    },
    /// There is no token for an operation of version 3, so nothing of the operation was sent. The
    /// cause says whose side it is; a client that the host does not know is
    /// [`Unauthorized`](Self::Unauthorized).
    #[error(
        "no token from {host}, where version 3 has them from (set by `Client::token_url`): {cause}"
    )]
    Token {
        /// The host of tokens.
        host: BaseUrl,
        /// Why there is none.
        cause: Box<Self>,
    },
    /// The transaction ended without a result. Their side, or its `Timeout` was too short.
    #[error("the transaction ended as {state:?}{}", if *timed_out { ", since its timeout was over" } else { "" })]
    Transaction {
        /// Its last state.
        state: TransactionState,
        /// Whether the service says that the timeout of the request was the reason.
        timed_out: bool,
    },
    /// The request got no response, or one that broke off; the cause says why. With mutual TLS, see
    /// `Error::transport`.
    #[error("the request got no {}response: {}{}", whole(found), with_causes(&**cause), responded(found))]
    Transport {
        /// The error of the HTTP service that the client sends through.
        cause: Arc<dyn StdError + Send + Sync>,
        /// The transaction that the response was about, as far as what came of it names one.
        found: Option<Box<FoundTransaction>>,
    },
    /// The service does not take the credentials (HTTP 401; 400 from the host of tokens).
    ///
    /// Over mutual TLS it also responds so when the certificate belongs to another account than the
    /// user.
    #[error(
        "the service refused the credentials{}: check user name and password, that the user may use the API, \
         and that the client certificate was issued for the same account",
        said(message.as_ref())
    )]
    Unauthorized {
        /// The message of the service, if it is readable.
        message: Option<ServiceMessage>,
    },
}

impl Error {
    /// Returns a [`Decode`](Self::Decode) error for a member, wherever it should have been.
    pub(crate) fn undecoded(path: &str) -> Self {
        Self::Decode {
            path: path.to_owned(),
            line: 0,
            column: 0,
            found: None,
        }
    }

    /// Returns the transaction that a response was about that could not be decoded, broke off or is
    /// too long, as far as it could be found in it.
    ///
    /// A verification that got a response was billed, too: look this one up before sending it
    /// again.
    #[must_use]
    pub fn transaction(&self) -> Option<&FoundTransaction> {
        match self {
            Self::BodyTooLarge { found, .. }
            | Self::Decode { found, .. }
            | Self::Transport { found, .. } => found.as_deref(),
            _ => None,
        }
    }

    /// Makes the error of the HTTP service that brought no response.
    pub(crate) fn no_response(cause: impl Into<BoxError>) -> Self {
        Self::Transport {
            cause: cause.into().into(),
            found: None,
        }
    }

    /// Makes the error for a response of which no more than `limit` bytes are read.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::BodyTooLarge { limit, found: None }
    }

    /// Adds the transaction that was found in the part of a response that came.
    pub(crate) fn with_found(mut self, transaction: Option<Box<FoundTransaction>>) -> Self {
        if let Self::BodyTooLarge { found, .. } | Self::Transport { found, .. } = &mut self {
            *found = transaction;
        }
        self
    }

    /// Returns what the service, or something in front of it, said in words. It **may quote what
    /// was sent**.
    #[must_use]
    pub fn service_message(&self) -> Option<&ServiceMessage> {
        match self {
            Self::Hello { message, .. } => Some(message),
            Self::UnexpectedHtml { title: message }
            | Self::Status { message, .. }
            | Self::Unauthorized { message } => message.as_ref(),
            Self::Token { cause, .. } => cause.service_message(),
            _ => None,
        }
    }

    /// Returns whether the service refused the credentials.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }

    /// Returns when the service wants to be asked again, as statuses 429 and 503 may say.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Token { cause, .. } => cause.retry_after(),
            _ => None,
        }
    }
}

impl From<InvalidArgument> for Error {
    fn from(InvalidArgument { argument, problem }: InvalidArgument) -> Self {
        Self::Argument { argument, problem }
    }
}

impl From<BaseUrlProblem> for Error {
    fn from(problem: BaseUrlProblem) -> Self {
        Self::BaseUrl(problem)
    }
}

impl From<CredentialsProblem> for Error {
    fn from(problem: CredentialsProblem) -> Self {
        Self::Credentials(problem)
    }
}

/// A file in a response that is no base64 is a response that cannot be decoded.
impl From<InvalidBase64> for Error {
    fn from(_: InvalidBase64) -> Self {
        Self::undecoded(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cause with causes, of which one repeats the one beneath it.
    #[derive(Debug, thiserror::Error)]
    enum Cause {
        #[error("client error")]
        Client(#[source] Box<Self>),
        #[error("worker failed: {0}")]
        Worker(#[source] Box<Self>),
        #[error("connection refused")]
        Refused,
    }

    #[cfg(feature = "mtls")]
    #[test]
    fn foreign_error_is_about_no_client_certificate() {
        let foreign = Error::no_response("certificate required");
        assert!(!foreign.is_client_certificate_rejected());
        assert!(!Error::Unauthorized { message: None }.is_client_certificate_rejected());
    }

    #[test]
    fn error_text_has_every_cause_once() {
        let cause = Cause::Client(Cause::Worker(Cause::Refused.into()).into());
        let error = Error::no_response(cause);
        let text = "the request got no response: client error: worker failed: connection refused";
        assert_eq!(error.to_string(), text);
        assert!(error.source().is_none());
        let running = Error::StillRunning {
            last: Some(error.into()),
        };
        assert!(running.to_string().ends_with(text) && running.source().is_none());
    }
}
