//! Errors while a mock starts, or in a call of the library.
//!
//! What goes wrong with a client is bytes on the wire and an [`Event`](crate::Event), never an
//! error here.

use std::io;
use std::net::IpAddr;

/// Why a mock did not start, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A port of the loopback interface could not be bound: taken, or not allowed.
    #[error(
        "the mock cannot listen on port {port} of {address}; choose another, or 0 for any free one"
    )]
    Bind {
        /// The address that was asked for.
        address: IpAddr,
        /// The port that was asked for.
        port: u16,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A certificate, key or revocation list of the mock's own could not be made; a fault of this
    /// crate.
    #[error("the mock cannot make its own certificates")]
    Certificate {
        /// The error of the certificate maker.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A CA that was kept is not the certificate of a CA with the key that belongs to it.
    #[error("a CA that was kept has no certificate of a CA, or not the key that belongs to it")]
    KeptCa,
    /// The TLS library refused the mock's own configuration; a fault of this crate.
    #[error("the mock cannot configure its TLS server")]
    Tls {
        /// The error of the TLS library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns an error of the certificate maker.
    pub fn certificate(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Certificate {
            source: Box::new(source),
        }
    }

    pub(crate) fn tls(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Tls {
            source: Box::new(source),
        }
    }
}
