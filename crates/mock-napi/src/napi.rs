//! NAPI's routes, behind mutual TLS. So far the connection part of V1.

mod answer;
mod authentication;
mod connection;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};

use crate::event::EventKind;
use crate::gate::{ConnectionGates, Point};
use crate::log::ConnectionLog;
use crate::napi::authentication::Attempt;
use crate::vendor::Vendor;

/// The client at the other end of a connection, as its certificate tells.
pub(crate) struct Client {
    pub(crate) log: ConnectionLog,
    pub(crate) gates: ConnectionGates,
    pub(crate) certificate_sha256: Option<String>,
    pub(crate) account: Option<String>,
}

/// NAPI's routes, to be completed by [`for_client`].
pub(crate) fn routes(vendor: Arc<Vendor>) -> Router {
    Router::new()
        .route("/connection/v1/sayhello/{name}", get(connection::say_hello))
        .route(
            "/connection/v1/testauthentication",
            get(connection::test_authentication),
        )
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(from_fn(record))
        .with_state(vendor)
}

/// The routes as this client sees them.
pub(crate) fn for_client(routes: &Router, client: Client) -> Router {
    routes.clone().layer(Extension(Arc::new(client)))
}

/// Adds the headers that every answer has, and records the request before the answer goes out.
async fn record(
    Extension(client): Extension<Arc<Client>>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let attempt = response
        .extensions_mut()
        .remove::<Attempt>()
        .unwrap_or_default();
    answer::add_standing_headers(response.headers_mut());
    client.log.record(EventKind::Request {
        method,
        path,
        status: response.status().as_u16(),
        user: attempt.user,
        account: client.account.clone(),
        denial: attempt.denial,
        client_certificate_sha256: client.certificate_sha256.clone(),
    });
    client.gates.pass(Point::BeforeAnswer).await;
    response
}
