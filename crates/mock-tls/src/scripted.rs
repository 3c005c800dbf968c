//! An accepted connection with its script, gates and log.

use std::sync::Arc;

use crate::event::ConnectionEvent;
use crate::gate::{ConnectionGates, Gates};
use crate::log::Recorder;
use crate::point::Point;
use crate::script::Script;

/// A connection with its script: the normal service too is one.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    pub(crate) script: Script,
    pub(crate) gates: ConnectionGates,
    pub(crate) log: Recorder,
}

impl Scripted {
    /// Returns a connection with this script, whose gates are among these.
    pub(crate) fn new(script: Script, gates: &Arc<Gates>, log: Recorder) -> Self {
        let names = script.gates.clone();
        let gates = ConnectionGates::new(Arc::clone(gates), names, log.clone());
        Self { script, gates, log }
    }

    /// Records a request body that was read.
    pub(crate) fn body(&self, bytes: u64) {
        if bytes > 0 {
            self.log.record(ConnectionEvent::RequestBody { bytes });
        }
    }

    /// Records a request that the script answers, then waits at the gate before the response.
    pub(crate) async fn request(
        &self,
        method: Option<String>,
        path: Option<String>,
        status: Option<u16>,
    ) {
        self.log.record(ConnectionEvent::RequestScripted {
            method,
            path,
            status,
        });
        self.gates.pass(Point::BeforeResponse).await;
    }
}
