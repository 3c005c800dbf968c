//! `/connection/v1`: the two calls that test a connection.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::napi::authentication::Attempt;
use crate::napi::{Client, answer};
use crate::vendor::Vendor;

/// `GET /connection/v1/sayhello/{name}`, without credentials.
pub(crate) async fn say_hello(name: Result<Path<String>, PathRejection>) -> Response {
    match name {
        Ok(Path(name)) if name.chars().count() <= NAME_LIMIT => {
            answer::json(StatusCode::OK, &format!("Hello {name}"))
        }
        _ => answer::json(StatusCode::BAD_REQUEST, &"Name not valid"),
    }
}

/// `GET /connection/v1/testauthentication`.
pub(crate) async fn test_authentication(
    State(vendor): State<Arc<Vendor>>,
    Extension(client): Extension<Arc<Client>>,
    headers: HeaderMap,
) -> Response {
    Attempt::new(&vendor, &client, &headers)
        .answer(|user| answer::json(StatusCode::OK, &format!("Hello {user}")))
}

/// Characters of a name, after percent-decoding.
const NAME_LIMIT: usize = 100;
