//! The timeouts of callers; those of the server are the client's.

use std::time::Duration;

/// The time that a caller may take for each step.
///
/// By default 10 s for a TLS handshake, 10 s for the head of a request, 30 s for the next piece of
/// its body and for taking the next piece of the response, 60 s idle between requests, an hour
/// until its certificate is verified anew, 180 s to finish after that or after the gateway was told
/// to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) handshake: Duration,
    pub(crate) head: Duration,
    pub(crate) body: Duration,
    pub(crate) response: Duration,
    pub(crate) idle: Duration,
    pub(crate) certificate: Duration,
    pub(crate) drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            response: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            certificate: Duration::from_secs(60 * 60),
            // A fifth more than the client gives a request by default.
            drain: Duration::from_secs(180),
        }
    }
}

impl Timeouts {
    /// Sets the timeout of a TLS handshake, from the connection on.
    #[must_use]
    pub fn handshake(self, handshake: Duration) -> Self {
        Self {
            handshake: handshake.min(LONGEST),
            ..self
        }
    }

    /// Sets the timeout from the first byte of a head to its last.
    #[must_use]
    pub fn head(self, head: Duration) -> Self {
        Self {
            head: head.min(LONGEST),
            ..self
        }
    }

    /// Sets the timeout of each piece of a request's body; a caller that is slower gets a 408. All
    /// pieces together may take that long too, and a second more for every 500 bytes.
    #[must_use]
    pub fn body(self, body: Duration) -> Self {
        Self {
            body: body.min(LONGEST),
            ..self
        }
    }

    /// Sets the timeout of a caller for taking a piece of the response; the connection of one that
    /// is slower is closed.
    #[must_use]
    pub fn response(self, response: Duration) -> Self {
        Self {
            response: response.min(LONGEST),
            ..self
        }
    }

    /// Sets the time after which a connection without a request is closed.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Self {
        Self {
            idle: idle.min(LONGEST),
            ..self
        }
    }

    /// Sets the time for which the certificate of a caller counts as verified, which is no longer
    /// than it is valid: after it, the connection finishes its requests and takes no more, as after
    /// [`Gateway::verify_anew`](crate::Gateway::verify_anew). Without certificates of callers it
    /// has no effect.
    #[must_use]
    pub fn certificate(self, certificate: Duration) -> Self {
        Self {
            certificate: certificate.min(LONGEST),
            ..self
        }
    }

    /// Sets the time that requests have to finish once the gateway was told to stop, or the
    /// certificate of their caller has to be verified anew. It should be longer than the client's
    /// [timeout of a request](transport::Timeouts::request), or one that has just begun is cut off.
    #[must_use]
    pub fn drain(self, drain: Duration) -> Self {
        Self {
            drain: drain.min(LONGEST),
            ..self
        }
    }
}

/// A year. More may be beyond what an instant can say.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
