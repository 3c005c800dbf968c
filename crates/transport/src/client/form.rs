//! The form of a request in each version of HTTP (RFC 9112, section 3.2, and RFC 9113, section 8.3).
//!
//! What a version cannot carry is refused in words, and nothing of it is sent.

use http::{Method, Request, Uri, Version, header, uri::Scheme};

use crate::client::pool::ready::Ready;
use crate::connection::phase::Phase;
use crate::error::{Error, ErrorKind};

/// Why a request cannot be sent.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Unsendable {
    #[error("the request says CONNECT, which HTTP/1.0 does not have here")]
    ConnectOverHttp10,
    #[error(
        "the request asks for HTTP/2, and the server speaks HTTP/1.1: leave the version out, or offer HTTP/2 alone"
    )]
    Http2OverHttp11,
    #[error(
        "the request asks to change the protocol (Upgrade), which HTTP/2 does not have: offer HTTP/1.1 alone"
    )]
    UpgradeOverHttp2,
    #[error(
        "the request is of a version of HTTP that is not spoken here: HTTP/1.0, HTTP/1.1 and HTTP/2 are"
    )]
    Version,
}

/// Refuses what no connection could carry.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Error> {
    match request.version() {
        Version::HTTP_11 | Version::HTTP_2 => Ok(()),
        Version::HTTP_10 if request.method() == Method::CONNECT => {
            Err(unsendable(Unsendable::ConnectOverHttp10))
        }
        Version::HTTP_10 => Ok(()),
        _ => Err(unsendable(Unsendable::Version)),
    }
}

/// Brings a request into the form of its connection.
pub(super) fn bring<B, P>(request: &mut Request<P>, ready: &Ready<B>) -> Result<(), Error> {
    let connection = ready.connection();
    let on = |error: Error| error.on(connection.map(|it| it.info().clone()));
    if ready.is_http2() {
        // HTTP/2 keeps the URI whole: hyper makes its pseudo-header fields of it.
        return match request.headers().contains_key(header::UPGRADE) {
            true => Err(on(unsendable(Unsendable::UpgradeOverHttp2))),
            false => Ok(()),
        };
    }
    if request.version() == Version::HTTP_2 {
        return Err(on(unsendable(Unsendable::Http2OverHttp11)));
    }
    if !request.headers().contains_key(header::HOST)
        && let Some(host) = ready.host_field()
    {
        request.headers_mut().insert(header::HOST, host.clone());
    }
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = None;
    match *request.method() {
        // The authority alone, which has to have a port then or hyper refuses it.
        Method::CONNECT => parts.path_and_query = None,
        _ => parts.authority = None,
    }
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    Ok(())
}

/// Brings a request that came back unsent into the form it was given in.
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

fn unsendable(why: Unsendable) -> Error {
    Error::with_source(ErrorKind::Http, Phase::Request, None, why)
}
