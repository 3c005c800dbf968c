//! HTTP on one connection, with limits: a peer that stops talking cannot hold it.
//!
//! The protocol is decided before (by ALPN), never guessed from the first bytes.

use std::error::Error;
use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite};

use crate::script::http2::Http2;

/// Serves HTTP/1.1 until either side ends the connection.
pub(crate) async fn serve_http1<S, H, F, B>(stream: S, service: H, has_title_case: bool)
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = io::Result<Response<B>>>,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .title_case_headers(has_title_case)
        .header_read_timeout(SILENCE_LIMIT)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service_fn(service));
    // A broken connection is the client's affair; the log has what was asked and answered.
    let _ended = connection.await;
}

/// Serves HTTP/2 until either side ends the connection.
pub(crate) async fn serve_http2<S, H, F, B>(mut stream: S, service: H, settings: Http2)
where
    S: AsyncBufRead + AsyncWrite + Unpin + 'static,
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = io::Result<Response<B>>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
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
        .serve_connection(TokioIo::new(stream), service_fn(service));
    let _ended = connection.await;
}

const SILENCE_LIMIT: Duration = Duration::from_secs(30);
const HEAD_LIMIT: usize = 64 * 1024;
