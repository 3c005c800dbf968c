//! The event log: bounded, in order, and one can wait for what is not in it yet.
//!
//! It also counts connections, since their numbers exist for its events only.

use std::collections::VecDeque;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::event::{ConnectionEvent, Event};

/// Holds what happened, the last 100,000 events.
#[derive(Debug)]
pub struct EventLog<K = ConnectionEvent> {
    events: Mutex<Ring<K>>,
    recorded: Notify,
    connections: AtomicU64,
}

#[derive(Debug)]
struct Ring<K> {
    next_sequence: u64,
    events: VecDeque<Event<K>>,
}

/// Writes events of one connection, with its number and peer.
#[derive(Debug)]
pub struct ConnectionLog<K = ConnectionEvent> {
    log: Arc<EventLog<K>>,
    connection: u64,
    peer: SocketAddr,
}

/// A [`ConnectionLog`] for those who know only [`ConnectionEvent`]s, whatever else the log holds.
#[derive(Clone)]
pub struct Recorder(Arc<dyn Fn(ConnectionEvent) + Send + Sync>);

impl<K: Clone> EventLog<K> {
    /// Numbers a new connection from `peer`. Records nothing yet.
    pub fn connection(self: &Arc<Self>, peer: SocketAddr) -> ConnectionLog<K> {
        // 0 is the number of the library's own calls.
        let connection = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        ConnectionLog {
            log: Arc::clone(self),
            connection,
            peer,
        }
    }

    /// Returns the log of the library's own calls, which come over no connection.
    pub fn library(self: &Arc<Self>) -> ConnectionLog<K> {
        ConnectionLog {
            log: Arc::clone(self),
            connection: 0,
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }

    /// Returns the events from `sequence` on that are still kept, oldest first.
    #[must_use]
    pub fn since(&self, sequence: u64) -> Vec<Event<K>> {
        let ring = self.ring();
        ring.events
            .iter()
            .filter(|event| event.sequence >= sequence)
            .cloned()
            .collect()
    }

    /// Returns the first event, past or future, that `predicate` accepts.
    pub async fn wait_for(&self, mut predicate: impl FnMut(&Event<K>) -> bool) -> Event<K> {
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

    fn record(&self, connection: u64, peer: SocketAddr, kind: K) {
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
        // Unlocked first, or those who are woken would wait for the lock.
        drop(ring);
        self.recorded.notify_waiters();
    }

    fn ring(&self) -> MutexGuard<'_, Ring<K>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for EventLog<K> {
    fn default() -> Self {
        let ring = Ring {
            next_sequence: 0,
            events: VecDeque::new(),
        };
        Self {
            events: Mutex::new(ring),
            recorded: Notify::new(),
            connections: AtomicU64::new(0),
        }
    }
}

impl<K: Clone> ConnectionLog<K> {
    /// Records an event.
    pub fn record(&self, kind: impl Into<K>) {
        self.log.record(self.connection, self.peer, kind.into());
    }
}

impl<K> Clone for ConnectionLog<K> {
    fn clone(&self) -> Self {
        Self {
            log: Arc::clone(&self.log),
            connection: self.connection,
            peer: self.peer,
        }
    }
}

impl<K> From<ConnectionLog<K>> for Recorder
where
    K: Clone + From<ConnectionEvent> + Send + Sync + 'static,
{
    fn from(log: ConnectionLog<K>) -> Self {
        Self(Arc::new(move |event| log.record(event)))
    }
}

impl Recorder {
    /// Records an event.
    pub fn record(&self, event: ConnectionEvent) {
        (self.0)(event);
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

/// Returns the beginning of what a client has sent, such as a path, short enough to be kept in many
/// events.
#[must_use]
pub fn beginning(sent: &str) -> String {
    sent.chars().take(LONGEST).collect()
}

/// As many characters of a path are kept. URLs of 2083 are the most that some services take.
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
        let log = Arc::<EventLog>::default();
        let connection = log.connection(peer());
        for _ in 0..=CAPACITY {
            connection.record(ConnectionEvent::Accepted);
        }
        let events = log.since(0);
        assert_eq!(events.len(), CAPACITY);
        assert_eq!(events[0].sequence, 1);
    }

    #[tokio::test]
    async fn one_can_wait_for_an_event_that_is_already_there() {
        let log = Arc::<EventLog>::default();
        log.connection(peer()).record(ConnectionEvent::Closed);
        assert_eq!(
            log.wait_for(|event| event.kind == ConnectionEvent::Closed)
                .await
                .sequence,
            0
        );
    }

    #[tokio::test]
    async fn one_can_wait_for_an_event_to_come() {
        let log = Arc::<EventLog>::default();
        let connection = log.connection(peer());
        connection.record(ConnectionEvent::Accepted);
        let waiting = log.wait_for(|event| event.kind == ConnectionEvent::Closed);
        let (event, ()) = tokio::join!(waiting, async {
            connection.record(ConnectionEvent::Closed)
        });
        assert_eq!(event.sequence, 1);
    }
}
