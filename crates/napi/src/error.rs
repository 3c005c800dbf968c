//! Why a call gave no result.

use http::StatusCode;

use crate::{
    ArgumentProblem, BaseUrlProblem, CredentialsProblem, ErrorCode, RetryAfter, ServiceError,
    TransactionId, TransactionRecordId,
    configuration::FieldProblem,
    verifications::{RecordStatus, TransactionState},
};

/// The error of whatever carries the requests.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A call that gave no result.
///
/// No variant holds what was sent: names, birth dates and passwords stay out of logs. What the server said is held
/// as it said it, cut to 500 characters and without control characters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument cannot be sent; nothing was. The caller's side.
    #[error("{argument} {problem}")]
    Argument {
        /// Which one.
        argument: &'static str,
        /// What is wrong with it.
        problem: ArgumentProblem,
    },
    /// The base URL cannot be used. The caller's side.
    #[error("the base URL {0}")]
    BaseUrl(BaseUrlProblem),
    /// The answer is longer than the client reads; see [`Client::body_limit`](crate::Client::body_limit).
    #[error("the answer is longer than the limit of {limit} bytes")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer is compressed in a way that was not offered, or broken. Their side, or a proxy's.
    #[error("the answer cannot be inflated: it is not the gzip that its header says, or broke off")]
    Compression,
    /// The user name or password cannot be sent. The caller's side.
    #[error("the credentials cannot be sent: {0}")]
    Credentials(CredentialsProblem),
    /// The answer is not what the endpoint answers; a proxy or the wrong host may have spoken. Their side.
    #[error(
        "the answer is not the JSON expected, at `{path}` (line {line}, column {column}){}: \
         check that the base URL is NAPI's",
        answered(found)
    )]
    Decode {
        /// Where in the JSON, `.` for the whole; `?` stands for a name that is none of NAPI's.
        path: String,
        /// Line in the body, from 1; 0 if unknown.
        line: usize,
        /// Column in that line, from 1; 0 if unknown.
        column: usize,
        /// The transaction that the response is about, as far as it could be found in it: it may be billed, and can be
        /// looked up.
        found: Option<Box<FoundTransaction>>,
    },
    /// The inputs are not what the service's own list of fields asks for; nothing was sent. The caller's side.
    #[error(
        "the inputs do not fit the fields of this country: {}",
        listed(problems)
    )]
    Fields {
        /// Every problem, by the path of the member.
        problems: Vec<FieldProblem>,
    },
    /// The answer is a web page. A proxy or the wrong host may have spoken; the service itself answers so for a
    /// country that it does not know, in [`Client::country_joi_of`](crate::Client::country_joi_of). Their side.
    #[error(
        "the answer is a web page{}: check the base URL and the arguments",
        titled(title)
    )]
    Markup {
        /// The title of the page.
        title: Option<String>,
    },
    /// The service answered errors in the place of what was asked for, with a success as the HTTP status. The
    /// request's side, as a rule: a [transaction id](ErrorCode::TRANSACTION_NOT_AVAILABLE) for a record id.
    #[error(
        "the service answered no more than errors{}: check the identifier, a transaction's is no record's",
        numbered(errors)
    )]
    Service {
        /// What it says, never empty.
        errors: Vec<ServiceError>,
    },
    /// The service answered with a status that is neither success nor 401. Its side, or the request's.
    #[error("the service answered {status}{}{}", coded(code), said(message))]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// What the service said, if it said anything readable.
        message: Option<String>,
        /// The service's own code, if it gave one that is not the status.
        code: Option<ErrorCode>,
        /// When the service wants to be asked again, if it said so in a way that can be read.
        retry_after: Option<RetryAfter>,
    },
    /// The transaction was still running at the deadline. It goes on, and can be waited for again.
    #[error("the transaction was not finished at the deadline; it goes on and can be polled again")]
    StillRunning {
        /// The last poll that failed, if the last one did.
        #[source]
        last: Option<Box<Self>>,
    },
    /// The transaction ended without a result. Their side, or its `Timeout` was too short.
    #[error("the transaction ended as {state:?}{}", if *timed_out { ", since its timeout was over" } else { "" })]
    Transaction {
        /// How it ended.
        state: TransactionState,
        /// Whether the service says that the timeout of the request was the reason.
        timed_out: bool,
    },
    /// The request got no answer; the source says why. With mutual TLS, see [`Error::transport`].
    #[error("the request got no answer")]
    Transport {
        /// The error of the service beneath.
        source: BoxError,
    },
    /// The service does not take the credentials (HTTP 401; 400 from the host of tokens).
    ///
    /// Over mutual TLS it also answers so when the certificate belongs to another account than the user.
    #[error(
        "the service refused the credentials{}: check user name and password, that the user may use the API, \
         and that the client certificate was issued for the same account",
        said(message)
    )]
    Unauthorized {
        /// What the service said, if it said anything readable.
        message: Option<String>,
    },
}

/// The transaction of a response that could not be decoded, as far as it could be found in it.
///
/// A member that stands in the response twice with different values is not here: neither is certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundTransaction {
    /// The transaction. [`Client::transaction_status`](crate::Client::transaction_status) says how far it is.
    pub transaction_id: Option<TransactionId>,
    /// Its record. [`Client::transaction_record`](crate::Client::transaction_record) fetches it.
    pub transaction_record_id: Option<TransactionRecordId>,
    /// What it came to. Means nothing without a record.
    pub status: Option<RecordStatus>,
}

fn answered(found: &Option<Box<FoundTransaction>>) -> &'static str {
    match found {
        Some(_) => ", in the response to a transaction that can be looked up",
        None => "",
    }
}

fn said(message: &Option<String>) -> String {
    message
        .as_deref()
        .map(|message| format!(" and said `{message}`"))
        .unwrap_or_default()
}

fn coded(code: &Option<ErrorCode>) -> String {
    code.as_ref()
        .map(|code| format!(" with its code {}", code.as_str()))
        .unwrap_or_default()
}

fn numbered(errors: &[ServiceError]) -> String {
    let codes = errors.iter().filter_map(|error| error.code.as_ref());
    let codes: Vec<_> = codes.map(ErrorCode::as_str).collect();
    match codes.is_empty() {
        true => String::new(),
        false => format!(", with its codes {}", codes.join(", ")),
    }
}

fn titled(title: &Option<String>) -> String {
    title
        .as_deref()
        .map(|title| format!(" titled `{title}`"))
        .unwrap_or_default()
}

fn listed(problems: &[FieldProblem]) -> String {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.join(", ")
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

    /// Returns the transaction that a response was about that could not be decoded, as far as it could be found in it.
    ///
    /// A verification that was answered was billed, too: look this one up before sending it again.
    #[must_use]
    pub fn transaction(&self) -> Option<&FoundTransaction> {
        match self {
            Self::Decode { found, .. } => found.as_deref(),
            _ => None,
        }
    }

    /// Whether the service refused the credentials.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }

    /// Whether the failure may pass: there was no answer, or one that says "not now".
    ///
    /// Says nothing about whether the operation may be sent again: a verification that got no answer may have been
    /// done and billed. Send it again only if it is [`Endpoint::REPEATABLE`](crate::Endpoint::REPEATABLE).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Compression => true,
            Self::Status { status, .. } => matches!(status.as_u16(), 408 | 429 | 500 | 502..=504),
            _ => false,
        }
    }

    /// When the service wants to be asked again, as statuses 429 and 503 may say.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Error {
        Error::Status {
            status: StatusCode::from_u16(status).unwrap(),
            message: None,
            code: None,
            retry_after: None,
        }
    }

    #[cfg(feature = "mtls")]
    #[test]
    fn an_error_that_is_not_of_the_transport_is_about_no_client_certificate() {
        let foreign = Error::Transport {
            source: "certificate required".into(),
        };
        assert!(!foreign.is_client_certificate());
        assert!(!Error::Unauthorized { message: None }.is_client_certificate());
    }

    #[test]
    fn what_may_pass_is_retryable_and_a_refusal_is_not() {
        for passing in [408, 429, 500, 502, 503, 504] {
            assert!(status(passing).is_retryable(), "{passing}");
        }
        for lasting in [400, 403, 404, 409, 413, 415, 501, 505] {
            assert!(!status(lasting).is_retryable(), "{lasting}");
        }
        assert!(
            Error::Transport {
                source: "no route".into()
            }
            .is_retryable()
        );
        assert!(!Error::Unauthorized { message: None }.is_retryable());
    }
}
