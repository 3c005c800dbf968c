//! `/connect/token`: tokens for version 3 (RFC 6749, section 4.4). The client id and its secret are
//! name and password of an API user.
//!
//! The plain endpoint gives tokens to users of an organization that enforces mutual TLS, too: the
//! vendor's token host has no published twin with mutual TLS, so version 3 would be out of reach
//! otherwise.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_tls::Credentials;
use serde::Deserialize;
use serde_json::json;
use time::Duration;

use crate::napi::authentication::{Attempt, Caller, admit, identify};
use crate::napi::client::{Client, Endpoint};
use crate::napi::response;
use crate::vendor::Vendor;

/// The request for a token.
#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    grant_type: Option<String>,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    scope: Option<String>,
}

/// Serves `POST /connect/token`.
pub(crate) async fn token(
    State(vendor): State<Arc<Vendor>>,
    Extension(client): Extension<Arc<Client>>,
    request: Result<Form<TokenRequest>, FormRejection>,
) -> Response {
    let Ok(Form(request)) = request else {
        return refused("invalid_request");
    };
    if request.grant_type.as_deref() != Some("client_credentials") {
        return refused("unsupported_grant_type");
    }
    let credentials = Credentials::new(request.client_id, request.client_secret);
    let judged = identify(&vendor, &credentials).and_then(|user| match client.endpoint {
        Endpoint::MutualTls => admit(&vendor, &client, user),
        Endpoint::Plain => Ok(Caller::from(user)),
    });
    let caller = match judged {
        Ok(caller) => caller,
        Err(attempt) => {
            let mut response = refused("invalid_client");
            response.extensions_mut().insert(attempt);
            return response;
        }
    };
    if request.scope.is_some_and(|scope| scope != SCOPE) {
        return refused("invalid_scope");
    }
    let Ok(bytes) = mock_tls::random::<32>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let seconds = vendor.service.settings().token_seconds;
    let ends = vendor.server.clock().now() + Duration::seconds(seconds.into());
    vendor
        .service
        .tokens
        .add(token.clone(), caller.user.clone(), ends);
    let granted = json!({
        "access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": SCOPE,
    });
    let mut response = response::json_response(StatusCode::OK, &granted);
    response.extensions_mut().insert(Attempt::from(&caller));
    response
}

fn refused(error: &str) -> Response {
    response::json_response(StatusCode::BAD_REQUEST, &json!({ "error": error }))
}

const SCOPE: &str = "napi.api";
