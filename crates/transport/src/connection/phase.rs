//! The steps of a request, in their order.

use std::fmt;

/// The step in which an error arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for a connection of the pool, none being opened: all that are allowed, or all their streams, are in use.
    Queue,
    /// Looking up the name.
    Resolve,
    /// TCP.
    Connect,
    /// Reaching the proxy, where there is one, and opening a tunnel through it.
    Proxy,
    /// The TLS handshake, and what TLS 1.3 tells of it afterwards.
    Tls,
    /// From the first byte of the request to the head of the answer.
    Request,
    /// The body of the answer.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queue => "while waiting for a free connection",
            Self::Resolve => "while looking up the server's name",
            Self::Connect => "while connecting over TCP",
            Self::Proxy => "while opening a tunnel through the proxy",
            Self::Tls => "during the TLS handshake",
            Self::Request => "while waiting for the head of the answer",
            Self::Body => "while reading the body of the answer",
        })
    }
}
