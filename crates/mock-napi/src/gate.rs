//! Gates: named places where a scripted connection waits for a test, so that nothing waits for time
//! to pass.
//!
//! A connection that waits does not notice that its client has gone. It waits until the gate opens or
//! the mock ends; during the handshake, for five minutes at most.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::event::EventKind;
use crate::log::ConnectionLog;

/// A point at which a script can make its connection wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Point {
    /// The ClientHello is read, no byte is written.
    BeforeServerHello,
    /// The mock's first flight is written, nothing is read since: with TLS 1.3, the client's
    /// handshake is complete, and its certificate not yet judged. (After a HelloRetryRequest, that
    /// is the first flight.)
    BeforeVerdict,
    /// The handshake is complete at both ends, no request is read.
    AfterHandshake,
    /// The request is read and in the log, the answer is not yet sent.
    BeforeAnswer,
    /// Half the body of a [`Reply`](crate::Reply) is sent.
    MidBody,
    /// A [`Reply`](crate::Reply) is sent, the connection is still open.
    BeforeClose,
}

/// Which gates are open. A gate stays open.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    open: watch::Sender<BTreeSet<String>>,
}

/// The gates of one connection's script.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionGates {
    gates: Arc<Gates>,
    names: BTreeMap<Point, String>,
    log: ConnectionLog,
}

impl Gates {
    /// Opens a gate, also for those that come later.
    pub(crate) fn open(&self, name: &str) {
        self.open.send_modify(|open| {
            open.insert(name.to_owned());
        });
    }

    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.open.borrow().contains(name)
    }

    /// Done once the gate is open.
    pub(crate) async fn opened(&self, name: &str) {
        let mut open = self.open.subscribe();
        // The sender is in `self`, so it is not gone.
        let _opened = open.wait_for(|open| open.contains(name)).await;
    }
}

impl ConnectionGates {
    pub(crate) fn new(
        gates: Arc<Gates>,
        names: BTreeMap<Point, String>,
        log: ConnectionLog,
    ) -> Self {
        Self { gates, names, log }
    }

    /// Waits at this point, if the script says so.
    pub(crate) async fn pass(&self, point: Point) {
        let Some(gate) = self.names.get(&point) else {
            return;
        };
        self.log.record(EventKind::GateReached {
            gate: gate.clone(),
            point,
        });
        self.gates.opened(gate).await;
    }

    pub(crate) fn has(&self, point: Point) -> bool {
        self.names.contains_key(&point)
    }
}
