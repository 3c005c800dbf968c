//! `/connection`: what tests a connection, and where the service itself calls back for those who
//! have no address to be called at.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::napi::authentication::Caller;
use crate::napi::call::Handled;
use crate::napi::version::Version;
use crate::napi::{body, response};
use crate::vendor::Vendor;

/// Serves `GET /connection/v1/sayhello/{name}`, without credentials.
pub(crate) async fn say_hello(
    State(vendor): State<Arc<Vendor>>,
    Extension(version): Extension<Version>,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let settings = vendor.service.settings();
    match name {
        Ok(Path(name)) if name.chars().count() <= NAME_LIMIT => {
            response::ok(&settings, json!(format!("Hello {name}")))
        }
        _ => response::problem(
            version,
            &settings,
            StatusCode::BAD_REQUEST,
            "Name not valid",
        ),
    }
}

/// Serves `GET /connection/v1/testauthentication`.
pub(crate) async fn test_authentication(Extension(caller): Extension<Caller>) -> Response {
    response::json_response(StatusCode::OK, &json!(format!("Hello {}", caller.user)))
}

/// Serves `POST /connection/v1/async-callback`, without credentials: takes the status of a
/// transaction, and does nothing with it.
pub(crate) async fn async_callback(
    State(vendor): State<Arc<Vendor>>,
    Extension(version): Extension<Version>,
    request: Request,
) -> Handled {
    let settings = vendor.service.settings();
    body::object(request, version, &settings).await?;
    Ok(response::ok(&settings, json!({})))
}

/// Characters of a name, after percent-decoding.
const NAME_LIMIT: usize = 100;
