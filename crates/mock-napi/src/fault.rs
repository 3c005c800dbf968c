//! What a script does to the bytes of its connection.

pub(crate) mod certificate_required;
pub(crate) mod early_alert;
pub(crate) mod ending;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod private_group;
pub(crate) mod request_head;
pub(crate) mod wire;

use std::sync::Arc;

use crate::event::EventKind;
use crate::gate::{ConnectionGates, Point};
use crate::log::ConnectionLog;
use crate::script::Script;
use crate::vendor::Vendor;

/// A connection with its script: the normal service too is one.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    pub(crate) script: Script,
    pub(crate) gates: ConnectionGates,
    pub(crate) log: ConnectionLog,
}

impl Scripted {
    /// Takes the next script for a connection that was just accepted, and says so in the log.
    pub(crate) fn take(vendor: &Vendor, log: ConnectionLog) -> Self {
        let taken = vendor.scripts.take();
        if let Some(script) = &taken {
            log.record(EventKind::ScriptTaken {
                script: Box::new(script.clone()),
            });
        }
        Self::new(taken.unwrap_or_default(), vendor, log)
    }

    /// A connection with this script.
    pub(crate) fn new(script: Script, vendor: &Vendor, log: ConnectionLog) -> Self {
        let names = script.gates.clone();
        let gates = ConnectionGates::new(Arc::clone(&vendor.gates), names, log.clone());
        Self { script, gates, log }
    }

    /// Records a request body that was read.
    fn body(&self, bytes: u64) {
        if bytes > 0 {
            self.log.record(EventKind::RequestBody { bytes });
        }
    }

    /// Records a request that the script answers, then waits at the gate before the answer.
    async fn request(&self, method: Option<String>, path: Option<String>, status: Option<u16>) {
        self.log.record(EventKind::RequestScripted {
            method,
            path,
            status,
        });
        self.gates.pass(Point::BeforeAnswer).await;
    }
}
