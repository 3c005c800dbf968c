//! The portal's actions for an account, without its portal user: for tests that are not about that.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use mock_tls::ClientIdentity;
use serde_json::json;

use crate::account::Account;
use crate::client_identity;
use crate::error::Error;
use crate::event::ConnectionLog;
use crate::http::failed;
use crate::portal;
use crate::portal::issue::{self, IssueQuery};
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    let of = |what: &str| format!("/mock/v1/accounts/{{account}}/{what}");
    Router::new()
        .route(&of("certificates"), post(certify))
        .route(&of("client_identity"), post(client_identity))
        .route(&of("ready_identity"), put(ready_identity))
        .route(&of("enforcement"), get(enforcement).put(enforce))
        .layer(DefaultBodyLimit::max(portal::BODY_LIMIT))
}

async fn certify(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    Path(account): Path<String>,
    query: Result<Query<IssueQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let query = query.map(|Query(query)| query);
    let query = query.map_err(|_| issue::invalid_validity());
    with(&vendor, &account, |account| {
        portal::certificate(portal::certify_upload(&vendor, account, &log, body, query))
    })
}

async fn client_identity(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    Path(account): Path<String>,
) -> Response {
    with(&vendor, &account, |account| {
        let identity = client_identity::make(&vendor, account, &log);
        identity_response(StatusCode::CREATED, identity)
    })
}

/// Returns the identity that is there from the start on, made if there is none.
async fn ready_identity(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    Path(account): Path<String>,
) -> Response {
    with(&vendor, &account, |account| {
        let identity = client_identity::ready(&vendor, account, &log);
        identity_response(StatusCode::OK, identity)
    })
}

fn identity_response(status: StatusCode, identity: Result<ClientIdentity, Error>) -> Response {
    match identity {
        Ok(identity) => {
            let identity = json!({
                "certificate_pem": identity.certificate_pem(),
                "private_key_pem": identity.secret_key_pem(),
                "serial": identity.serial(),
            });
            (status, Json(identity)).into_response()
        }
        Err(Error::Refused { problems }) => portal::certificate(Err(problems)),
        Err(error) => failed(&error),
    }
}

async fn enforcement(State(vendor): State<Arc<Vendor>>, Path(account): Path<String>) -> Response {
    with(&vendor, &account, |account| {
        Json(vendor.enforcement.of(account.name())).into_response()
    })
}

async fn enforce(
    State(vendor): State<Arc<Vendor>>,
    Extension(log): Extension<ConnectionLog>,
    Path(account): Path<String>,
    body: Bytes,
) -> Response {
    with(&vendor, &account, |account| {
        match serde_json::from_slice(&body) {
            Ok(switch) => match vendor.enforce(account, switch, &log) {
                Ok(()) => StatusCode::NO_CONTENT.into_response(),
                Err(error) => failed(&error),
            },
            Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        }
    })
}

fn with(vendor: &Vendor, name: &str, act: impl FnOnce(&Account) -> Response) -> Response {
    match vendor.parent_account(name) {
        Some(account) => act(account),
        None => (
            StatusCode::NOT_FOUND,
            "there is no parent account of this name",
        )
            .into_response(),
    }
}
