//! The control routes, beside the portal and never where NAPI is: read the event log, wait for a
//! connection's end, fetch the server CA and revocation lists, set clock, service and server
//! certificate, open gates. Scripts and accounts have files of their own.

mod accounts;
mod outcome;
mod scripts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use mock_tls::{ConnectionEvent, ServerCertificate};
use serde::{Deserialize, Serialize};

use crate::control::outcome::done;
use crate::event::{Event, EventKind};
use crate::http::failed;
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

/// Returns the control routes.
pub(crate) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/mock/v1/events", get(events))
        .route("/mock/v1/ca.pem", get(ca))
        .route("/mock/v1/clock", get(clock).put(set_clock))
        .route("/mock/v1/revocations/{file}", get(revocations))
        .route("/mock/v1/server_certificate", put(change_certificate))
        .route("/mock/v1/service", get(service).put(set_service))
        .route("/mock/v1/gates/{name}", post(open_gate).get(gate_reached))
        .merge(accounts::routes())
        .merge(scripts::routes())
}

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
