//! The limits of what callers can take up.

/// The most that callers can take up at once; beyond it they get a response at once, and memory
/// stays flat.
///
/// By default 256 requests, 64 of them on one HTTP/2 connection; 1024 connections; heads of 64 KiB
/// with 128 fields; bodies of requests of 64 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) requests: usize,
    pub(crate) streams: u32,
    pub(crate) connections: usize,
    pub(crate) head: usize,
    pub(crate) fields: usize,
    pub(crate) body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 256,
            streams: 64,
            connections: 1024,
            head: 64 * 1024,
            fields: 128,
            body: 64 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// Sets how many requests may be in progress; further ones get a 503 with `Retry-After` at
    /// once. 0 counts as 1.
    ///
    /// One peer may have three times as many as are free: about three quarters of them at most. A
    /// peer is a machine, by its address, or a user, at a unix socket; on loopback, a connection,
    /// of which all together have no more than one peer may.
    #[must_use]
    pub fn requests(self, requests: usize) -> Self {
        Self {
            requests: requests.clamp(1, 1 << 20),
            ..self
        }
    }

    /// Sets how many requests one HTTP/2 connection may have in progress, so that one caller cannot
    /// take the places of all. 0 counts as 1. An HTTP/1.1 connection has one.
    #[must_use]
    pub fn requests_per_connection(self, streams: u32) -> Self {
        Self {
            streams: streams.max(1),
            ..self
        }
    }

    /// Sets how many connections may be open; one peer may have three times as many as are free:
    /// about three quarters of them at most. All of loopback is one peer here. For one more, one
    /// that is idle is closed, or else one whose responses are not taken; if there is none, the new
    /// one is. 0 counts as 1.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self {
            connections: connections.max(1),
            ..self
        }
    }

    /// Sets the most bytes of a request's head; at least 8 KiB.
    #[must_use]
    pub fn head(self, bytes: usize) -> Self {
        Self {
            head: bytes.clamp(LEAST_HEAD, 16 << 20),
            ..self
        }
    }

    /// Sets the most header fields of an HTTP/1.1 request; at least 16.
    #[must_use]
    pub fn fields(self, fields: usize) -> Self {
        Self {
            fields: fields.clamp(16, 10_000),
            ..self
        }
    }

    /// Sets the most bytes of a request's body; a longer one is a 413.
    #[must_use]
    pub fn request_body(self, bytes: u64) -> Self {
        Self {
            body: bytes,
            ..self
        }
    }
}

/// hyper panics at less.
const LEAST_HEAD: usize = 8 * 1024;
