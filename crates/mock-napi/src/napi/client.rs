//! The client at the other end of a connection.

use mock_tls::ConnectionGates;

use crate::event::ConnectionLog;

/// Where a client has connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    MutualTls,
    Plain,
}

/// The client at the other end of a connection, as its certificate tells.
pub(crate) struct Client {
    pub(crate) endpoint: Endpoint,
    pub(crate) log: ConnectionLog,
    pub(crate) gates: ConnectionGates,
    pub(crate) certificate_sha256: Option<String>,
    /// The parent account that the certificate is bound to.
    pub(crate) account: Option<String>,
}
