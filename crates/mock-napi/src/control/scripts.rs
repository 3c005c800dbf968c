//! The behaviour of connections: scripts in turn or repeated, faults by their names.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use mock_tls::{ProxyScript, Script};

use crate::control::outcome::done;
use crate::named_fault::{fault_names, named_fault};
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    let proxy = "/mock/v1/proxy/scripts";
    Router::new()
        .route("/mock/v1/scripts", post(enqueue).delete(clear))
        .route("/mock/v1/scripts/repeated", put(repeat))
        .route("/mock/v1/faults", get(faults).delete(clear))
        .route("/mock/v1/faults/{name}", post(one_fault).put(every_fault))
        .route(proxy, post(enqueue_proxy).delete(clear_proxy))
        .route(&format!("{proxy}/repeated"), put(repeat_proxy))
}

async fn enqueue(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    done(&body, |scripts: Vec<Script>| {
        vendor.server.scripts().enqueue(scripts)
    })
}

async fn repeat(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    done(&body, |script| vendor.server.scripts().repeat(script))
}

async fn enqueue_proxy(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    let enqueue = |scripts: Vec<ProxyScript>| vendor.server.proxy_scripts().enqueue(scripts);
    done(&body, enqueue)
}

async fn repeat_proxy(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    done(&body, |script| vendor.server.proxy_scripts().repeat(script))
}

async fn clear_proxy(State(vendor): State<Arc<Vendor>>) -> StatusCode {
    vendor.server.proxy_scripts().clear();
    StatusCode::NO_CONTENT
}

async fn clear(State(vendor): State<Arc<Vendor>>) -> StatusCode {
    vendor.server.scripts().clear();
    StatusCode::NO_CONTENT
}

/// Returns the names of all faults.
async fn faults() -> Response {
    Json(fault_names()).into_response()
}

/// Gives this fault to the next connection.
async fn one_fault(State(vendor): State<Arc<Vendor>>, Path(name): Path<String>) -> Response {
    with_fault(&name, |script| vendor.server.scripts().enqueue([script]))
}

/// Gives this fault to every connection, until another is named or all are cleared.
async fn every_fault(State(vendor): State<Arc<Vendor>>, Path(name): Path<String>) -> Response {
    with_fault(&name, |script| vendor.server.scripts().repeat(script))
}

fn with_fault(name: &str, act: impl FnOnce(Script)) -> Response {
    let Some(script) = named_fault(name) else {
        let message = format!(
            "there is no fault of this name; the faults are: {}",
            fault_names().join(", ")
        );
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    act(script);
    StatusCode::NO_CONTENT.into_response()
}
