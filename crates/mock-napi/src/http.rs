//! HTTP on one connection, with limits: a peer that stops talking cannot hold it.
//!
//! The protocol is decided before (by ALPN, or by the port), never guessed from the first bytes.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite};

use crate::napi::Unanswered;
use crate::script::http2::Http2;

/// Serves HTTP/1.1 until either side ends the connection.
pub(crate) async fn serve_http1<S>(stream: S, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .title_case_headers(true) // as the live answers have it
        .header_read_timeout(SILENCE_LIMIT)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), answering(router));
    // A broken connection is the client's affair; the log has what was asked and answered.
    let _ended = connection.await;
}

/// Serves HTTP/2 until either side ends the connection.
pub(crate) async fn serve_http2<S>(mut stream: S, router: Router, settings: Http2)
where
    S: AsyncBufRead + AsyncWrite + Unpin + 'static,
{
    // Pings begin after the preface only, so the wait for the preface has its own limit.
    if !matches!(
        tokio::time::timeout(SILENCE_LIMIT, stream.fill_buf()).await,
        Ok(Ok(_))
    ) {
        return;
    }
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(SILENCE_LIMIT)
        .keep_alive_timeout(SILENCE_LIMIT)
        .max_header_list_size(16 * 1024)
        .initial_stream_window_size(settings.window())
        .max_concurrent_streams(settings.max_concurrent_streams.unwrap_or(100))
        .serve_connection(TokioIo::new(stream), answering(router));
    let _ended = connection.await;
}

/// The router as hyper wants it. A response that is not to be sent is an error there, which ends a
/// connection of HTTP/1.1 and resets a stream of HTTP/2.
fn answering(
    router: Router,
) -> impl Service<
    Request<Incoming>,
    Response = Response,
    Error = io::Error,
    Future = impl Future<Output = io::Result<Response>> + Send,
> {
    let router = TowerToHyperService::new(router);
    service_fn(move |request| {
        let answering = router.call(request);
        async move {
            let response = answering.await.unwrap_or_else(|never| match never {});
            match response.extensions().get::<Unanswered>() {
                Some(Unanswered) => Err(io::Error::other("the request gets no response")),
                None => Ok(response),
            }
        }
    })
}

/// Gives up a request, its body included, that takes longer than a peer in earnest needs.
pub(crate) async fn limit_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(SILENCE_LIMIT, next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

pub(crate) const SILENCE_LIMIT: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 64 * 1024;
