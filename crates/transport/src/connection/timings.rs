//! The durations of the steps to a connection.

use std::time::Duration;

/// The duration of each step to a connection; `None` where there was no such step, or an inner
/// connector hides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectTimings {
    /// Resolving the name, of the server or of the proxy.
    pub resolve: Option<Duration>,
    /// From there to a TCP connection, including all addresses that were tried.
    pub tcp: Option<Duration>,
    /// Opening a tunnel through a connected proxy.
    pub proxy: Option<Duration>,
    /// The TLS handshake with the server.
    pub tls: Option<Duration>,
}
