//! A result together with the response that brought it.

use std::{fmt, time::Duration};

use http::{Extensions, HeaderMap, StatusCode, response::Parts};
use tokio::time::Instant;

/// A result of a call that succeeded, and what the response said besides; see
/// [`Client::send_with_metadata`](crate::Client::send_with_metadata).
///
/// `Debug` shows the names of the header fields and not their values: cookies are among them.
#[derive(Clone)]
#[non_exhaustive]
pub struct ResultWithMetadata<T> {
    /// The result.
    pub result: T,
    /// The HTTP status: a success, but for
    /// [`Client::send_raw_with_any_status`](crate::Client::send_raw_with_any_status).
    pub status: StatusCode,
    /// The header fields. Those about a compression that was undone are gone.
    pub headers: HeaderMap,
    /// From the start of the call to the result, the wait for a token and what was sent again
    /// included.
    pub elapsed: Duration,
    /// The extensions that the HTTP service put beside the response; over mutual TLS,
    /// `ResultWithMetadata::connection` finds it.
    pub extensions: Extensions,
}

impl<T> ResultWithMetadata<T> {
    /// Puts a result and the head of its response together, for a call that began at `start`.
    pub(crate) fn new(head: Parts, result: T, start: Instant) -> Self {
        Self {
            result,
            status: head.status,
            headers: head.headers,
            elapsed: start.elapsed(),
            extensions: head.extensions,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for ResultWithMetadata<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResultWithMetadata")
            .field("result", &self.result)
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
