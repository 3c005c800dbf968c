//! The form of a request in each version of HTTP (RFC 9112, section 3.2, and RFC 9113, section
//! 8.3).
//!
//! A request that a version cannot carry is refused with a reason, and nothing of it is sent.

use http::{Method, Request, Uri, Version, header, uri::Scheme};

use crate::client::pool::ready::Ready;
use crate::connection::phase::Phase;
use crate::error::{Error, ErrorKind};

/// The reason why a request cannot be sent.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum FormError {
    #[error("CONNECT is not supported over HTTP/1.0")]
    ConnectOverHttp10,
    #[error(
        "the request is for HTTP/2, and the server negotiated HTTP/1.1: do not set a version, or offer HTTP/2 alone"
    )]
    Http2OverHttp11,
    #[error(
        "the request has an Upgrade field, which HTTP/2 does not support: offer HTTP/1.1 alone"
    )]
    UpgradeOverHttp2,
    #[error("the request's version of HTTP is not supported: HTTP/1.0, HTTP/1.1 and HTTP/2 are")]
    Version,
}

/// Refuses a request that no connection could carry.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Error> {
    match request.version() {
        Version::HTTP_11 | Version::HTTP_2 => Ok(()),
        Version::HTTP_10 if request.method() == Method::CONNECT => {
            Err(unsendable(FormError::ConnectOverHttp10))
        }
        Version::HTTP_10 => Ok(()),
        _ => Err(unsendable(FormError::Version)),
    }
}

/// Adapts a request to the version of its connection.
pub(super) fn adapt<B, P>(request: &mut Request<P>, ready: &Ready<B>) -> Result<(), Error> {
    let connection = ready.connection();
    let on = |error: Error| error.on(connection.map(|connection| connection.info().clone()));
    if ready.is_http2() {
        // HTTP/2 keeps the URI complete: hyper makes its pseudo-header fields of it.
        return match request.headers().contains_key(header::UPGRADE) {
            true => Err(on(unsendable(FormError::UpgradeOverHttp2))),
            false => Ok(()),
        };
    }
    if request.version() == Version::HTTP_2 {
        return Err(on(unsendable(FormError::Http2OverHttp11)));
    }
    if !request.headers().contains_key(header::HOST)
        && let Some(host) = ready.host_field()
    {
        request.headers_mut().insert(header::HOST, host.clone());
    }
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = None;
    match *request.method() {
        // The authority alone, which needs a port or hyper refuses it.
        Method::CONNECT => parts.path_and_query = None,
        _ => parts.authority = None,
    }
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    Ok(())
}

/// Restores the original form of a request that was returned unsent.
pub(super) fn restore<P>(request: &mut Request<P>, target: &Uri) {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    let path = parts.path_and_query.take();
    parts = target.clone().into_parts();
    parts.scheme = Some(Scheme::HTTPS);
    if path.is_some() {
        parts.path_and_query = path;
    }
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
}

fn unsendable(why: FormError) -> Error {
    Error::with_source(ErrorKind::Http, Phase::Request, None, why)
}
