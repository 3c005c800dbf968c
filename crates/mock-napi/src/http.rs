//! The routes as the TLS side and the portal's port serve them, with limits: a peer that stops
//! talking cannot hold a connection.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;

use crate::unanswered::Unanswered;

/// Serves HTTP/1.1 until either side ends the connection.
pub(crate) async fn serve_http1(stream: TcpStream, router: Router) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SILENCE_LIMIT)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service_fn(answering(router)));
    // A broken connection is the client's affair; the log has what was asked and answered.
    let _ended = connection.await;
}

/// Turns the router into a function. A response that is not to be sent is an error of it, which
/// ends a connection of HTTP/1.1 and resets a stream of HTTP/2.
pub(crate) fn answering(router: Router) -> impl Fn(Request<Incoming>) -> BoxFuture {
    let router = TowerToHyperService::new(router);
    move |request| {
        let answering = router.call(request);
        Box::pin(async move {
            let response = answering.await.unwrap_or_else(|never| match never {});
            match response.extensions().get::<Unanswered>() {
                Some(Unanswered) => Err(io::Error::other("the request gets no response")),
                None => Ok(response),
            }
        })
    }
}

/// A response on its way.
pub(crate) type BoxFuture = Pin<Box<dyn Future<Output = io::Result<Response>> + Send>>;

/// Gives up a request, its body included, that takes longer than a peer in earnest needs.
pub(crate) async fn limit_time(request: Request, next: Next) -> Response {
    let response = tokio::time::timeout(SILENCE_LIMIT, next.run(request)).await;
    response.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

/// Reports a fault of the mock or of its machine.
pub(crate) fn failed(error: &dyn std::error::Error) -> Response {
    let source = error.source().map(|it| format!(": {it}"));
    let text = format!("{error}{}", source.unwrap_or_default());
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

pub(crate) const SILENCE_LIMIT: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 64 * 1024;
