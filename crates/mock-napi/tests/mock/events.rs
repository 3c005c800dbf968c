//! The log of one connection.

use std::net::SocketAddr;

use mock_napi::{ConnectionEvent, Event, EventKind, MockNapi};

pub(crate) async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
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
