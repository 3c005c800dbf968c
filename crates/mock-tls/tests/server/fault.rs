//! Scripted faults, as clients and as the log see them. One file for each layer.

mod certificate;
mod handshake;
mod http1;
mod http2;
mod late_alert;
mod named;

use std::net::SocketAddr;

use mock_tls::{ConnectionEvent, Event, MockServer};

pub(crate) async fn start() -> MockServer {
    MockServer::builder().start().await.unwrap()
}

/// Returns what the log says of a connection, once it is closed.
pub(crate) async fn kinds_of(mock: &MockServer, peer: SocketAddr) -> Vec<ConnectionEvent> {
    let closed = |event: &Event| event.peer == peer && event.kind == ConnectionEvent::Closed;
    mock.wait_for(closed).await;
    let events = mock.events().into_iter().filter(|event| event.peer == peer);
    events.map(|event| event.kind).collect()
}

/// Returns the alert that the log says was sent.
pub(crate) fn alert_sent(kinds: &[ConnectionEvent]) -> Option<String> {
    kinds.iter().find_map(|kind| match kind {
        ConnectionEvent::HandshakeFailed { alert_sent, .. } => alert_sent.clone(),
        _ => None,
    })
}
