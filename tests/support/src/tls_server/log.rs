//! The server's record, to be compared with what the client got.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

/// All that the server has seen since it began.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The connections whose handshake was finished, in order.
    pub connections: Vec<Connection>,
    /// The client's end of those that the server refused, or that left during the handshake, and
    /// why.
    pub refused: Vec<(SocketAddr, String)>,
}

/// One connection whose handshake was finished.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The client's end.
    pub peer: SocketAddr,
    /// The digest of the certificate that the client has proven to own, in lower-case digits.
    pub client_certificate: String,
    /// Whether an earlier session was taken up.
    pub is_resumed: bool,
    /// Whether it has not come to its end.
    pub is_open: bool,
    requests: Arc<AtomicU64>,
}

impl Seen {
    /// Counts the open connections that carry this certificate.
    #[must_use]
    pub fn open_with(&self, client_certificate: &str) -> usize {
        let carrying = |it: &&Connection| it.is_open && it.client_certificate == client_certificate;
        self.connections.iter().filter(carrying).count()
    }

    /// Counts the requests that have come in.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.connections.iter().map(Connection::requests).sum()
    }

    /// Returns the certificates, connection by connection.
    #[must_use]
    pub fn certificates(&self) -> Vec<&str> {
        let connections = self.connections.iter();
        connections
            .map(|connection| connection.client_certificate.as_str())
            .collect()
    }
}

impl Connection {
    pub(crate) fn new(peer: SocketAddr, client_certificate: String, is_resumed: bool) -> Self {
        Self {
            peer,
            client_certificate,
            is_resumed,
            is_open: true,
            requests: Arc::default(),
        }
    }

    /// Returns the number of requests that have come in on it.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }
}

/// The server's end of the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(watch::Sender<Seen>);

impl Log {
    pub(crate) fn subscribe(&self) -> watch::Receiver<Seen> {
        self.0.subscribe()
    }

    /// Returns the connection's place, to close it by.
    pub(crate) fn opened(&self, connection: Connection) -> usize {
        let mut place = 0;
        self.0.send_modify(|seen| {
            place = seen.connections.len();
            seen.connections.push(connection);
        });
        place
    }

    /// Wakes those who wait for a request; the connection has counted it.
    pub(crate) fn requested(&self) {
        self.0.send_modify(|_| ());
    }

    pub(crate) fn closed(&self, place: usize) {
        self.0.send_modify(|seen| {
            if let Some(connection) = seen.connections.get_mut(place) {
                connection.is_open = false;
            }
        });
    }

    pub(crate) fn refused(&self, peer: SocketAddr, reason: String) {
        self.0.send_modify(|seen| seen.refused.push((peer, reason)));
    }
}
