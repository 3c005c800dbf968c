//! The TLS handshake of a caller, and what plain HTTP gets in its place.

use std::{convert::Infallible, future::ready, time::Duration};

use http::{Method, Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use transport::{TlsAcceptor, TlsServerStream};

use crate::body::response_body::GatewayBody;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;
use crate::telemetry;
use crate::timeouts::Timeouts;

/// The stream of a caller over TLS.
pub(crate) type TlsStream = TokioIo<TlsServerStream<TokioIo<TcpStream>>>;

/// The connection of a caller that was to begin with a handshake.
pub(super) enum Opened {
    Tls(TlsStream),
    /// It begins with something else, which is unread.
    Plain(TcpStream),
    /// There is no connection.
    Failed,
}

/// The first byte of a TLS handshake (RFC 8446, section 5.1); no method of HTTP begins with it.
const HANDSHAKE: u8 = 22;

/// Performs the handshake, if the caller begins one.
pub(super) async fn open(stream: TcpStream, acceptor: &TlsAcceptor, timeouts: &Timeouts) -> Opened {
    let opening = async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1..) if first == [HANDSHAKE] => {}
            Ok(1..) => return Opened::Plain(stream),
            Ok(0) | Err(_) => return failed("network"),
        }
        match acceptor.accept(TokioIo::new(stream)).await {
            Ok(stream) => Opened::Tls(TokioIo::new(stream)),
            Err(failure) => {
                let source = std::error::Error::source(&failure);
                let reason = source.map(ToString::to_string).unwrap_or_default();
                tracing::debug!(%failure, reason, "a caller's TLS handshake failed");
                failed(failure.name())
            }
        }
    };
    match timeout(timeouts.handshake, opening).await {
        Ok(opened) => opened,
        Err(_) => failed("timeout"),
    }
}

fn failed(reason: &'static str) -> Opened {
    telemetry::handshake_failed(reason);
    Opened::Failed
}

/// Refuses the request that comes without TLS, and ends the connection.
///
/// In HTTP/1.1 alone: whoever speaks HTTP/2 could keep the response, by a window of 0, and with it
/// the connection.
pub(super) async fn refuse_plain(stream: TcpStream) {
    let service = service_fn(|request| ready(Ok::<_, Infallible>(without_tls(&request))));
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(8 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    if timeout(FOR_PLAIN, connection).await.is_err() {
        tracing::debug!("a caller without TLS was too slow");
    }
}

fn without_tls(request: &Request<Incoming>) -> Response<GatewayBody> {
    let problem = Problem::from(Refusal::TlsRequired);
    telemetry::failed(problem.name);
    problem.into_response(*request.method() == Method::HEAD)
}

/// The time for the head of a request that is refused, and for its response.
const FOR_PLAIN: Duration = Duration::from_secs(2);
