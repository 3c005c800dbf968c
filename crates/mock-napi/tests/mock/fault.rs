//! What clients see of scripted faults, and what the log says. One file for each layer.

mod certificate;
mod handshake;
mod http1;
mod http2;

use std::io;
use std::net::SocketAddr;

use mock_napi::{ConnectionEvent, Event, EventKind, MockNapi};
use tokio::io::{AsyncRead, AsyncReadExt};

pub(crate) async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

/// Everything that is left to read, and how it ended if not in order.
pub(crate) async fn heard(mut stream: impl AsyncRead + Unpin) -> (Vec<u8>, Option<io::ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.err().map(|error| error.kind()))
}

/// Returns what the log says of a connection, once it is closed.
pub(crate) async fn kinds_of(mock: &MockNapi, peer: SocketAddr) -> Vec<EventKind> {
    let closed = |event: &Event| {
        event.peer == peer && event.kind == EventKind::Connection(ConnectionEvent::Closed)
    };
    mock.wait_for(closed).await;
    let events = mock.events().into_iter().filter(|event| event.peer == peer);
    events.map(|event| event.kind).collect()
}

/// Returns the TLS library's word in an I/O error.
pub(crate) fn tls_error(error: &io::Error) -> Option<rustls::Error> {
    error.get_ref()?.downcast_ref().cloned()
}

/// Returns the alert that the log says was sent.
pub(crate) fn alert_sent(kinds: &[EventKind]) -> Option<String> {
    kinds.iter().find_map(|kind| match kind {
        EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent, .. }) => {
            alert_sent.clone()
        }
        _ => None,
    })
}
