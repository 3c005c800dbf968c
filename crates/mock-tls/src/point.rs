//! The points at which a script can make its connection wait; [`Gates`](crate::Gates) make it.

use serde::{Deserialize, Serialize};

/// A point at which a script can make its connection wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Point {
    /// The ClientHello is read, no byte is written.
    BeforeServerHello,
    /// The mock's first flight is written, nothing is read since: with TLS 1.3, the client's
    /// handshake is complete, and its certificate not yet judged. (After a HelloRetryRequest, that
    /// is the first flight.)
    BeforeVerdict,
    /// The handshake is complete at both ends, no request is read.
    AfterHandshake,
    /// The request is read and in the log, the response is not yet sent.
    BeforeResponse,
    /// Half the body of a [`Reply`](crate::Reply) is sent.
    MidBody,
    /// A [`Reply`](crate::Reply) is sent, the connection is still open.
    BeforeClose,
}
