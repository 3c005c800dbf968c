//! One request over one pool: sent, and its failure explained.
//!
//! Leaves out which pool, and whether to try again.

use std::error::Error as StdError;

use http::{Extensions, Request, Response, uri::Authority};
use http_body::Body;
use hyper_util::client::legacy::{
    self,
    connect::{CaptureConnection, capture_connection},
};

use super::{
    deadline::Deadline,
    pool::Pool,
    settings::{HttpRefusals, Settings},
};
use crate::{
    ClientAuth, ConnectionInfo, Error, ErrorKind, HeadProblem, Phase, RawConnector,
    attempt::Attempt,
    connection_state::ConnectionState,
    error::{kind_of_http, stream_refusal},
    http_refusal::HttpRefusal,
    response_body::Unread,
    telemetry,
};

pub(super) async fn exchange<B, C>(
    pool: &Pool<B, C>,
    settings: &Settings<B>,
    mut request: Request<B>,
    authority: &Authority,
    deadline: &mut Deadline,
) -> Result<Response<Unread>, Error>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let used = capture_connection(&mut request);
    let attempt = Attempt::new(pool.last_failure.clone());
    let sending = pool.client.request(request);
    let answer = match deadline.during(attempt.during(sending)).await {
        Some(Ok(answer)) => answer,
        Some(Err(error)) => return Err(explained(error, state_of(&used), &attempt, authority)),
        None => return Err(timed_out(&used, &attempt)),
    };
    let info = answer.extensions().get::<ConnectionInfo>();
    let state = info.and_then(ConnectionInfo::state).cloned();
    let state = state.unwrap_or_default();
    state.answered();
    if settings
        .connection_age
        .is_some_and(|age| state.is_older_than(age))
    {
        retire(&used);
    }
    let info = state.info().cloned();
    let mut answer = answer.map(|incoming| Unread::new(incoming, state));
    let (status, headers) = (answer.status(), answer.headers());
    if headers.len() > usize::from(settings.head_limits.fields) {
        // Under HTTP/2, that is: hyper has counted those of HTTP/1.1.
        return Err(Error::unreadable_head(HeadProblem::TooManyFields, None).on(info));
    }
    let is_possible = HttpRefusal::is_possible(status, headers);
    if settings.http_refusals == HttpRefusals::Answers || !is_possible {
        return Ok(answer);
    }
    answer.body_mut().read_ahead(deadline).await;
    let start = answer.body().start();
    let client_auth = info.as_ref().map(ConnectionInfo::client_auth);
    let client_auth = client_auth.unwrap_or(ClientAuth::NotRequested);
    let refusal = HttpRefusal::recognise(status, answer.headers(), &start, client_auth);
    match refusal {
        Some(refusal) if refusal.is_certain() => {
            telemetry::refused_by_response();
            // Another identity needs another connection.
            retire(&used);
            if settings.http_refusals == HttpRefusals::FailedOver
                && refusal.is_about_the_certificate()
            {
                answer.body().state().refused_by_answer();
            }
            Err(Error::refused_by_http(refusal, info))
        }
        Some(refusal) => {
            answer.extensions_mut().insert(refusal);
            Ok(answer)
        }
        None => Ok(answer),
    }
}

fn timed_out(used: &CaptureConnection, attempt: &Attempt) -> Error {
    let state = state_of(used);
    // Under HTTP/2 one that has never answered would be given to every request that follows, until the pings have
    // found it dead.
    if !state.as_ref().is_some_and(ConnectionState::has_answered) {
        retire(used);
    }
    let used = state.and_then(|state| state.info().cloned());
    Error::timeout(Phase::Request, used.or_else(|| attempt.last_info()))
}

/// Takes a connection out of the pool; what is under way on it is finished.
fn retire(used: &CaptureConnection) {
    if let Some(connected) = &*used.connection_metadata() {
        connected.poison();
    }
}

/// The connection that a request was sent on, be it new or out of the pool.
fn state_of(used: &CaptureConnection) -> Option<ConnectionState> {
    let mut extras = Extensions::new();
    if let Some(connected) = &*used.connection_metadata() {
        connected.get_extras(&mut extras);
    }
    extras.get().and_then(ConnectionInfo::state).cloned()
}

/// Finds the reason of a failure: in the error's chain, on the connection that was used, on one that the request
/// opened, or on one that it waited for.
fn explained(
    error: legacy::Error,
    used: Option<ConnectionState>,
    attempt: &Attempt,
    authority: &Authority,
) -> Error {
    let is_of_the_body = is_of_the_body(&error);
    if let Some(ours) = Error::find(&error).filter(|_| !is_of_the_body) {
        return ours.clone();
    }
    let failure = match &used {
        Some(state) => state.failure().cloned(),
        None => attempt
            .last_failure()
            .or_else(|| attempt.failure_waited_for(authority)),
    };
    if let Some(failure) = failure.filter(|_| !is_of_the_body) {
        return failure;
    }
    let has_answered = used.as_ref().is_some_and(ConnectionState::has_answered);
    let info = used.and_then(|state| state.info().cloned());
    let info = info.or_else(|| attempt.last_info());
    let refusal = stream_refusal(&error);
    let kind = match refusal {
        Some(h2::Reason::HTTP_1_1_REQUIRED) => ErrorKind::Http11Required,
        _ => kind_of(&error),
    };
    let error = Error::with_source(kind, Phase::Request, info, error);
    match (refusal, has_answered) {
        (Some(h2::Reason::REFUSED_STREAM), _) => error.unprocessed(),
        (_, true) => error.on_used_connection(),
        (_, false) => error,
    }
}

/// Did the request's own body fail? Its error may be one of ours, about another request.
fn is_of_the_body(error: &legacy::Error) -> bool {
    let source = error.source();
    source
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .is_some_and(hyper::Error::is_user)
}

fn kind_of(error: &legacy::Error) -> ErrorKind {
    match error.source() {
        // Of hyper-util's own errors, only those about the request itself have no source.
        None => ErrorKind::Http,
        Some(source) => source
            .downcast_ref::<hyper::Error>()
            .map_or(ErrorKind::Closed, kind_of_http),
    }
}
