//! The error of a request that was passed to a connection and got no response.

use std::error::Error as StdError;

use crate::client::body::BodyError;
use crate::client::pool::connection::Connection;
use crate::connection::phase::Phase;
use crate::error::classify::{is_beyond_goaway, kind_of_http, stream_refusal};
use crate::error::{Error, ErrorKind};

/// Turns hyper's error into one of this crate. The connection knows the reason, if it ended with
/// one.
///
/// A request is unsent if hyper returned it.
pub(super) fn explain(error: hyper::Error, connection: &Connection, is_unsent: bool) -> Error {
    let info = Some(connection.info().clone());
    // The caller's own body may fail with an error of ours, which is about another connection.
    if is_of_the_body(&error) {
        return Error::with_source(ErrorKind::Http, Phase::Request, info, error);
    }
    let refusal = stream_refusal(&error);
    let is_unprocessed = refusal == Some(h2::Reason::REFUSED_STREAM) || is_beyond_goaway(&error);
    // The server's statement on this request counts for more than how the connection ended
    // afterwards.
    let ours = Error::find(&error).or_else(|| connection.failure());
    if let Some(ours) = ours.filter(|_| refusal.is_none() && !is_unprocessed) {
        let ours = ours.clone();
        return if is_unsent { ours.unsent() } else { ours };
    }
    let kind = match refusal {
        Some(h2::Reason::HTTP_1_1_REQUIRED) => ErrorKind::Http11Required,
        // hyper reports the end of its own task as a mistake of the caller.
        _ if connection.has_ended() && error.is_user() => ErrorKind::Closed,
        _ => kind_of_http(&error),
    };
    let error = Error::with_source(kind, Phase::Request, info, error);
    match connection.state().has_responded() {
        _ if is_unprocessed || is_unsent => error.unprocessed(),
        true => error.on_used_connection(),
        false => error,
    }
}

fn is_of_the_body(error: &hyper::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.any(|cause| cause.is::<BodyError>())
}
