//! The accept loop of a listener, and the drain behind it.

use std::time::Duration;

use http::{Request, Response};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tower::BoxError;
use tower_service::Service;

use crate::body::caller_body::CallerBody;
use crate::body::response_body::GatewayBody;
use crate::connection::table::Connections;
use crate::connection::{ConnectionSettings, serve};
use crate::listener::Listener;

/// Serves callers of a listener until `stop` is ready; then finishes what is in progress.
pub(crate) async fn accept<S>(
    listener: Listener,
    service: S,
    connections: &Connections,
    settings: &ConnectionSettings,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<CallerBody>, Response = Response<GatewayBody>, Error = BoxError>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    let (stopping, is_stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let accepting = async {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                // Those that have ended are forgotten as others come.
                Some(_ended) = tasks.join_next() => continue,
            };
            let (stream, origin) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    sleep_until(Instant::now() + AFTER_FAILURE).await;
                    continue;
                }
            };
            let Some(place) = connections.place(origin, Instant::now()) else {
                tracing::warn!("a connection was closed, as all that may be open are in use");
                continue;
            };
            let stopping = is_stopping.clone();
            tasks.spawn(serve(
                stream,
                listener.acceptor().cloned(),
                service.clone(),
                settings.clone(),
                place,
                stopping,
            ));
        }
    };
    tokio::select! {
        () = stop => {}
        never = accepting => never,
    }
    // First, so that no one connects any more.
    drop(listener);
    stopping.send_replace(true);
    let draining = async { while tasks.join_next().await.is_some() {} };
    if timeout(settings.timeouts.drain, draining).await.is_err() {
        tracing::warn!(
            connections = tasks.len(),
            "requests did not end in time and are cut off"
        );
        tasks.shutdown().await;
    }
}

/// The wait after a failure to accept, which as a rule is a lack of open files that others give
/// back.
const AFTER_FAILURE: Duration = Duration::from_millis(50);
