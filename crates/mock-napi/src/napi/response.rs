//! The form of NAPI's responses, whatever their content. Headers and texts are those of recorded
//! live traffic of 2021, less those that belong to a single connection.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde_json::{Value, json};

use crate::napi::version::Version;
use crate::service::render::Render;
use crate::service::settings::{PlainRejection, ProblemForm, ServiceSettings};
use crate::unanswered::Unanswered;

/// Returns a successful response in JSON, with or without what has no value.
pub(crate) fn ok(settings: &ServiceSettings, value: Value) -> Response {
    json_response(StatusCode::OK, &Render(settings).styled(value))
}

/// Returns what has nothing to leave out, with any status.
pub(crate) fn json_response(status: StatusCode, value: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, headers, value.to_string()).into_response()
}

/// Returns the response to a request that is not served: in version 1 in the form that the settings
/// want, in version 3 as problem details.
pub(crate) fn problem(
    version: Version,
    settings: &ServiceSettings,
    status: StatusCode,
    message: &str,
) -> Response {
    if version == Version::Three {
        return problem_details(status, message, &json!({}));
    }
    let reason: String = status.canonical_reason().unwrap_or_default().to_owned();
    let value = match settings.problems {
        ProblemForm::BareString => json!(message),
        ProblemForm::CodeAndMessage => json!({
            "Code": status.as_u16(),
            "Reason": reason.replace(' ', ""),
            "Message": message,
        }),
        ProblemForm::Message => json!({ "Message": message }),
        ProblemForm::ProblemDetails => {
            return problem_details(status, message, &json!({}));
        }
    };
    json_response(status, &value)
}

/// Returns problem details (RFC 9457) as ASP.NET writes them.
fn problem_details(status: StatusCode, title: &str, errors: &Value) -> Response {
    let value = json!({
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": title,
        "status": status.as_u16(),
        "detail": null,
        "instance": null,
        "traceId": "00-00000000000000000000000000000000-0000000000000000-00",
        "errors": errors,
    });
    let headers = [(CONTENT_TYPE, "application/problem+json; charset=utf-8")];
    (status, headers, value.to_string()).into_response()
}

/// Returns a web page in the place of a response.
pub(crate) fn page(status: StatusCode, title: &str) -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    let page = format!(
        "<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\r\n"
    );
    (status, headers, page).into_response()
}

/// Returns the one response to all missing and wrong credentials. Its reason phrase exists in
/// HTTP/1.1 only.
pub(crate) fn access_denied() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (WWW_AUTHENTICATE, "Basic Realm"),
    ];
    let mut response = (StatusCode::UNAUTHORIZED, headers, "Access Denied").into_response();
    response
        .extensions_mut()
        // The live service has this phrase in place of "Unauthorized".
        .insert(ReasonPhrase::from_static(b"Access Denied"));
    response
}

/// Returns the response to a token that is missing, unknown or too old.
pub(crate) fn invalid_token() -> Response {
    let headers = [(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}

/// Returns the response of the plain endpoint to users of an organization that enforces mutual TLS.
/// Which one the vendor's is, is not documented; nor are these words.
pub(crate) fn plain_rejected(version: Version, settings: &ServiceSettings) -> Response {
    const MESSAGE: &str = "Mutual TLS is required for this account";
    match settings.plain_rejection {
        PlainRejection::Closed => {
            // Never sent: the mark makes the listener end the connection.
            let mut response = StatusCode::FORBIDDEN.into_response();
            response.extensions_mut().insert(Unanswered);
            response
        }
        PlainRejection::Forbidden => problem(version, settings, StatusCode::FORBIDDEN, MESSAGE),
        PlainRejection::ProblemDetails => {
            problem_details(StatusCode::FORBIDDEN, MESSAGE, &json!({}))
        }
        PlainRejection::Unauthorized => match version {
            Version::One => access_denied(),
            Version::Three => invalid_token(),
        },
    }
}

/// Returns the same response without a word of its length, so that HTTP/1.1 sends it in chunks.
pub(crate) fn in_chunks(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    // hyper sends chunks when no length is given and the body's is unknown.
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::from_stream(body.into_data_stream()))
}

/// Adds what every response carries, a 401 too.
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
