//! Scripted faults, as clients and as the log see them. One file for each layer.

mod certificate;
mod handshake;
mod http1;
mod http2;
mod named;

use std::io;
use std::net::SocketAddr;

use mock_tls::{ConnectionEvent, Event, MockServer};
use tokio::io::{AsyncRead, AsyncReadExt};

pub(crate) async fn start() -> MockServer {
    MockServer::builder().start().await.unwrap()
}

/// Reads everything that is left, and returns how it ended if not in order.
pub(crate) async fn heard(mut stream: impl AsyncRead + Unpin) -> (Vec<u8>, Option<io::ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.err().map(|error| error.kind()))
}

/// Returns what the log says of a connection, once it is closed.
pub(crate) async fn kinds_of(mock: &MockServer, peer: SocketAddr) -> Vec<ConnectionEvent> {
    let closed = |event: &Event| event.peer == peer && event.kind == ConnectionEvent::Closed;
    mock.wait_for(closed).await;
    let events = mock.events().into_iter().filter(|event| event.peer == peer);
    events.map(|event| event.kind).collect()
}

/// Returns the TLS library's error within an I/O error.
pub(crate) fn tls_error(error: &io::Error) -> Option<rustls::Error> {
    error.get_ref()?.downcast_ref().cloned()
}

/// Returns the alert that the log says was sent.
pub(crate) fn alert_sent(kinds: &[ConnectionEvent]) -> Option<String> {
    kinds.iter().find_map(|kind| match kind {
        ConnectionEvent::HandshakeFailed { alert_sent, .. } => alert_sent.clone(),
        _ => None,
    })
}
