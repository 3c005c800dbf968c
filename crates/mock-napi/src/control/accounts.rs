//! The portal's actions for an account, without its portal user: for tests that are not about that.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use mock_tls::ClientIdentity;
use serde_json::{Value, json};

use crate::account::Account;
use crate::client_identity;
use crate::control::description::operation;
use crate::description::Routes;
use crate::description::operation::{JSON, Method, Operation, Parameter, TEXT};
use crate::description::schema::{Components, object, of, text};
use crate::enforcement::Switch;
use crate::error::Error;
use crate::event::ConnectionLog;
use crate::http::failed;
use crate::local;
use crate::portal;
use crate::portal::issue::{self, IssueQuery};
use crate::vendor::Vendor;

pub(super) fn routes() -> Routes<Arc<Vendor>> {
    let of_account = |method, what: &str, summary| {
        let path = format!("/mock/v1/accounts/{{account}}/{what}");
        operation(method, &path, summary).with(ACCOUNT).returns(
            404,
            "There is no parent account of this name",
            TEXT,
            text,
        )
    };
    let upload = of_account(Method::Post, "certificates", "Certify a request (PKCS#10)");
    let new = of_account(
        Method::Post,
        "client_identity",
        "Make a key and its certificate",
    );
    let ready = of_account(
        Method::Put,
        "ready_identity",
        "Return the identity that is there from the start on",
    );
    let switch = of_account(
        Method::Get,
        "enforcement",
        "Tell whether mutual TLS is enforced",
    );
    let turn = of_account(
        Method::Put,
        "enforcement",
        "Enforce mutual TLS, or no longer",
    );
    Routes::new()
        .serve(local::upload(upload), certify)
        .serve(with_identity(201, new), client_identity)
        .serve(with_identity(200, ready), ready_identity)
        .serve(
            switch.returns(200, "The switch", JSON, of::<Switch>),
            enforcement,
        )
        .serve(local::turn(turn), enforce)
        .served(|router| router.layer(DefaultBodyLimit::max(portal::BODY_LIMIT)))
}

fn with_identity(status: u16, operation: Operation) -> Operation {
    operation
        .returns(status, "The identity", JSON, identity)
        .returns(409, local::FULL, JSON, local::problems)
        .returns(500, local::NOT_KEPT, JSON, local::problems)
        .returns(500, "", TEXT, text)
}

fn identity(all: &mut Components) -> Value {
    object(
        [
            ("certificate_pem", text(all)),
            ("private_key_pem", text(all)),
            ("serial", text(all)),
        ],
        [],
    )
}

const ACCOUNT: Parameter = Parameter::path(
    "account",
    "The name of a parent account",
    |_| json!({ "type": "string", "examples": ["acme", "globex"] }),
    || json!("acme"),
);

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
