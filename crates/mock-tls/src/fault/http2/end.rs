//! The ways in which a scripted HTTP/2 connection ends.

/// The end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// In order: `close_notify`, then FIN.
    Close,
    /// FIN only.
    Cut,
    /// Headers for this stream until the client has enough, then in order.
    EndlessHeaders {
        /// The request's stream.
        stream: u32,
    },
    /// Garbage, then in order.
    Garbage,
    /// By a reset.
    Reset,
}
