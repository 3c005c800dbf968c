//! The form of a request in each version of HTTP (RFC 9112, section 3.2, and RFC 9113, section
//! 8.3).
//!
//! A request that a version cannot carry is refused with a reason, and nothing of it is sent.

use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header, uri::Scheme};

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
    adapt_fields(request.headers_mut());
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

/// Gives fields of HTTP/2 the form that they have in HTTP/1.1: a `TE` is announced by `Connection`
/// ([RFC 9110, section 10.1.4]), and there is one `Cookie` ([RFC 9113, section 8.2.3]).
///
/// [RFC 9110, section 10.1.4]: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.4
/// [RFC 9113, section 8.2.3]: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
fn adapt_fields(fields: &mut HeaderMap) {
    if fields.contains_key(header::TE) && !names_te(fields) {
        let te = HeaderValue::from_static("te");
        let options = fields.get_all(header::CONNECTION).iter().chain([&te]);
        // One field: of several, hyper reads the first.
        if let Some(all) = joined(options, b", ") {
            fields.insert(header::CONNECTION, all);
        }
    }
    let cookies = fields.get_all(header::COOKIE);
    if cookies.iter().nth(1).is_some()
        && let Some(all) = joined(cookies.iter(), b"; ")
    {
        fields.insert(header::COOKIE, all);
    }
}

fn names_te(fields: &HeaderMap) -> bool {
    let values = fields.get_all(header::CONNECTION).iter();
    let mut options = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"te"))
}

/// Joins the values of a field.
fn joined<'a>(
    values: impl Iterator<Item = &'a HeaderValue>,
    separator: &[u8],
) -> Option<HeaderValue> {
    let values: Vec<_> = values.collect();
    let bytes: Vec<_> = values.iter().map(|value| value.as_bytes()).collect();
    let mut all = HeaderValue::from_bytes(&bytes.join(separator)).ok()?;
    all.set_sensitive(values.iter().any(|value| value.is_sensitive()));
    Some(all)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(fields: &[(&'static str, &'static str)], name: &str) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_static(value));
        }
        adapt_fields(&mut map);
        let values = map.get_all(name).iter();
        values
            .map(|value| value.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn te_is_announced_once() {
        for (fields, expected) in [
            (&[("te", "trailers")][..], &["te"][..]),
            (&[("te", "trailers"), ("connection", "x, TE")], &["x, TE"]),
            (
                &[("te", "trailers"), ("connection", "close")],
                &["close, te"],
            ),
            (
                &[("te", "a"), ("connection", "tea"), ("connection", "b")],
                &["tea, b, te"],
            ),
            (&[("x", "trailers")], &[]),
            (&[("x", "y"), ("connection", "close")], &["close"]),
        ] {
            assert_eq!(adapted(fields, "connection"), expected, "{fields:?}");
        }
    }

    #[test]
    fn cookies_are_one_field_and_stay_secret() {
        let cookies = [("cookie", "a=b"), ("x", "y"), ("cookie", "c=d; e=f")];
        assert_eq!(adapted(&cookies, "cookie"), ["a=b; c=d; e=f"]);
        assert_eq!(adapted(&cookies[..1], "cookie"), ["a=b"]);
        assert!(adapted(&[("x", "y")], "cookie").is_empty());
        let mut secret = HeaderValue::from_static("a=b");
        secret.set_sensitive(true);
        let other = HeaderValue::from_static("c=d");
        for (values, expected) in [([&other, &secret], true), ([&other, &other], false)] {
            let all = joined(values.into_iter(), b"; ").unwrap();
            assert_eq!(all.is_sensitive(), expected);
        }
    }
}
