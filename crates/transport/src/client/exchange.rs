//! One request over one pool: sent, and its failure explained.
//!
//! Leaves out which pool, and whether to try another.

use std::error::Error as StdError;

use http::{Extensions, Request, Response, uri::Authority};
use http_body::Body;
use hyper_util::client::legacy::{
    self,
    connect::{CaptureConnection, capture_connection},
};
use tokio::time::{Instant, timeout_at};

use super::pool::Pool;
use crate::{
    Error, ErrorKind, Phase, RawConnector, ResponseBody,
    attempt::{Attempt, ConnectionState},
};

/// Why there is no answer.
pub(super) struct Failed {
    pub(super) error: Error,
    /// Whether the connection was new: it had not brought an answer to any request.
    pub(super) on_new_connection: bool,
}

impl Failed {
    /// Did the server refuse the certificate before it could see any request?
    ///
    /// It judges a certificate while it shakes hands, before it reads what follows ([RFC 8446, section 4.4.3]), so on
    /// a new connection nothing of the request has reached HTTP.
    ///
    /// [RFC 8446, section 4.4.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3
    pub(super) fn is_refused_unseen(&self) -> bool {
        self.on_new_connection && self.error.is_client_certificate()
    }
}

pub(super) async fn exchange<B, C>(
    pool: &Pool<B, C>,
    mut request: Request<B>,
    authority: &Authority,
    deadline: Instant,
) -> Result<Response<ResponseBody>, Failed>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let used = capture_connection(&mut request);
    let attempt = Attempt::new(pool.last_failure.clone());
    let sending = pool.client.request(request);
    match timeout_at(deadline, attempt.during(sending)).await {
        Ok(Ok(response)) => Ok(with_deadline(response, deadline)),
        Ok(Err(error)) => {
            let used = state_of(&used);
            Err(Failed {
                on_new_connection: !used.as_ref().is_some_and(ConnectionState::has_answered),
                error: explained(error, used, &attempt, authority),
            })
        }
        Err(_) => {
            let state = state_of(&used);
            if !state.as_ref().is_some_and(ConnectionState::has_answered) {
                give_up(&used);
            }
            let used = state.and_then(|state| state.info().cloned());
            let info = used.or_else(|| attempt.last_info());
            Err(Failed {
                on_new_connection: false,
                error: Error::timeout(Phase::Request, info),
            })
        }
    }
}

/// Takes a connection that has never answered out of the pool. Under HTTP/2 it would be given to every request that
/// follows, until the pings have found it dead.
fn give_up(used: &CaptureConnection) {
    if let Some(connected) = &*used.connection_metadata() {
        connected.poison();
    }
}

fn with_deadline(
    response: Response<hyper::body::Incoming>,
    deadline: Instant,
) -> Response<ResponseBody> {
    let state = response.extensions().get::<ConnectionState>().cloned();
    let state = state.unwrap_or_default();
    state.answered();
    response.map(|incoming| ResponseBody::new(incoming, deadline, state))
}

/// The connection that a request was sent on, be it new or out of the pool.
fn state_of(used: &CaptureConnection) -> Option<ConnectionState> {
    let mut extras = Extensions::new();
    if let Some(connected) = &*used.connection_metadata() {
        connected.get_extras(&mut extras);
    }
    extras.remove()
}

/// Finds the reason of a failure: in the error's chain, on the connection that was used, on one that the request
/// opened, or on one that it waited for.
fn explained(
    error: legacy::Error,
    used: Option<ConnectionState>,
    attempt: &Attempt,
    authority: &Authority,
) -> Error {
    if let Some(ours) = Error::find(&error) {
        return ours.clone();
    }
    let failure = match &used {
        Some(state) => state.failure().cloned(),
        None => attempt
            .last_failure()
            .or_else(|| attempt.failure_waited_for(authority)),
    };
    failure.unwrap_or_else(|| {
        let info = used.and_then(|state| state.info().cloned());
        let info = info.or_else(|| attempt.last_info());
        Error::with_source(kind_of(&error), Phase::Request, info, error)
    })
}

fn kind_of(error: &legacy::Error) -> ErrorKind {
    match error.source() {
        // Of hyper-util's own errors, only those about the request itself have no source.
        None => ErrorKind::Http,
        Some(source) => match source.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse() || error.is_user() => ErrorKind::Http,
            _ => ErrorKind::Closed,
        },
    }
}
