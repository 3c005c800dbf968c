//! From a failed read, write or handshake to an [`Error`].

use std::{error::Error as StdError, io};

use super::{ClientCertificateProblem, Error, ErrorKind, Phase, ServerCertificateProblem};
use crate::ConnectionInfo;

impl Error {
    /// The meaning of an I/O error on a connection whose handshake is running or done.
    ///
    /// A TLS error is always of the handshake's phase: in TLS 1.3 the server judges our certificate after the
    /// handshake has ended for us (RFC 8446, section 4.4.2.4), so its alert arrives during the first request.
    pub(crate) fn from_tls_io(error: io::Error, phase: Phase, connection: ConnectionInfo) -> Self {
        let tls = causes(&error)
            .find_map(|cause| cause.downcast_ref::<rustls::Error>())
            .cloned();
        match tls {
            Some(tls) => {
                let kind = kind_of(&tls, &connection);
                Self::with_source(kind, Phase::Tls, Some(connection), tls)
            }
            None => Self::with_source(ErrorKind::Closed, phase, Some(connection), error),
        }
    }
}

fn kind_of(error: &rustls::Error, connection: &ConnectionInfo) -> ErrorKind {
    if let Some(problem) = ServerCertificateProblem::from_tls(error) {
        return ErrorKind::ServerCertificate(problem);
    }
    match error {
        rustls::Error::AlertReceived(alert) => {
            ClientCertificateProblem::from_alert(*alert, connection.client_auth())
                .map_or(ErrorKind::Tls, ErrorKind::ClientCertificate)
        }
        _ => ErrorKind::Tls,
    }
}

/// An error and all that lies beneath it.
///
/// `io::Error::source` steps over the error that it carries, so that one is looked at first.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        match cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(carried) => Some(carried as _),
            None => cause.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let ours = Error::new(ErrorKind::Closed, Phase::Request);
        let inner = io::Error::other(ours);
        let outer = io::Error::other(inner);
        assert_eq!(
            Error::find(&outer).map(Error::kind),
            Some(ErrorKind::Closed)
        );
    }

    #[test]
    fn a_foreign_error_is_not_ours() {
        assert!(Error::find(&io::Error::other("disk full")).is_none());
    }
}
