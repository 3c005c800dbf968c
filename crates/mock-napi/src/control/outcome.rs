//! The responses of the control to what changes something.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

/// Performs what the JSON of a request says, or says what is wrong with the JSON.
pub(super) fn done<T: DeserializeOwned>(body: &[u8], act: impl FnOnce(T)) -> Response {
    match serde_json::from_slice(body) {
        Ok(value) => act(value),
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
    StatusCode::NO_CONTENT.into_response()
}
