//! The last event of a connection.

use crate::event::ConnectionEvent;
use crate::log::Recorder;

/// Records the end of a connection when it is dropped, so even when the connection's task is
/// cancelled.
#[derive(Debug)]
pub(crate) struct RecordsClosed(pub(crate) Recorder);

impl Drop for RecordsClosed {
    fn drop(&mut self) {
        self.0.record(ConnectionEvent::Closed);
    }
}
