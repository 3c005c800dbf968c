//! `/v3/account`: what the account has. Its shape is known from two independent users of it; no
//! page describes it.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::account::PACKAGE_ID;
use crate::napi::response;

/// Serves `GET /v3/account/packages`: the one package that every account has.
pub(crate) async fn packages() -> Response {
    let package = json!({
        "PackageIdentifier": PACKAGE_ID, "Name": "Identity Verification", "IsApproved": true,
    });
    response::json_response(StatusCode::OK, &json!([package]))
}
