//! The body of a request: JSON of at most so many bytes, or the reason why not.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use http_body_util::BodyExt;
use serde_json::{Map, Value};

use crate::http::SILENCE_LIMIT;
use crate::napi::call::Refused;
use crate::napi::response;
use crate::napi::version::Version;
use crate::service::settings::ServiceSettings;

/// Returns the members of the object that a request sends; else its response: 415, 413, 408 or 400.
pub(crate) async fn object(
    request: Request,
    version: Version,
    settings: &ServiceSettings,
) -> Result<Map<String, Value>, Refused> {
    let (head, body) = request.into_parts();
    let problem = |status, message| response::problem(version, settings, status, message);
    if !is_json(&head.headers) {
        let message = "Content-Type must be application/json";
        return Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into());
    }
    let reading = tokio::time::timeout(SILENCE_LIMIT, read(body, settings.longest_body));
    let read = reading.await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT));
    let bytes = read.map_err(StatusCode::into_response)?;
    let members = serde_json::from_slice(&bytes);
    Ok(members.map_err(|_| problem(StatusCode::BAD_REQUEST, "Request not valid"))?)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

/// Reads to the end, so that the client hears the response: a server that stops reading may have to
/// reset the connection, and the response is lost with it. Beyond four times the limit it stops.
async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, StatusCode> {
    let mut bytes = Vec::new();
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length > limit.saturating_mul(4) {
            break;
        }
        if length <= limit {
            bytes.extend_from_slice(data);
        }
    }
    if length > limit {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(bytes)
}
