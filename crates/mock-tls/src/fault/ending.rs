//! The ways in which a connection ends.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::event::ConnectionEvent;
use crate::fault::wire::Wire;
use crate::log::Recorder;

/// Closes in order and reads and drops what the client still sends, so that closing does not reset
/// the connection and take the last words with it before the client has read them.
///
/// On a TLS stream the last word is `close_notify`.
pub(crate) async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let _shut = stream.shutdown().await;
    let _drained = tokio::time::timeout(DRAIN_LIMIT, read_on(&mut stream)).await;
}

/// Says nothing more, until the client closes.
pub(crate) async fn stay_silent<S: AsyncRead + Unpin>(mut stream: S) {
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

/// How long a connection may be held on purpose; longer than any client under test waits.
pub(crate) const HOLD_LIMIT: Duration = Duration::from_secs(300);
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
