//! Rejects requests that a foreign web page makes a browser on this machine send.
//!
//! Portal and control are plain HTTP on loopback, and the control asks for no credentials, so any
//! page that a developer looks at could reach them. Four things are looked at, and each closes one
//! way:
//!
//! - `Host` (of an absolute target, its authority) has to name this machine, on loopback or by a
//!   name that the mock was given. A page whose own name
//!   was made to resolve to 127.0.0.1 ("DNS rebinding") is of the same origin for the browser, and
//!   is told by nothing else. Asked of every method, since such a page can read responses too.
//! - `Origin`, which browsers add to every cross-site request but plain GETs, has to be this very
//!   origin.
//! - `Sec-Fetch-Site`, which pages cannot forge, has to be `same-origin` or `none` (typed by a
//!   person).
//! - `Content-Type` of a body for the control has to be one that no HTML form and no script without
//!   permission can send (Fetch Standard, "CORS-safelisted request-header").
//!
//! The second and the third are not asked of GET and HEAD, which change nothing here: a link to the
//! event log works. Programs other than browsers send neither. No response has a header that would
//! let another origin read it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, ORIGIN, TRANSFER_ENCODING,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::vendor::Vendor;

/// Passes a request on unless a page of another site may be behind it.
pub(crate) async fn refuse_other_sites(
    State(vendor): State<Arc<Vendor>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match refusal(&request, &vendor.names) {
        None => next.run(request).await,
        Some((status, reason)) => (status, format!("{reason}\n")).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

type Refusal = (StatusCode, &'static str);

fn refusal(request: &Request, names: &[String]) -> Option<Refusal> {
    let headers = request.headers();
    let host = match host(request) {
        Ok(host) => host,
        Err(refusal) => return Some(refusal),
    };
    if !is_this_machine(host, names) {
        return Some((
            StatusCode::FORBIDDEN,
            "the Host header does not name this machine: use 127.0.0.1, localhost or a --server-name",
        ));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let own = format!("http://{host}");
    if let Some(origin) = only(headers, &ORIGIN)
        && !origin.is_ok_and(|origin| origin.eq_ignore_ascii_case(&own))
    {
        return Some((
            StatusCode::FORBIDDEN,
            "the Origin header names another site: its pages may not do this",
        ));
    }
    if let Some(site) = only(headers, &FETCH_SITE)
        && !site.is_ok_and(|site| matches!(site, "same-origin" | "none"))
    {
        return Some((
            StatusCode::FORBIDDEN,
            "the Sec-Fetch-Site header tells of another site: its pages may not do this",
        ));
    }
    let is_for_control = request.uri().path().starts_with("/mock/");
    (is_for_control && !is_of_a_program(headers)).then_some((
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "the Content-Type is one that any web page can send: use application/json, for a certification \
         request application/pkcs10",
    ))
}

/// Returns the host that a request is for, with its port.
fn host(request: &Request) -> Result<&str, Refusal> {
    const NONE: Refusal = (StatusCode::BAD_REQUEST, "the request needs one Host header");
    let header = only(request.headers(), &HOST)
        .transpose()
        .map_err(|()| NONE)?;
    match request.uri().authority() {
        // What stands in the target counts (RFC 9112, section 3.2.2), but a client that says two
        // things is none in earnest.
        Some(authority) if header.is_some_and(|host| host != authority.as_str()) => Err(NONE),
        Some(authority) => Ok(authority.as_str()),
        None => header.ok_or(NONE),
    }
}

/// Returns the value of a header that may stand there once; an error if it does not, or is not
/// text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Result<&'a str, ()>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(match values.next() {
        None => first.to_str().map_err(|_| ()),
        Some(_) => Err(()),
    })
}

fn is_this_machine(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    matches!(name, "127.0.0.1" | "[::1]")
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|it| bare.eq_ignore_ascii_case(it))
}

/// Returns whether a body, if there is one, is of a type that a browser sends only after it has
/// asked for permission, which it does not get here.
fn is_of_a_program(headers: &HeaderMap) -> bool {
    let has_body = headers.contains_key(TRANSFER_ENCODING)
        || headers
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
    match only(headers, &CONTENT_TYPE) {
        None => !has_body,
        Some(Err(())) => false,
        Some(Ok(value)) => {
            let media_type = value.split(';').next().unwrap_or_default().trim();
            TYPES.iter().any(|it| media_type.eq_ignore_ascii_case(it))
        }
    }
}

/// The last are those of a certification request, RFC 5967 first.
const TYPES: [&str; 4] = [
    "application/json",
    "application/pkcs10",
    "application/x-pem-file",
    "application/octet-stream",
];

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(method: &str, path: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let names = ["mock.example".to_owned(), "fd00::1".to_owned()];
        let request = request.body(Body::empty()).unwrap();
        refusal(&request, &names).map(|(status, _)| status.as_u16())
    }

    const SCRIPTS: &str = "/mock/v1/scripts";
    const HERE: (&str, &str) = ("host", "127.0.0.1:8080");
    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    #[test]
    fn names_of_this_machine_are_taken_and_others_refused() {
        for host in [
            "127.0.0.1:8080",
            "localhost:8080",
            "LocalHost",
            "[::1]:8080",
            "127.0.0.1",
            "Mock.example:8080",
            "[fd00::1]:8080",
        ] {
            assert_eq!(status("GET", SCRIPTS, &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8080",
            "127.0.0.1:8080@evil.example",
            "0.0.0.0:8080",
            "localhost.",
            "a.mock.example",
            "mock.example.",
            "[fd00::2]:8080",
            "::1",
            "",
        ] {
            assert_eq!(
                status("GET", SCRIPTS, &[("host", host)]),
                Some(403),
                "{host}"
            );
        }
    }

    #[test]
    fn no_host_two_hosts_and_two_opinions_are_refused() {
        assert_eq!(status("GET", SCRIPTS, &[]), Some(400));
        assert_eq!(
            status("GET", SCRIPTS, &[HERE, ("host", "evil.example")]),
            Some(400)
        );
        let absolute = "http://evil.example/mock/v1/scripts";
        assert_eq!(status("GET", absolute, &[HERE]), Some(400));
        assert_eq!(
            status("GET", absolute, &[("host", "evil.example")]),
            Some(403)
        );
        let own = "http://127.0.0.1:8080/mock/v1/scripts";
        assert_eq!(status("GET", own, &[HERE]), None);
    }

    #[test]
    fn another_origin_is_refused_for_what_changes_something() {
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:8080",
            "http://127.0.0.1:3000",
            "https://127.0.0.1:8080",
            "",
        ] {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                let headers = [HERE, JSON, ("origin", origin)];
                assert_eq!(
                    status(method, SCRIPTS, &headers),
                    Some(403),
                    "{method} {origin}"
                );
                let upload = [HERE, ("origin", origin)];
                assert_eq!(
                    status(method, "/portal/v1/certificates", &upload),
                    Some(403)
                );
            }
            assert_eq!(status("GET", SCRIPTS, &[HERE, ("origin", origin)]), None);
        }
        let own = [HERE, JSON, ("origin", "http://127.0.0.1:8080")];
        assert_eq!(status("POST", SCRIPTS, &own), None);
    }

    #[test]
    fn another_site_is_refused_for_what_changes_something() {
        for (site, expected) in [
            ("cross-site", Some(403)),
            ("same-site", Some(403)),
            ("", Some(403)),
            ("same-origin", None),
            ("none", None),
        ] {
            let headers = [HERE, JSON, ("sec-fetch-site", site)];
            assert_eq!(status("DELETE", SCRIPTS, &headers), expected, "{site}");
            assert_eq!(status("GET", SCRIPTS, &headers), None);
        }
    }

    #[test]
    fn control_body_of_a_form_type_is_rejected() {
        let length = ("content-length", "2");
        for form in [
            "text/plain",
            "text/plain; application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "",
        ] {
            let headers = [HERE, length, ("content-type", form)];
            assert_eq!(status("POST", SCRIPTS, &headers), Some(415), "{form}");
        }
        assert_eq!(status("POST", SCRIPTS, &[HERE, length]), Some(415));
        let chunked = ("transfer-encoding", "chunked");
        assert_eq!(status("POST", SCRIPTS, &[HERE, chunked]), Some(415));
        assert_eq!(
            status("POST", SCRIPTS, &[HERE, length, JSON, JSON]),
            Some(415)
        );
        assert_eq!(status("POST", SCRIPTS, &[HERE, length, JSON]), None);
        let request = ("content-type", "application/pkcs10");
        assert_eq!(status("POST", SCRIPTS, &[HERE, length, request]), None);
        assert_eq!(status("POST", "/mock/v1/gates/a", &[HERE]), None);
        assert_eq!(
            status("POST", "/mock/v1/gates/a", &[HERE, ("content-length", "0")]),
            None
        );
    }
}
