//! The parameters that a connection negotiates, and the faults of its handshake.

use serde::{Deserialize, Serialize};

use crate::script::client_auth::Alert;

/// The application protocols that a connection takes (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Alpn {
    /// The protocol of the response: `h2` and `http/1.1` for the normal service, else the one of
    /// the two in which the [`ScriptedResponse`](crate::ScriptedResponse) is.
    #[default]
    AsResponse,
    /// `h2` and `http/1.1`, the first preferred, whatever the response; it is given in the one that
    /// is agreed on. So a [`Reply`](crate::Reply) comes over HTTP/2.
    Either,
    /// `h2` only. With a response that is written in HTTP/1.1, a server that agrees on one protocol
    /// and speaks the other.
    Http2,
    /// The extension is ignored, so nothing is agreed on.
    Ignored,
    /// A protocol that no client of HTTP offers, so that the handshake ends with
    /// `no_application_protocol`.
    Other,
}

/// The fault in the mock's side of the handshake, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Handshake {
    /// As ever.
    #[default]
    Complete,
    /// An alert about the client's certificate comes behind the mock's first message, unprotected,
    /// as anyone on the way can write it; then the end.
    AlertAfterServerHello {
        /// The alert.
        alert: Alert,
    },
    /// An alert about the client's certificate comes in place of the mock's first message; then the
    /// end.
    AlertBeforeServerHello {
        /// The alert.
        alert: Alert,
    },
    /// The client's first bytes are read; then the mock closes.
    ClosedAfterClientHello,
    /// The connection is closed at once, unread.
    ClosedOnAccept,
    /// The first bytes of the mock's first flight come, then the end.
    Cut {
        /// The number of bytes.
        bytes: usize,
    },
    /// Every byte that the mock writes, after the handshake too, is a write of its own.
    OneByteAtATime,
    /// The client's first bytes are read; then the mock resets the connection.
    ResetAfterClientHello,
}

/// The key exchange groups that a connection takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyExchange {
    /// As ever.
    #[default]
    Any,
    /// One group of the range for private use (RFC 8446, section 4.2.7), which no client offers, so
    /// that the handshake ends with `handshake_failure`.
    NoneInCommon,
    /// `secp384r1` only, for which few clients send a key share at once: with TLS 1.3, the others
    /// get a HelloRetryRequest.
    Secp384r1,
}

/// The treatment of session tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tickets {
    /// Sent and taken, as ever.
    #[default]
    Default,
    /// As ever, but this many with TLS 1.3.
    Many {
        /// Their number.
        count: u8,
    },
    /// None is sent and none is taken.
    None,
    /// Sent, but those of earlier connections are not known any more.
    Refused,
}

/// The versions of TLS that a connection takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Versions {
    /// TLS 1.2 and 1.3, as ever.
    #[default]
    Both,
    /// TLS 1.2 only.
    Tls12,
    /// TLS 1.3 only.
    Tls13,
}
