//! The responses of the server.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;

use crate::tls_server::log::{Connection, Log};

/// The header of a response with the digest of the client's certificate, as the server sees it on
/// this connection.
pub const CLIENT_CERTIFICATE: &str = "client-certificate-sha256";
/// The header of a response with the client's port on this connection.
pub const CLIENT_PORT: &str = "client-port";

/// Where `napi` tries whether its credentials are accepted, which those of `acme-api` are here.
const TEST_AUTHENTICATION: &str = "/connection/v1/testauthentication";

/// The body of `/large`.
static LARGE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

pub(crate) async fn respond(
    request: Request<Incoming>,
    connection: Arc<Connection>,
    log: Log,
) -> hyper::Result<Response<Body>> {
    connection.count_request();
    // These are measured, so they are no longer than they must be.
    match request.uri().path() {
        "/small" => return Ok(Response::new(text("hello"))),
        TEST_AUTHENTICATION => return Ok(Response::new(text("Hello acme-api"))),
        "/large" => return Ok(Response::new(text(&LARGE[..]))),
        "/count" => {
            let count = count(request.into_body()).await?;
            return Ok(Response::new(text(count.to_string())));
        }
        _ => log.requested(),
    }
    if is_grpc(request.headers()) {
        return unary_echo(request).await;
    }
    let mut response = match request.uri().path() {
        "/echo" => Response::new(request.into_body().boxed_unsync()),
        "/never" => std::future::pending().await,
        "/" => Response::new(text("hello")),
        _ => {
            let mut response = Response::new(text(""));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(CLIENT_PORT, connection.peer.port().into());
    if let Ok(digest) = HeaderValue::from_str(&connection.client_certificate) {
        headers.insert(CLIENT_CERTIFICATE, digest);
    }
    Ok(response)
}

fn text(text: impl Into<Bytes>) -> Body {
    let text = Full::new(text.into());
    text.map_err(|never| match never {}).boxed_unsync()
}

async fn count(mut body: Incoming) -> hyper::Result<usize> {
    let mut count = 0;
    while let Some(frame) = body.frame().await {
        count += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(count)
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// Answers a unary call with its own message: the frame as it came, then the status in the
/// trailers.
async fn unary_echo(request: Request<Incoming>) -> hyper::Result<Response<Body>> {
    let message = request.into_body().collect().await?.to_bytes();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(message).map_err(|never| match never {});
    let body = body.with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(body.boxed_unsync());
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(CONTENT_TYPE, grpc);
    Ok(response)
}
