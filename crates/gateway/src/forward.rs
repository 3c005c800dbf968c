//! Passes requests on to the server, and its responses back (RFC 9110, section 7.6).

mod outgoing;
mod returning;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Method, Request, Response, StatusCode};
use tokio::time::Instant;
use tower::BoxError;
use tower_service::Service;
use tracing::{Instrument, Span};
use transport::ErrorKind;

use crate::body::caller_body::{CallerBody, CallerBodyError, CallerFailure};
use crate::body::response_body::GatewayBody;
use crate::caller_wait::CallerWait;
use crate::check::own_scheme::OwnScheme;
use crate::credentials::BasicCredentials;
use crate::forward::outgoing::Outgoing;
use crate::peer::Peer;
use crate::places::Places;
use crate::problem::refusal::Refusal;
use crate::problem::{Problem, upstream};
use crate::request_span::RequestSpan;
use crate::telemetry;
use crate::upstream::Upstream;
use crate::verdict::LastVerdict;

/// The service behind all checks: each request goes to the server.
#[derive(Clone)]
pub(crate) struct Forward<S> {
    pub(crate) client: S,
    pub(crate) settings: Arc<ForwardSettings>,
    /// That of the listener.
    pub(crate) scheme: OwnScheme,
}

/// The settings of all requests.
pub(crate) struct ForwardSettings {
    pub(crate) upstream: Upstream,
    pub(crate) credentials: Option<BasicCredentials>,
    /// A place for each request that may be in progress.
    pub(crate) places: Places,
    pub(crate) has_server_timing: bool,
    pub(crate) verdict: LastVerdict,
}

type Outcome = Result<Response<GatewayBody>, BoxError>;

impl<S> Service<Request<CallerBody>> for Forward<S>
where
    S: Service<
            Request<CallerBody>,
            Response = Response<transport::ResponseBody>,
            Error = transport::Error,
        >,
    S::Future: Send + 'static,
{
    type Response = Response<GatewayBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Outcome> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.client.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<CallerBody>) -> Self::Future {
        let settings = &self.settings;
        // At once: a queue would make every caller wait, and the load no smaller.
        let (failure, wait) = (request.body().failure(), request.body().wait());
        let peer = request.extensions().get().copied();
        let peer = peer.unwrap_or(Peer::Connection(0)); // each connection notes one
        let Some(place) = settings.places.take(peer, &wait, Instant::now()) else {
            return Box::pin(async { Err(Problem::from(Refusal::Overloaded).into()) });
        };
        let received = request.version();
        let request =
            match outgoing::request(request, &settings.upstream, settings.credentials.as_ref()) {
                Outgoing::Forwarded(request) => request,
                Outgoing::Answered => return Box::pin(async { Ok(answered()) }),
                Outgoing::Refused(refusal) => {
                    return Box::pin(async move { Err(Problem::from(refusal).into()) });
                }
            };
        let settings = Arc::clone(settings);
        let started = Instant::now();
        let is_head = request.method() == Method::HEAD;
        let observed = RequestSpan::begin(request.method(), received, self.scheme.name());
        let span = observed.as_ref().map(RequestSpan::span).cloned();
        let span = span.unwrap_or_else(Span::none);
        let response = span.in_scope(|| self.client.call(request)).instrument(span);
        Box::pin(async move {
            let outcome = response.await;
            settings.verdict.note(&outcome);
            match outcome {
                Ok(response) => {
                    let time = started.elapsed();
                    telemetry::responded(response.status(), time);
                    let time = settings.has_server_timing.then_some(time);
                    let mut response = returning::response(response, received, time);
                    if let Some(mut observed) = observed {
                        observed.responded(response.status());
                        if is_head || has_no_body(response.status()) {
                            // Nothing is asked for, though the server may have to say its end.
                            observed.handed_over();
                        }
                        response.body_mut().hold_span(observed);
                    }
                    response.body_mut().hold_place(place);
                    Ok(response)
                }
                Err(error) => {
                    let problem = {
                        let _entered = observed.as_ref().map(RequestSpan::enter);
                        problem(&error, of_caller(&error, &failure, &wait))
                    };
                    if let Some(observed) = observed {
                        observed.failed(problem.status, problem.name);
                    }
                    Err(problem.into())
                }
            }
        })
    }
}

/// Checks whether a response of this status never has a body (RFC 9110, section 6.4.1).
fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Returns the caller's part in the failure of a request, if it has one.
fn of_caller(
    error: &transport::Error,
    failure: &CallerFailure,
    wait: &CallerWait,
) -> Option<Refusal> {
    let is_late = || error.kind() == ErrorKind::Timeout && wait.since().is_some();
    let reason = failure.reason();
    let reason = reason.or_else(|| is_late().then_some(CallerBodyError::TooSlow));
    reason.map(Refusal::from)
}

/// Returns the problem of a request: the caller's, if its body was what failed.
fn problem(error: &transport::Error, of_caller: Option<Refusal>) -> Problem {
    if let Some(refusal) = of_caller {
        return refusal.into();
    }
    let problem = upstream::problem(error);
    tracing::warn!(
        problem = problem.name,
        kind = problem.kind,
        phase = ?error.phase(),
        %error,
        "a request got no response of the server"
    );
    problem
}

/// Returns the response to an `OPTIONS` that may not be forwarded (RFC 9110, section 7.6.2).
fn answered() -> Response<GatewayBody> {
    let mut response = Response::new(GatewayBody::own(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
