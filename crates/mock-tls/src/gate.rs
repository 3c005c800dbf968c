//! Gates: named places where a scripted connection waits for a test, so that nothing waits for time
//! to pass.
//!
//! A connection that waits does not notice that its client has gone. It waits until the gate opens
//! or the mock ends; during the handshake, for five minutes at most.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;

use crate::event::ConnectionEvent;
use crate::log::Recorder;
use crate::point::Point;

/// Which gates are open. A gate stays open.
#[derive(Debug, Default)]
pub struct Gates {
    open: watch::Sender<BTreeSet<String>>,
}

/// The gates of one connection's script.
#[derive(Debug, Clone)]
pub struct ConnectionGates {
    gates: Arc<Gates>,
    names: BTreeMap<Point, String>,
    log: Recorder,
}

impl Gates {
    /// Opens a gate, also for those that come later.
    pub fn open(&self, name: &str) {
        self.open.send_modify(|open| {
            open.insert(name.to_owned());
        });
    }

    /// Returns whether a gate is open.
    #[must_use]
    pub fn is_open(&self, name: &str) -> bool {
        self.open.borrow().contains(name)
    }

    /// Waits until the gate is open.
    pub async fn opened(&self, name: &str) {
        let mut open = self.open.subscribe();
        // The sender is in `self`, so it is not gone.
        let _opened = open.wait_for(|open| open.contains(name)).await;
    }
}

impl ConnectionGates {
    pub(crate) fn new(gates: Arc<Gates>, names: BTreeMap<Point, String>, log: Recorder) -> Self {
        Self { gates, names, log }
    }

    /// Waits at this point, if the script says so.
    pub async fn pass(&self, point: Point) {
        let Some(gate) = self.names.get(&point) else {
            return;
        };
        self.log.record(ConnectionEvent::GateReached {
            gate: gate.clone(),
            point,
        });
        self.gates.opened(gate).await;
    }

    pub(crate) fn has(&self, point: Point) -> bool {
        self.names.contains_key(&point)
    }
}
