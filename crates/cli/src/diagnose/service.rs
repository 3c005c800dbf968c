//! Failures of a call: what the service responded, or that it did not.

use http::StatusCode;
use napi::{Error, RetryAdvice};
use vocabulary::variant_name;

use crate::diagnose::connection;
use crate::diagnosis::{Diagnosis, Side};
use crate::exit::Exit;

/// Returns the diagnosis of a call without a result.
pub(crate) fn diagnosis(error: &Error) -> Diagnosis {
    // A transaction that is still running is no matter of the connection that its last poll had.
    let is_running = matches!(error, Error::StillRunning { .. });
    if let Some(error) = error.transport().filter(|_| !is_running) {
        return connection::diagnosis(error);
    }
    let (side, remedy) = remedy(error);
    Diagnosis {
        kind: variant_name(error),
        side,
        remedy: remedy.into(),
        exit: exit(error),
    }
}

/// Returns the exit code: a failure that may pass is no rejection.
fn exit(error: &Error) -> Exit {
    match error {
        Error::Argument { .. }
        | Error::BaseUrl(_)
        | Error::Credentials(_)
        | Error::Fields { .. } => Exit::Usage,
        Error::Service { .. } | Error::Status { .. }
            if error.retry_advice() == RetryAdvice::Never =>
        {
            Exit::Rejected
        }
        Error::Unauthorized { .. } | Error::Transaction { .. } => Exit::Rejected,
        Error::Token { cause, .. } => exit(cause),
        _ => Exit::Unreachable,
    }
}

fn remedy(error: &Error) -> (Side, &'static str) {
    match error {
        Error::Argument { .. } => (Side::Client, "correct the argument"),
        Error::BaseUrl(_) => (Side::Client, "correct --base-url"),
        Error::Credentials(_) => (Side::Client, "correct user name and password"),
        Error::Fields { .. } => (
            Side::Client,
            "give the fields that `napi-mtls fields` lists; nothing was sent or billed",
        ),
        Error::BodyTooLarge { .. } => (
            Side::Server,
            "check that --base-url is NAPI's, or ask for less",
        ),
        Error::Unauthorized { .. } => (
            Side::Client,
            "check user name and password, and that the certificate is of the same account",
        ),
        Error::Compression | Error::Decode { .. } | Error::Hello { .. } => (
            Side::Server,
            "check that --base-url is NAPI's and that nothing in front of it responds instead",
        ),
        Error::UnexpectedHtml { .. } => (
            Side::Server,
            "check --base-url, the country, and whether a proxy or portal responds instead",
        ),
        Error::OtherTransaction => (
            Side::Server,
            "do not use the result; tell the operator of the proxy or cache in between",
        ),
        Error::Service { .. } => (
            Side::Client,
            "check the identifier; a transaction's is no record's",
        ),
        Error::Status { status, .. } => of_status(*status),
        Error::StillRunning { .. } => (Side::Server, "ask for its status later; it goes on"),
        Error::Timeout { .. } => (Side::Server, "give it more time, or try later"),
        Error::Token { cause, .. } => remedy(cause),
        Error::Transaction { .. } => (Side::Server, "start it again with a longer timeout"),
        _ => (
            Side::Either,
            "try again, then look at the way to the server",
        ),
    }
}

fn of_status(status: StatusCode) -> (Side, &'static str) {
    match status.as_u16() {
        403 => (
            Side::Client,
            "check that the account may use this operation, and which certificate it presents",
        ),
        404 => (
            Side::Client,
            "check --base-url, the path and the identifier",
        ),
        408 | 429 | 500..=599 => (
            Side::Server,
            "try again later; a verification may be billed",
        ),
        _ => (
            Side::Client,
            "correct the request: the service does not take it",
        ),
    }
}
