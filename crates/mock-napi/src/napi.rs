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
pub(crate) mod response;
mod token;
mod transact;
mod verifications;
mod version;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::ACCEPT_ENCODING;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use mock_tls::{Point, beginning};
use tower_http::compression::CompressionLayer;

use crate::event::EventKind;
use crate::napi::authentication::Attempt;
use crate::napi::call::MODES;
use crate::napi::client::Client;
use crate::napi::version::Version;
use crate::service::settings::{BodyFraming, Compression};
use crate::unanswered::Unanswered;
use crate::vendor::Vendor;

/// Returns NAPI's routes, to be completed by [`for_client`].
pub(crate) fn routes(vendor: Arc<Vendor>) -> Router {
    let version1 = version1(&vendor);
    let mut routes = version3(&vendor)
        .route("/connect/token", post(token::token))
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

/// Returns the paths of version 1, with Basic credentials but for two.
fn version1(vendor: &Arc<Vendor>) -> Router<Arc<Vendor>> {
    use crate::napi::{business, configuration as conf, connection, verifications as ver};
    let joi = "/configuration/v1/countryJOI";
    let numbers = "/configuration/v1/businessregistrationnumbers";
    let types = "/configuration/v1/documentTypes";
    let conf_of = |word: &str| format!("/configuration/v1/{word}/{{configuration}}/{{country}}");
    let ver_of = |rest: &str| format!("/verifications/v1/{rest}");
    Router::new()
        .route(
            "/connection/v1/testauthentication",
            get(connection::test_authentication),
        )
        .route(
            "/configuration/v1/countrycodes/{configuration}",
            get(conf::country_codes),
        )
        .route(
            "/configuration/v1/countrysubdivisions/{country}",
            get(conf::country_subdivisions),
        )
        .route(joi, get(conf::all_jurisdictions))
        .route(&format!("{joi}/{{country}}"), get(conf::jurisdictions))
        .route(numbers, get(conf::all_registration_numbers))
        .route(
            &format!("{numbers}/{{country}}"),
            get(conf::registration_numbers),
        )
        .route(
            &format!("{numbers}/{{country}}/{{jurisdiction}}"),
            get(conf::registration_numbers_within),
        )
        .route(&conf_of("fields"), get(conf::fields))
        .route(&conf_of("recommendedfields"), get(conf::recommended_fields))
        .route(&conf_of("consents"), get(conf::consents))
        .route(&conf_of("detailedConsents"), get(conf::detailed_consents))
        .route(&conf_of("testentities"), get(conf::test_entities))
        .route(&conf_of("datasources"), get(conf::datasources))
        .route(
            "/configuration/v1/alldatasources/{configuration}",
            get(conf::all_datasources),
        )
        .route(types, get(conf::all_document_types))
        .route(&format!("{types}/{{country}}"), get(conf::document_types))
        .route(&ver_of("verify"), post(ver::verify))
        .route(&ver_of("transactionrecord/{id}"), get(ver::record))
        .route(
            &ver_of("transactionrecord/{id}/{field}"),
            get(ver::record_part),
        )
        .route(&ver_of("transaction/{id}/status"), get(ver::status))
        .route(
            &ver_of("transaction/{id}/partialresult"),
            get(ver::partial_result),
        )
        .route(&ver_of("documentdownload/{id}/{field}"), get(ver::download))
        .route("/business/v1/search", post(business::search))
        .route(
            "/business/v1/search/transactionrecord/{id}",
            get(business::search_result),
        )
        .route_layer(from_fn_with_state(
            Arc::clone(vendor),
            authentication::basic,
        ))
        .route("/connection/v1/sayhello/{name}", get(connection::say_hello))
        .route(
            "/connection/v1/async-callback",
            post(connection::async_callback),
        )
        .layer(version::of(Version::One))
}

/// Returns the paths of version 3, with a token but for one.
fn version3(vendor: &Arc<Vendor>) -> Router<Arc<Vendor>> {
    use crate::napi::{business, configuration as conf, connection, verifications as ver};
    let conf_of = |rest: &str| format!("/v3/configuration/{rest}");
    let ver_of = |rest: &str| format!("/v3/verifications/{rest}");
    let business_of = |rest: &str| format!("/v3/business/{rest}");
    Router::new()
        .route("/v3/account/packages", get(account::packages))
        .route("/v3/connection/sayhello/{name}", get(connection::say_hello))
        .route(
            "/v3/connection/testauthentication",
            get(connection::test_authentication),
        )
        .route(&conf_of("countrycodes/{package}"), get(conf::country_codes))
        .route(
            &conf_of("countrysubdivisions/{country}"),
            get(conf::country_subdivisions),
        )
        .route(&conf_of("fields/{package}/{country}"), get(conf::fields))
        .route(
            &conf_of("fields/{package}/{country}/recommended"),
            get(conf::recommended_fields),
        )
        .route(
            &conf_of("consents/{package}/{country}"),
            get(conf::consents),
        )
        .route(
            &conf_of("consents/{package}/{country}/detail"),
            get(conf::detailed_consents),
        )
        .route(
            &conf_of("testentities/{package}/{country}"),
            get(conf::test_entities),
        )
        .route(
            &conf_of("datasources/{package}/{country}"),
            get(conf::datasources),
        )
        .route(
            &conf_of("alldatasources/{package}"),
            get(conf::all_datasources),
        )
        .route(&ver_of("verify"), post(ver::verify))
        .route(&ver_of("transactionrecord/{id}"), get(ver::record))
        .route(
            &ver_of("transactionrecord/{id}/{field}"),
            get(ver::record_document),
        )
        .route(&ver_of("transaction/{id}/status"), get(ver::status))
        .route(
            &ver_of("transaction/{id}/partialresult"),
            get(ver::partial_result),
        )
        .route(&ver_of("documentdownload/{id}/{field}"), get(ver::download))
        .route(&business_of("search"), post(business::search))
        .route(&business_of("verify"), post(ver::verify_business))
        .route(&business_of("countryJOI"), get(conf::all_jurisdictions))
        .route(
            &business_of("countryJOI/{country}"),
            get(conf::jurisdictions),
        )
        .route(
            &business_of("businessregistrationnumbers"),
            get(conf::all_registration_numbers),
        )
        .route(
            &business_of("businessregistrationnumbers/{country}"),
            get(conf::registration_numbers),
        )
        .route(
            &business_of("businessregistrationnumbers/{country}/{jurisdiction}"),
            get(conf::registration_numbers_within),
        )
        .route_layer(from_fn_with_state(
            Arc::clone(vendor),
            authentication::bearer,
        ))
        .route(
            "/v3/connection/async-callback",
            post(connection::async_callback),
        )
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
