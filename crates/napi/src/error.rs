//! Why a call gave no result.

use http::StatusCode;

use crate::{ArgumentProblem, BaseUrlProblem, CredentialsProblem};

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
    /// The user name or password cannot be sent. The caller's side.
    #[error("the credentials cannot be sent: {0}")]
    Credentials(CredentialsProblem),
    /// The answer is not what the endpoint answers; a proxy or the wrong host may have spoken. Their side.
    #[error(
        "the answer is not the JSON expected, at `{path}` (line {line}, column {column}): check that the base URL is NAPI's"
    )]
    Decode {
        /// Where in the JSON, `.` for the whole.
        path: String,
        /// Line in the body, from 1; 0 if unknown.
        line: usize,
        /// Column in that line, from 1; 0 if unknown.
        column: usize,
    },
    /// The service answered with a status that is neither success nor 401. Its side, or the request's.
    #[error("the service answered {status}{}", said(message))]
    Status {
        /// The HTTP status.
        status: StatusCode,
        /// What the service said, if it said anything readable.
        message: Option<String>,
    },
    /// The request got no answer; the source says why. With mutual TLS, see [`Error::transport`].
    #[error("the request got no answer")]
    Transport {
        /// The error of the service beneath.
        source: BoxError,
    },
    /// The service does not take the credentials (HTTP 401).
    ///
    /// Over mutual TLS it also answers so when the certificate belongs to another account than the user.
    #[error(
        "the service refused the credentials (401){}: check user name and password, that the user may use the API, \
         and that the client certificate was issued for the same account",
        said(message)
    )]
    Unauthorized {
        /// What the service said, if it said anything readable.
        message: Option<String>,
    },
}

fn said(message: &Option<String>) -> String {
    message
        .as_deref()
        .map(|message| format!(" and said `{message}`"))
        .unwrap_or_default()
}

impl Error {
    /// Whether the service refused the credentials.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }
}
