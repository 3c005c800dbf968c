//! The log of one connection, and the bytes that it carried.

use std::io;
use std::net::SocketAddr;

use mock_napi::{ConnectionEvent, Event, EventKind, MockNapi};
use tokio::io::{AsyncRead, AsyncReadExt};

pub(crate) async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

/// Reads everything that is left, and returns how it ended if not in order.
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

/// Returns the TLS library's error within an I/O error.
pub(crate) fn tls_error(error: &io::Error) -> Option<rustls::Error> {
    error.get_ref()?.downcast_ref().cloned()
}
