//! How long each step may take.

use std::time::Duration;

use tokio::time::Instant;

/// Limits on the steps from a name to a whole answer.
///
/// The defaults suit a service that answers within two minutes: 5 s to resolve the name, 10 s for the TLS
/// handshake, 10 s for a proxy to open a tunnel, 20 s for everything until the connection stands, 150 s from the call to the last byte of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) resolve: Duration,
    pub(crate) proxy: Duration,
    pub(crate) tls_handshake: Duration,
    pub(crate) connect: Duration,
    pub(crate) request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(5),
            proxy: Duration::from_secs(10),
            tls_handshake: Duration::from_secs(10),
            connect: Duration::from_secs(20),
            request: Duration::from_secs(150),
        }
    }
}

impl Timeouts {
    /// For looking the name up.
    #[must_use]
    pub fn resolve(self, resolve: Duration) -> Self {
        Self { resolve, ..self }
    }

    /// For a proxy, once it is connected to, to open a tunnel: TLS with it, if it is spoken to over TLS, and its reply.
    #[must_use]
    pub fn proxy(self, proxy: Duration) -> Self {
        Self { proxy, ..self }
    }

    /// For the TLS handshake alone.
    #[must_use]
    pub fn tls_handshake(self, tls_handshake: Duration) -> Self {
        Self {
            tls_handshake,
            ..self
        }
    }

    /// For name, TCP, proxy and TLS together: the one limit that bounds them all, from the call of the connector.
    #[must_use]
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// From the call of the client to the last byte of the answer's body, a new connection included.
    #[must_use]
    pub fn request(self, request: Duration) -> Self {
        Self { request, ..self }
    }

    pub(crate) fn resolve_end(self) -> Instant {
        from_now(self.resolve)
    }

    pub(crate) fn connect_end(self) -> Instant {
        from_now(self.connect)
    }

    pub(crate) fn proxy_end(self) -> Instant {
        from_now(self.proxy)
    }

    pub(crate) fn tls_handshake_end(self) -> Instant {
        from_now(self.tls_handshake)
    }
}

/// The end of a limit that begins now. "For ever", as in `Duration::MAX`, is more than an instant can say.
pub(crate) fn from_now(limit: Duration) -> Instant {
    Instant::now() + limit.min(FOR_EVER)
}

pub(crate) const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
