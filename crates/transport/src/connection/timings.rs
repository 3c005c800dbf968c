//! How long each step to a connection took.

use std::time::Duration;

/// What each step to a connection took; `None` where there was no such step, or it is hidden by a connector beneath.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectTimings {
    /// Looking up the name, of the server or of the proxy.
    pub resolve: Option<Duration>,
    /// From there to a TCP connection, all addresses that were tried included.
    pub tcp: Option<Duration>,
    /// Opening a tunnel through a connected proxy.
    pub proxy: Option<Duration>,
    /// The TLS handshake with the server.
    pub tls: Option<Duration>,
}
