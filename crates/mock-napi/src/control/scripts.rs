//! The behaviour of connections: scripts in turn or repeated, faults by their names.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mock_tls::{ProxyScript, Script};
use serde_json::json;

use crate::control::description::{self, operation};
use crate::control::outcome::done;
use crate::description::Routes;
use crate::description::operation::{Example, JSON, Method, Operation, Parameter, TEXT};
use crate::description::schema::{Described, of, text};
use crate::local::DONE;
use crate::named_fault::{fault_names, named_fault};
use crate::vendor::Vendor;

pub(super) fn routes() -> Routes<Arc<Vendor>> {
    let (scripts, proxy) = ("/mock/v1/scripts", "/mock/v1/proxy/scripts");
    let (faults, fault) = ("/mock/v1/faults", "/mock/v1/faults/{name}");
    let forget = "Forget all scripts: the normal service again";
    Routes::new()
        .serve(
            takes::<Vec<Script>>(Method::Post, scripts, IN_TURN, || json!([{}])),
            enqueue,
        )
        .serve(changes(Method::Delete, scripts, forget), clear)
        .serve(
            takes::<Script>(
                Method::Put,
                &format!("{scripts}/repeated"),
                REPEATED,
                || json!({}),
            ),
            repeat,
        )
        .serve(
            operation(Method::Get, faults, "List the names of faults").returns(
                200,
                "Their names",
                JSON,
                of::<Vec<String>>,
            ),
            self::faults,
        )
        .serve(changes(Method::Delete, faults, forget), clear)
        .serve(
            named(Method::Post, fault, "Give a fault to the next connection"),
            one_fault,
        )
        .serve(
            named(Method::Put, fault, "Give a fault to every connection"),
            every_fault,
        )
        .serve(
            takes::<Vec<ProxyScript>>(Method::Post, proxy, IN_TURN, || json!([{}])),
            enqueue_proxy,
        )
        .serve(changes(Method::Delete, proxy, forget), clear_proxy)
        .serve(
            takes::<ProxyScript>(Method::Put, &format!("{proxy}/repeated"), REPEATED, || {
                json!({})
            }),
            repeat_proxy,
        )
}

fn changes(method: Method, path: &str, summary: &'static str) -> Operation {
    operation(method, path, summary).returns_nothing(204, DONE)
}

fn takes<T: Described>(
    method: Method,
    path: &str,
    summary: &'static str,
    example: Example,
) -> Operation {
    description::takes::<T>(operation(method, path, summary), example)
}

fn named(method: Method, path: &str, summary: &'static str) -> Operation {
    changes(method, path, summary).with(FAULT).returns(
        404,
        "There is no fault of this name",
        TEXT,
        text,
    )
}

const FAULT: Parameter =
    Parameter::path("name", "The name of a fault", text, || json!("iis-revoked"));
const IN_TURN: &str = "Give a script to each of the next connections";
const REPEATED: &str = "Give a script to every connection that finds none waiting";

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
