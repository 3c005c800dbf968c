//! The event log: bounded, in order, and one can wait for what is not in it yet.
//!
//! It also counts connections, since their numbers exist for its events only.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::event::{Event, EventKind};

/// Everything that happened, up to [`CAPACITY`] events back.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    events: Mutex<Ring>,
    recorded: Notify,
    connections: AtomicU64,
}

#[derive(Debug, Default)]
struct Ring {
    next_sequence: u64,
    events: VecDeque<Event>,
}

/// One connection's pen: writes events with its number and peer.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionLog {
    log: Arc<EventLog>,
    connection: u64,
    peer: SocketAddr,
}

impl EventLog {
    /// Numbers a new connection from `peer`. Records nothing yet.
    pub(crate) fn connection(self: &Arc<Self>, peer: SocketAddr) -> ConnectionLog {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        ConnectionLog {
            log: Arc::clone(self),
            connection,
            peer,
        }
    }

    /// The pen of the library's own calls, which come over no connection.
    pub(crate) fn library(self: &Arc<Self>) -> ConnectionLog {
        ConnectionLog {
            log: Arc::clone(self),
            connection: 0,
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }

    /// The events from `sequence` on that are still kept, oldest first.
    pub(crate) fn since(&self, sequence: u64) -> Vec<Event> {
        let ring = self.ring();
        ring.events
            .iter()
            .filter(|event| event.sequence >= sequence)
            .cloned()
            .collect()
    }

    /// The first event, past or future, that `predicate` accepts.
    pub(crate) async fn wait_for(&self, mut predicate: impl FnMut(&Event) -> bool) -> Event {
        let mut next = 0;
        loop {
            // Made before the look at the log, so that no event falls between look and wait.
            let recorded = self.recorded.notified();
            for event in self.since(next) {
                next = event.sequence + 1;
                if predicate(&event) {
                    return event;
                }
            }
            recorded.await;
        }
    }

    fn record(&self, connection: u64, peer: SocketAddr, kind: EventKind) {
        let mut ring = self.ring();
        let sequence = ring.next_sequence;
        ring.next_sequence += 1;
        if ring.events.len() == CAPACITY {
            ring.events.pop_front();
        }
        ring.events.push_back(Event {
            sequence,
            connection,
            peer,
            kind,
        });
        drop(ring);
        self.recorded.notify_waiters();
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionLog {
    pub(crate) fn record(&self, kind: EventKind) {
        self.log.record(self.connection, self.peer, kind);
    }
}

/// The beginning of what a client has sent, such as a path, short enough to be kept in many events.
pub(crate) fn beginning(sent: &str) -> String {
    sent.chars().take(LONGEST).collect()
}

/// As many characters of a path are kept. A URL of a call-back may be of 2083 (the vendor's limit).
const LONGEST: usize = 2083;

/// Events kept; the oldest go first.
const CAPACITY: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> SocketAddr {
        "127.0.0.1:50112".parse().unwrap()
    }

    #[test]
    fn the_oldest_event_goes_when_the_log_is_full() {
        let log = Arc::new(EventLog::default());
        let connection = log.connection(peer());
        for _ in 0..=CAPACITY {
            connection.record(EventKind::Accepted);
        }
        let events = log.since(0);
        assert_eq!(events.len(), CAPACITY);
        assert_eq!(events[0].sequence, 1);
    }

    #[tokio::test]
    async fn one_can_wait_for_an_event_that_is_already_there() {
        let log = Arc::new(EventLog::default());
        log.connection(peer()).record(EventKind::Closed);
        assert_eq!(
            log.wait_for(|event| event.kind == EventKind::Closed)
                .await
                .sequence,
            0
        );
    }

    #[tokio::test]
    async fn one_can_wait_for_an_event_to_come() {
        let log = Arc::new(EventLog::default());
        let connection = log.connection(peer());
        connection.record(EventKind::Accepted);
        let waiting = log.wait_for(|event| event.kind == EventKind::Closed);
        let (event, ()) = tokio::join!(waiting, async { connection.record(EventKind::Closed) });
        assert_eq!(event.sequence, 1);
    }
}
