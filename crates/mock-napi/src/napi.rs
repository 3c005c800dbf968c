//! NAPI's routes, the same behind mutual TLS and on the plain endpoint: version 1 at the root and
//! behind each mode, and version 3.

mod account;
mod authentication;
mod body;
mod business;
mod call;
pub(crate) mod client;
mod configuration;
mod connection;
mod description;
mod parameters;
pub(crate) mod response;
mod schema;
mod subjects;
mod token;
mod transact;
mod verifications;
mod version;
mod version1;
mod version3;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::ACCEPT_ENCODING;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Extension, Router};
use mock_tls::{Point, beginning};
use tower_http::compression::CompressionLayer;

#[cfg(feature = "program")]
use crate::description::operation::Operation;
use crate::event::EventKind;
use crate::napi::authentication::Attempt;
pub(crate) use crate::napi::call::MODES;
use crate::napi::client::Client;
use crate::napi::version::Version;
use crate::service::settings::{BodyFraming, Compression};
use crate::unanswered::Unanswered;
use crate::vendor::Vendor;

/// Returns NAPI's routes, to be completed by [`for_client`].
pub(crate) fn routes(vendor: Arc<Vendor>) -> Router {
    let version1 = version1(&vendor);
    let mut routes = version3(&vendor)
        .merge(version3::tokens().router)
        .merge(version1.clone());
    for mode in MODES {
        // The vendor's modes are prefixes of the same paths.
        routes = routes.nest(mode, version1.clone());
    }
    routes
        // Outside of `route_layer`, so that an unknown path is 404 without credentials too.
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(Arc::clone(&vendor), record))
        .with_state(vendor)
}

/// Returns the descriptions of NAPI's operations; those of version 1 stand for all modes.
#[cfg(feature = "program")]
pub(crate) fn operations() -> Vec<Operation> {
    [
        version1::for_users(),
        version1::for_all(),
        version3::for_tokens(),
        version3::for_all(),
        version3::tokens(),
    ]
    .into_iter()
    .flat_map(|routes| routes.operations)
    .collect()
}

/// Returns the paths of version 1, with Basic credentials but for two.
fn version1(vendor: &Arc<Vendor>) -> Router<Arc<Vendor>> {
    let basic = from_fn_with_state(Arc::clone(vendor), authentication::basic);
    version1::for_users()
        .served(|router| router.route_layer(basic))
        .merge(version1::for_all())
        .router
        .layer(version::of(Version::One))
}

/// Returns the paths of version 3, with a token but for one.
fn version3(vendor: &Arc<Vendor>) -> Router<Arc<Vendor>> {
    let bearer = from_fn_with_state(Arc::clone(vendor), authentication::bearer);
    version3::for_tokens()
        .served(|router| router.route_layer(bearer))
        .merge(version3::for_all())
        .router
        .layer(version::of(Version::Three))
}

/// Returns the routes as this client sees them.
pub(crate) fn for_client(routes: &Router, client: Client) -> Router {
    routes.clone().layer(Extension(Arc::new(client)))
}

/// Gives a response what every response has, and records the request before the response goes out.
async fn record(
    State(vendor): State<Arc<Vendor>>,
    Extension(client): Extension<Arc<Client>>,
    mut request: Request,
    next: Next,
) -> Response {
    let settings = vendor.service.settings();
    let method = beginning(request.method().as_str());
    let path = beginning(request.uri().path());
    if settings.compression == Compression::Never {
        // The layer below compresses by this header alone.
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    // The layers below know who called; they leave it in the response for the log.
    let mut response = next.run(request).await;
    let attempt = response
        .extensions_mut()
        .remove::<Attempt>()
        .unwrap_or_default();
    response::add_standing_headers(response.headers_mut());
    if settings.length == BodyFraming::Chunked {
        response = response::in_chunks(response);
    }
    let Attempt { user, denial } = attempt;
    client
        .log
        .record(if response.extensions().get::<Unanswered>().is_some() {
            EventKind::RequestUnanswered {
                method,
                path,
                user,
                denial,
            }
        } else {
            EventKind::Request {
                method,
                path,
                status: response.status().as_u16(),
                user,
                account: client.account.clone(),
                denial,
                client_certificate_sha256: client.certificate_sha256.clone(),
            }
        });
    // After the log, so that a test which has seen the request may open the gate.
    client.gates.pass(Point::BeforeResponse).await;
    response
}
