//! The ways in which a connection ends.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::event::ConnectionEvent;
use crate::fault::wire::Wire;
use crate::log::Recorder;

/// Closes in order and reads and drops what the client still sends, so that closing does not reset
/// the connection and discard what was written last before the client has read it.
///
/// On a TLS stream `close_notify` is written last.
pub(crate) async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let _shut = stream.shutdown().await;
    let _drained = tokio::time::timeout(DRAIN_LIMIT, read_on(&mut stream)).await;
}

/// Says nothing more, until the client closes.
pub(crate) async fn stay_silent<S: AsyncRead + Unpin>(mut stream: S) {
    // Reading notices the client's end, and keeps its writes from filling the socket.
    let _closed = tokio::time::timeout(HOLD_LIMIT, read_on(&mut stream)).await;
}

/// Resets the connection.
pub(crate) fn reset(wire: Wire, log: &Recorder) {
    log.record(ConnectionEvent::Reset);
    wire.reset();
}

async fn read_on<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut sink = [0; 4096];
    while matches!(stream.read(&mut sink).await, Ok(1..)) {}
}

/// The longest time for which a script holds a connection: longer than any client under test waits.
pub(crate) const HOLD_LIMIT: Duration = Duration::from_secs(300);
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
