//! The steps of a request, in their order.

use std::fmt;

/// The step in which an error arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for a connection of the pool while none is being opened: all that are allowed, or
    /// all their streams, are in use.
    Queue,
    /// Resolving the name.
    Resolve,
    /// Establishing a TCP connection.
    Connect,
    /// Reaching the proxy, if there is one, and opening a tunnel through it.
    Proxy,
    /// The TLS handshake, and alerts that TLS 1.3 sends after it.
    Tls,
    /// From the first byte of the request to the head of the response.
    Request,
    /// The body of the response.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queue => "while waiting for a free connection",
            Self::Resolve => "while resolving the server's name",
            Self::Connect => "while connecting over TCP",
            Self::Proxy => "while opening a tunnel through the proxy",
            Self::Tls => "during the TLS handshake",
            Self::Request => "while waiting for the head of the response",
            Self::Body => "while reading the body of the response",
        })
    }
}
