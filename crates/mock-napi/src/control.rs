//! The control routes, beside the portal and never where NAPI is: read the event log, wait for a
//! connection's end, fetch the server CA and revocation lists, set clock, service and server
//! certificate, open gates. Scripts and accounts have files of their own.

mod accounts;
mod description;
mod outcome;
mod scripts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mock_tls::{ConnectionEvent, ServerCertificate};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::description::{operation, takes};
use crate::control::outcome::done;
use crate::description::Routes;
use crate::description::operation::{JSON, Method, Operation, PEM, Parameter, TEXT};
use crate::description::schema::{bytes, of, text};
use crate::event::{Event, EventKind};
use crate::http::failed;
use crate::local::{self, DONE};
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

/// Returns the control routes, with their descriptions.
pub(crate) fn routes() -> Routes<Arc<Vendor>> {
    let (clock, service, gate) = (
        "/mock/v1/clock",
        "/mock/v1/service",
        "/mock/v1/gates/{name}",
    );
    let server_certificate = operation(
        Method::Put,
        "/mock/v1/server_certificate",
        "Show all connections that follow this certificate",
    );
    let revocations = "/mock/v1/revocations/{file}";
    let revocations = operation(Method::Get, revocations, "Return a revocation list of a CA");
    let ca = operation(
        Method::Get,
        "/mock/v1/ca.pem",
        "Return the server CA to trust",
    );
    Routes::new()
        .serve(log(), events)
        .serve(ca.returns(200, "Its certificate", PEM, text), self::ca)
        .serve(
            operation(Method::Get, clock, "Return how far the clock is ahead").returns(
                200,
                "The clock",
                JSON,
                of::<ClockOffset>,
            ),
            self::clock,
        )
        .serve(
            takes::<ClockOffset>(
                operation(Method::Put, clock, "Set the clock"),
                || json!({ "offset_seconds": 0 }),
            ),
            set_clock,
        )
        .serve(
            revocations
                .with(LIST)
                .returns(200, "The list, made for the occasion", PEM, text)
                .returns(200, "", "application/pkix-crl", bytes)
                .returns_nothing(404, "There is no such list")
                .returns(500, "It could not be made", TEXT, text),
            self::revocations,
        )
        .serve(
            takes::<ServerCertificate>(server_certificate, || json!("valid")).returns(
                500,
                "It could not be made",
                TEXT,
                text,
            ),
            change_certificate,
        )
        .serve(
            operation(Method::Get, service, "Return the settings of NAPI").returns(
                200,
                "The settings",
                JSON,
                of::<ServiceSettings>,
            ),
            self::service,
        )
        .serve(
            takes::<ServiceSettings>(
                operation(Method::Put, service, "Change how NAPI answers"),
                || json!({ "nulls": "left_out" }),
            ),
            set_service,
        )
        .serve(
            operation(Method::Post, gate, "Open a gate, for good")
                .with(GATE)
                .returns_nothing(204, DONE),
            open_gate,
        )
        .serve(
            operation(Method::Get, gate, "Wait until a connection reaches a gate")
                .with(GATE)
                .returns(200, "The event of that connection", JSON, of::<Event>),
            gate_reached,
        )
        .merge(accounts::routes())
        .merge(scripts::routes())
        .described(local::described)
}

fn log() -> Operation {
    let peer = Parameter::query(
        "peer",
        "The address of a client, whose events alone are wanted",
        text,
        || json!("127.0.0.1:50112"),
    );
    let until = Parameter::query(
        "until",
        "Wait until the connection of `peer` is closed",
        |_| json!({ "type": "string", "enum": ["closed"] }),
        || json!("closed"),
    );
    operation(Method::Get, "/mock/v1/events", "Return the event log")
        .with(peer)
        .with(until)
        .returns(200, "The events, oldest first", JSON, of::<Vec<Event>>)
}

const GATE: Parameter = Parameter::path("name", "The name of a gate", text, || json!("hold"));
const LIST: Parameter = Parameter::path(
    "file",
    "The CA, and the form of its list",
    |_| json!({ "type": "string", "enum": ["client.crl", "client.pem", "server.crl", "server.pem"] }),
    || json!("server.pem"),
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    peer: Option<SocketAddr>,
    until: Option<Until>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Closed,
}

async fn events(State(vendor): State<Arc<Vendor>>, Query(query): Query<EventsQuery>) -> Response {
    match (query.peer, query.until) {
        (None, None) => Json(vendor.log.since(0)).into_response(),
        (Some(peer), None) => Json(events_of(&vendor, peer)).into_response(),
        (Some(peer), Some(Until::Closed)) => until_closed(&vendor, peer).await,
        (None, Some(Until::Closed)) => (
            StatusCode::BAD_REQUEST,
            "until=closed needs peer=ADDRESS:PORT",
        )
            .into_response(),
    }
}

/// Returns the peer's events once its latest connection is closed. A client's port may be used
/// again, so an earlier `closed` does not count.
async fn until_closed(vendor: &Vendor, peer: SocketAddr) -> Response {
    let is_closed = |event: &Event| {
        event.peer == peer
            && event.kind == EventKind::Connection(ConnectionEvent::Closed)
            && vendor
                .log
                .since(event.sequence + 1)
                .iter()
                .all(|later| later.peer != peer)
    };
    // Bounded, so that a test which waits for the wrong peer fails with a status of its own.
    match tokio::time::timeout(WAIT_LIMIT, vendor.log.wait_for(is_closed)).await {
        Ok(_) => Json(events_of(vendor, peer)).into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

fn events_of(vendor: &Vendor, peer: SocketAddr) -> Vec<Event> {
    let mut events = vendor.log.since(0);
    events.retain(|event| event.peer == peer);
    events
}

async fn ca(State(vendor): State<Arc<Vendor>>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/x-pem-file")];
    (headers, vendor.server_ca_pem.clone()).into_response()
}

/// The clock of the mock, as JSON.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ClockOffset {
    offset_seconds: i64,
}

async fn clock(State(vendor): State<Arc<Vendor>>) -> Json<ClockOffset> {
    let offset_seconds = vendor.server.clock().offset_seconds();
    Json(ClockOffset { offset_seconds })
}

async fn set_clock(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    done(&body, |ClockOffset { offset_seconds }| {
        vendor.server.clock().set(offset_seconds);
    })
}

async fn service(State(vendor): State<Arc<Vendor>>) -> Json<ServiceSettings> {
    Json(vendor.service.settings().as_ref().clone())
}

async fn set_service(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    done(&body, |settings| vendor.service.set(settings))
}

/// Returns a revocation list, of either CA and in either form.
async fn revocations(State(vendor): State<Arc<Vendor>>, Path(file): Path<String>) -> Response {
    let (ca, is_pem) = match file.as_str() {
        "client.crl" => (vendor.server.client_ca(), false),
        "client.pem" => (vendor.server.client_ca(), true),
        "server.crl" => (vendor.server.server_ca(), false),
        "server.pem" => (vendor.server.server_ca(), true),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let list = match ca.revocation_list(vendor.server.clock().now()) {
        Ok(list) => list,
        Err(error) => return failed(&error),
    };
    if !is_pem {
        let headers = [(header::CONTENT_TYPE, "application/pkix-crl")];
        return (headers, list.der().to_vec()).into_response();
    }
    let headers = [(header::CONTENT_TYPE, "application/x-pem-file")];
    match list.pem() {
        Ok(pem) => (headers, pem).into_response(),
        Err(error) => failed(&error),
    }
}

async fn change_certificate(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    match serde_json::from_slice::<ServerCertificate>(&body) {
        Ok(kind) => match vendor.server.change_certificate(kind) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(error) => failed(&error),
        },
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

async fn open_gate(State(vendor): State<Arc<Vendor>>, Path(name): Path<String>) -> StatusCode {
    vendor.server.gates().open(&name);
    StatusCode::NO_CONTENT
}

/// Returns the event of the first connection that reached the gate, as soon as there is one.
async fn gate_reached(State(vendor): State<Arc<Vendor>>, Path(name): Path<String>) -> Response {
    let is_reached = |event: &Event| matches!(&event.kind, EventKind::Connection(ConnectionEvent::GateReached { gate, .. }) if *gate == name);
    match tokio::time::timeout(WAIT_LIMIT, vendor.log.wait_for(is_reached)).await {
        Ok(event) => Json(event).into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

const WAIT_LIMIT: Duration = Duration::from_secs(10);
