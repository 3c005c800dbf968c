//! The failure of a handshake with a client, for a log of the server.

use std::{fmt, io};

use rustls::{AlertDescription, Error as TlsError};

use crate::error::tls_library_error::TlsLibraryError;

/// The reason why there is no TLS connection with a client.
#[derive(Debug)]
pub struct HandshakeFailure {
    kind: Kind,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ClientCertificate,
    Rejected,
    Protocol,
    Network,
}

#[derive(Debug)]
enum Source {
    Tls(TlsLibraryError),
    Io(io::Error),
}

impl HandshakeFailure {
    pub(super) fn new(error: io::Error) -> Self {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<TlsError>())
            .cloned();
        let Some(tls) = tls else {
            return Self {
                kind: Kind::Network,
                source: Source::Io(error),
            };
        };
        Self {
            kind: Kind::of(&tls),
            source: Source::Tls(TlsLibraryError::new(tls)),
        }
    }

    /// Returns a name of the reason that stays as it is: `client_certificate` if the client's was
    /// missing or not accepted, `rejected` if the client did not accept ours, `protocol` if it
    /// speaks no TLS that we do, `network` if the connection ended.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::ClientCertificate => "client_certificate",
            Kind::Rejected => "rejected",
            Kind::Protocol => "protocol",
            Kind::Network => "network",
        }
    }

    /// Checks whether the client's certificate was missing or not accepted.
    #[must_use]
    pub fn is_client_certificate(&self) -> bool {
        self.kind == Kind::ClientCertificate
    }
}

impl Kind {
    fn of(error: &TlsError) -> Self {
        match error {
            TlsError::NoCertificatesPresented | TlsError::InvalidCertificate(_) => {
                Self::ClientCertificate
            }
            TlsError::AlertReceived(
                AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA,
            ) => Self::Rejected,
            _ => Self::Protocol,
        }
    }
}

impl fmt::Display for HandshakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::ClientCertificate => {
                "the client has no certificate that is accepted here: it needs one of the CAs of clients"
            }
            Kind::Rejected => {
                "the client did not accept our certificate: it needs the CA, and a name of the certificate"
            }
            Kind::Protocol => "the client speaks no TLS 1.2 or 1.3 that both can agree on",
            Kind::Network => "the connection of the client ended during the handshake",
        })
    }
}

impl std::error::Error for HandshakeFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Source::Tls(source) => Some(source),
            Source::Io(source) => Some(source),
        }
    }
}
