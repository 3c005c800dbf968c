//! How NAPI's answers look, whatever they say. Headers and texts are those of recorded live
//! traffic of 2021, less those that belong to a single connection.

use axum::http::header::{CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde::Serialize;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (
            status,
            [(CONTENT_TYPE, "application/json; charset=utf-8")],
            body,
        )
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The one answer to all missing and wrong credentials. Its reason phrase exists in HTTP/1.1 only.
pub(crate) fn access_denied() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (WWW_AUTHENTICATE, "Basic Realm"),
    ];
    let mut response = (StatusCode::UNAUTHORIZED, headers, "Access Denied").into_response();
    response
        .extensions_mut()
        .insert(ReasonPhrase::from_static(b"Access Denied"));
    response
}

/// Adds what every answer carries, a 401 too.
pub(crate) fn add_standing_headers(headers: &mut HeaderMap) {
    for (name, value) in STANDING {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    for cookie in COOKIES {
        headers.append(SET_COOKIE, HeaderValue::from_static(cookie));
    }
}

const STANDING: [(&str, &str); 9] = [
    ("cache-control", "no-cache,no-cache, no-store"),
    ("pragma", "no-cache,no-cache"),
    ("expires", "-1"),
    ("x-frame-options", "DENY"),
    ("strict-transport-security", "max-age=31536000"),
    ("referrer-policy", "strict-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    ("x-cdn", "Imperva"),
];

/// The content delivery network in front of the 2021 host set two; the values are made up.
const COOKIES: [&str; 2] = [
    "visid_incap_0000000=mock; expires=Thu, 31 Dec 2099 23:59:59 GMT; HttpOnly; path=/",
    "incap_ses_000_0000000=mock; path=/",
];
