//! The outermost layer: problems become responses, and a request is in progress until its response
//! is done.

use std::{convert::Infallible, future::Future, sync::Arc};

use http::{Method, Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower::{BoxError, ServiceExt};
use tower_service::Service;

use crate::body::caller_body::CallerBody;
use crate::body::response_body::GatewayBody;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;
use crate::requests::Requests;
use crate::telemetry::{self, CountedRequest};
use crate::timeouts::Timeouts;

/// Returns the response to a request, whatever happens to it.
pub(crate) fn respond<S>(
    service: S,
    request: Request<Incoming>,
    requests: &Arc<Requests>,
    limits: &Limits,
    timeouts: &Timeouts,
) -> impl Future<Output = Result<Response<GatewayBody>, Infallible>> + Send + use<S>
where
    S: Service<Request<CallerBody>, Response = Response<GatewayBody>, Error = BoxError> + Send,
    S::Future: Send,
{
    let is_closed = requests.is_closed(Instant::now());
    let in_progress = requests.begin();
    let (limit, timeout) = (limits.body, timeouts.body);
    let version = request.version();
    let is_head = request.method() == Method::HEAD;
    let request = request.map(|body| CallerBody::new(body, version, limit, timeout));
    async move {
        let counted = CountedRequest::new();
        let outcome = match is_closed {
            true => Err(Problem::from(Refusal::ConnectionClosing).into()),
            false => service.oneshot(request).await,
        };
        counted.ended();
        let mut response = outcome.unwrap_or_else(|error| {
            let problem = problem(error);
            telemetry::failed(problem.name);
            problem.into_response(is_head)
        });
        response.body_mut().hold_request(in_progress);
        Ok(response)
    }
}

fn problem(error: BoxError) -> Problem {
    match error.downcast::<Problem>() {
        Ok(problem) => *problem,
        // All layers make problems; a new one that does not would come here.
        Err(other) => {
            tracing::error!(error = %other, "a layer of the gateway failed");
            Problem::internal()
        }
    }
}
