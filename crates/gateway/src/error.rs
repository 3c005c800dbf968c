//! The failures of the gateway itself; those of requests are problem details.

use std::io;

use crate::listen_address::ListenAddress;

/// A gateway that cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: choose another address, or end what listens there")]
    Bind {
        /// The address.
        address: ListenAddress,
        /// The system's reason.
        source: io::Error,
    },
    /// A socket or file of another program is at the path.
    #[error("{address} is in use: another program listens there, or the file is no socket")]
    InUse {
        /// The address.
        address: ListenAddress,
    },
    /// The address can be reached from other machines, and that was not allowed.
    #[error(
        "other machines can reach {address}, and what listens there presents your certificate for them: listen on \
         127.0.0.1 or on a unix socket, or allow it with listen_public (--listen-public), and a token or certificates of \
         callers"
    )]
    PublicAddress {
        /// The address.
        address: ListenAddress,
    },
    /// The address can be reached from other machines, and callers need neither a token nor a
    /// certificate.
    #[error(
        "other machines can reach {address}, and anyone there could use your certificate: set a token that callers \
         have to show (--token-file), or require certificates of them (--tls-client-ca)"
    )]
    PublicWithoutAuthentication {
        /// The address.
        address: ListenAddress,
    },
}
