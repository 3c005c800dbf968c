//! The mock's ports but for the proxy's.

use std::sync::Arc;

use axum::Extension;
use axum::middleware::{from_fn, from_fn_with_state};
use mock_tls::{ClientAuth, Listener, Script};
use tokio::sync::watch;

use crate::event::EventKind;
use crate::napi::client::{Client, Endpoint};
use crate::vendor::Vendor;
use crate::{browser, control, http, napi, pages, portal};

/// Serves NAPI at this endpoint until `stop`'s sender is gone. Scripts are for mutual TLS only.
pub(crate) async fn serve_napi(
    listener: Listener,
    endpoint: Endpoint,
    vendor: Arc<Vendor>,
    stop: watch::Receiver<()>,
) {
    let routes = napi::routes(Arc::clone(&vendor));
    let serve = |stream, peer| {
        let log = vendor.log.connection(peer);
        // Before the task begins, so that scripts are taken in the order of acceptance.
        let connection = match endpoint {
            Endpoint::MutualTls => vendor.server.accept(log.clone()),
            Endpoint::Plain => {
                log.record(EventKind::PlainAccepted);
                // Sessions of such a script are its own: one that came about without a certificate
                // must not be resumed on the other port.
                let script = Script::new().client_auth(ClientAuth::NotAsked);
                vendor.server.accept_with(script, log.clone())
            }
        };
        let gates = connection.gates().clone();
        let (routes, vendor) = (routes.clone(), Arc::clone(&vendor));
        async move {
            let service = |certificate_sha256: Option<String>| {
                let sha256 = certificate_sha256.as_deref();
                let entry = sha256.and_then(|sha256| vendor.register.find(sha256));
                http::answering(napi::for_client(
                    &routes,
                    Client {
                        endpoint,
                        log,
                        gates,
                        account: entry.map(|entry| entry.account),
                        certificate_sha256,
                    },
                ))
            };
            vendor.server.serve(stream, connection, service).await;
        }
    };
    listener.serve(stop, serve).await;
}

/// Serves portal and control over plain HTTP until `stop`'s sender is gone.
pub(crate) async fn serve_portal(
    listener: Listener,
    vendor: Arc<Vendor>,
    stop: watch::Receiver<()>,
) {
    let routes = portal::routes()
        .merge(control::routes())
        .router
        .merge(pages::routes())
        .layer(from_fn_with_state(
            Arc::clone(&vendor),
            browser::refuse_other_sites,
        ))
        .layer(from_fn(http::limit_time));
    let routes = routes.with_state(Arc::clone(&vendor));
    let serve = |stream, peer| {
        let log = vendor.log.connection(peer);
        http::serve_http1(stream, routes.clone().layer(Extension(log)))
    };
    listener.serve(stop, serve).await;
}
