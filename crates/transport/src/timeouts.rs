//! Timeouts of the steps of a request.

use std::time::Duration;

use tokio::time::Instant;

/// Timeouts of the steps from a name to a complete response.
///
/// The defaults suit a service that responds within two minutes: 5 s to resolve the name, 10 s for
/// the TLS handshake, 10 s for a proxy to open a tunnel, 20 s for all of connecting, 150 s from the
/// call to the last byte of the response body.
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
    /// Sets the timeout of resolving the name.
    #[must_use]
    pub fn resolve(self, resolve: Duration) -> Self {
        Self { resolve, ..self }
    }

    /// Sets the timeout of a connected proxy to open a tunnel, including TLS with an `https` proxy.
    #[must_use]
    pub fn proxy(self, proxy: Duration) -> Self {
        Self { proxy, ..self }
    }

    /// Sets the timeout of the TLS handshake alone.
    #[must_use]
    pub fn tls_handshake(self, tls_handshake: Duration) -> Self {
        Self {
            tls_handshake,
            ..self
        }
    }

    /// Sets the timeout of name, TCP, proxy and TLS together, from the call of the connector.
    #[must_use]
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// Sets the timeout from the call of the client to the last byte of the response body,
    /// including a new connection.
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

/// Returns the deadline of a timeout that begins now. Saturates: `Instant::now() + Duration::MAX`
/// would overflow.
pub(crate) fn from_now(limit: Duration) -> Instant {
    Instant::now() + limit.min(UNLIMITED)
}

/// The longest timeout: thirty years, the value that tokio uses for a sleep without end.
pub(crate) const UNLIMITED: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
