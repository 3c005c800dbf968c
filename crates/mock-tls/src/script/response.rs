//! The response to requests on a scripted connection.

use serde::{Deserialize, Serialize};

use crate::script::client_auth::Alert;
use crate::script::reply::{Afterwards, Reply};

/// The response to requests.
///
/// But for the service itself, [`ResetStream`](Self::ResetStream) and some replies, the first
/// request is the connection's last. All can be given in HTTP/2 too:
/// [`Alpn::Either`](crate::Alpn::Either).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScriptedResponse {
    /// A TLS alert instead of a response, then an orderly end below TLS: what a server sends that
    /// judges the certificate of a connection once more. TLS 1.3 only.
    Alert {
        /// The alert.
        alert: Alert,
    },
    /// An orderly end without a response: `close_notify`, then FIN.
    Empty,
    /// A head without end: header after header, until the client closes. Over HTTP/2, CONTINUATION
    /// frames without end.
    EndlessHeaders,
    /// Bytes that are not HTTP, then an orderly end. Over HTTP/2, a frame of more than any client
    /// takes.
    Garbage,
    /// HTTP/2 only: the connection is going away, and the request was not processed.
    GoAway {
        /// The error code, for example 0 for `NO_ERROR` (RFC 9113, section 7).
        error_code: u32,
    },
    /// This response.
    Reply(Box<Reply>),
    /// A reset instead of a response.
    Reset,
    /// HTTP/2 only: the request's stream is reset, and the connection is kept.
    ResetStream {
        /// The error code, for example 7 for `REFUSED_STREAM` (RFC 9113, section 7).
        error_code: u32,
    },
    /// The normal service.
    #[default]
    Service,
}

impl ScriptedResponse {
    /// Returns the protocols in which it can be given, preferred first, as ALPN has them.
    pub(crate) fn protocols(&self) -> &'static [&'static [u8]] {
        match self {
            Self::Service => &[b"h2", b"http/1.1"],
            Self::GoAway { .. } | Self::ResetStream { .. } => &[b"h2"],
            _ => &[b"http/1.1"],
        }
    }

    /// Returns the alert that ends the connection in place of `close_notify`, if one does.
    pub(crate) fn late_alert(&self) -> Option<Alert> {
        let mut reply = match self {
            Self::Alert { alert } => return Some(*alert),
            Self::Reply(reply) => Some(reply),
            _ => None,
        };
        while let Some(this) = reply {
            if let Afterwards::AlertOnNextRequest { alert } = this.afterwards {
                return Some(alert);
            }
            reply = this.next.as_ref();
        }
        None
    }
}

impl From<Reply> for ScriptedResponse {
    fn from(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}
