//! The accept loops. Each owns the tasks of its connections, so that ending the loop ends them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::middleware::from_fn;
use axum::{Extension, Router};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::event::EventKind;
use crate::fault::{self, Scripted};
use crate::gate::Point;
use crate::log::ConnectionLog;
use crate::napi::{self, Client, Endpoint};
use crate::proxy::Proxied;
use crate::script::Script;
use crate::script::answer::Answer;
use crate::script::client_auth::ClientAuth;
use crate::script::handshake::Alpn;
use crate::tls::TlsFront;
use crate::vendor::Vendor;
use crate::{browser, control, http, portal, tls};

/// Serves NAPI over mutual TLS until `stop`'s sender is gone.
pub(crate) async fn serve_napi(
    listener: TcpListener,
    vendor: Arc<Vendor>,
    tls: Arc<TlsFront>,
    stop: watch::Receiver<()>,
) {
    let routes = napi::routes(Arc::clone(&vendor));
    accept_loop(listener, stop, |stream, peer| {
        // Before the task begins, so that scripts are taken in the order of acceptance.
        let log = vendor.log.connection(peer);
        log.record(EventKind::Accepted);
        napi_connection(
            stream,
            RecordsClosed(log.clone()),
            Scripted::take(&vendor, log),
            Arc::clone(&vendor),
            Arc::clone(&tls),
            (routes.clone(), Endpoint::MutualTls),
        )
    })
    .await;
}

/// Serves NAPI over TLS without client certificates, until `stop`'s sender is gone. Scripts are not for
/// this port.
pub(crate) async fn serve_plain(
    listener: TcpListener,
    vendor: Arc<Vendor>,
    tls: Arc<TlsFront>,
    stop: watch::Receiver<()>,
) {
    let routes = napi::routes(Arc::clone(&vendor));
    accept_loop(listener, stop, |stream, peer| {
        let log = vendor.log.connection(peer);
        log.record(EventKind::PlainAccepted);
        // Sessions of such a script are its own: one that came about without a certificate must not be
        // resumed on the other port.
        let script = Script::new().client_auth(ClientAuth::NotAsked);
        napi_connection(
            stream,
            RecordsClosed(log.clone()),
            Scripted::new(script, &vendor, log),
            Arc::clone(&vendor),
            Arc::clone(&tls),
            (routes.clone(), Endpoint::Plain),
        )
    })
    .await;
}

/// Serves the proxy until `stop`'s sender is gone.
pub(crate) async fn serve_proxy(
    listener: TcpListener,
    vendor: Arc<Vendor>,
    tls: Arc<TlsFront>,
    stop: watch::Receiver<()>,
) {
    accept_loop(listener, stop, |stream, peer| {
        let log = vendor.log.connection(peer);
        log.record(EventKind::ProxyAccepted);
        let closed = RecordsClosed(log.clone());
        let proxied = Proxied::take(&vendor, log);
        let tls = Arc::clone(&tls);
        async move {
            let _closed = closed;
            proxied.serve(stream, tls).await;
        }
    })
    .await;
}

/// Serves portal and control over plain HTTP until `stop`'s sender is gone.
pub(crate) async fn serve_portal(
    listener: TcpListener,
    vendor: Arc<Vendor>,
    stop: watch::Receiver<()>,
) {
    let routes = portal::routes()
        .merge(control::routes())
        .layer(from_fn(browser::refuse_other_sites))
        .layer(from_fn(http::limit_time));
    let routes = routes.with_state(Arc::clone(&vendor));
    accept_loop(listener, stop, |stream, peer| {
        let log = vendor.log.connection(peer);
        http::serve_http1(stream, routes.clone().layer(Extension(log)))
    })
    .await;
}

async fn accept_loop<F>(
    listener: TcpListener,
    mut stop: watch::Receiver<()>,
    mut serve: impl FnMut(TcpStream, SocketAddr) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let _handle = connections.spawn(serve(stream, peer));
                }
                // As a rule no descriptor is free, which passes when a connection ends.
                Err(_) => {
                    if connections.join_next().await.is_none() {
                        break;
                    }
                }
            },
            Some(_ended) = connections.join_next() => {}
            _gone = stop.changed() => break,
        }
    }
    connections.shutdown().await;
}

async fn napi_connection(
    stream: TcpStream,
    _closed: RecordsClosed,
    scripted: Scripted,
    vendor: Arc<Vendor>,
    tls: Arc<TlsFront>,
    (routes, endpoint): (Router, Endpoint),
) {
    let _unimportant = stream.set_nodelay(true);
    let Some(stream) = tls.accept(stream, &scripted).await else {
        return;
    };
    scripted.gates.pass(Point::AfterHandshake).await;
    let connection = stream.get_ref().1;
    let http2 = connection.alpn_protocol() == Some(b"h2");
    match scripted.script.answer {
        Answer::Service => {}
        Answer::GoAway { .. } | Answer::ResetStream { .. } => {
            return fault::http2::serve(stream, &scripted).await;
        }
        _ if http2 && scripted.script.alpn == Alpn::Either => {
            return fault::http2::serve(stream, &scripted).await;
        }
        _ => return fault::http1::serve(stream, &scripted).await,
    }
    let sha256 = connection
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(tls::fingerprint);
    let entry = sha256
        .as_deref()
        .and_then(|sha256| vendor.register.find(sha256));
    let account = entry.map(|entry| entry.account);
    let settings = scripted.script.http2;
    let routes = napi::for_client(
        &routes,
        Client {
            endpoint,
            log: scripted.log,
            gates: scripted.gates,
            certificate_sha256: sha256,
            account,
        },
    );
    if http2 {
        http::serve_http2(stream, routes, settings).await;
    } else {
        http::serve_http1(stream, routes).await;
    }
}

/// Records the end of a connection, even when its task is cancelled.
struct RecordsClosed(ConnectionLog);

impl Drop for RecordsClosed {
    fn drop(&mut self) {
        self.0.record(EventKind::Closed);
    }
}
