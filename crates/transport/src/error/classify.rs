//! Turns a failed read, write or handshake into an [`Error`].

use std::{error::Error as StdError, io};

use identity::SignerError;
use rustls::{AlertDescription, PeerMisbehaved};

use crate::connection::client_auth::ClientAuth;
use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::connection::server_proof::AlertOrigin;
use crate::error::causes::causes;
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::server_certificate::ServerCertificateProblem;
use crate::error::{Error, ErrorKind};

/// The evidence that the server accepts our certificate, or the absence of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// It has sent something that it sends only after it has verified the certificate.
    Shown,
    /// It has sent nothing of the kind.
    Unknown,
}

impl Error {
    /// Wraps an error of the inner connector, unless it already carries one of this crate's.
    pub(crate) fn not_connected(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        // The connector's own error names the step; a wrapped one could only say that connecting
        // failed.
        let ours = Self::find(&*error).cloned();
        ours.unwrap_or_else(|| Self::with_source(ErrorKind::Connect, Phase::Connect, None, error))
    }

    /// Returns the meaning of an I/O error in a handshake.
    pub(crate) fn from_handshake(
        error: io::Error,
        connection: ConnectionInfo,
        origin: AlertOrigin,
    ) -> Self {
        let error = Self::from_tls_io(error, Phase::Tls, connection, Acceptance::Unknown);
        let is_alert = matches!(error.tls(), Some(rustls::Error::AlertReceived(_)));
        // The certificate had not been sent, so neither a verdict nor a suspicion can be about it.
        let kind = match (error.kind(), origin) {
            (ErrorKind::ClientCertificate(_), AlertOrigin::Unproven) if is_alert => ErrorKind::Tls,
            (ErrorKind::ClientCertificate(_), AlertOrigin::Unproven) => ErrorKind::Closed,
            (kind, _) => kind,
        };
        error.with(|inner| {
            inner.kind = kind;
            inner.alert_origin = origin;
        })
    }

    /// Returns the TLS error, if that is the source.
    pub(super) fn tls(&self) -> Option<&rustls::Error> {
        self.source().and_then(|source| source.downcast_ref())
    }

    /// Returns the meaning of an I/O error on a connection whose handshake is running or done.
    ///
    /// A TLS error belongs to the phase of the handshake: in TLS 1.3 the server verifies our
    /// certificate after the handshake has ended for us (RFC 8446, section 4.4.2.4), so its alert
    /// arrives during the first request. Only a renegotiation comes later.
    ///
    /// A connection that ends without an alert, after the server has requested a certificate and
    /// before it has shown that it accepts it, is a suspicion: some servers and middleboxes send no
    /// alert.
    pub(crate) fn from_tls_io(
        error: io::Error,
        phase: Phase,
        connection: ConnectionInfo,
        acceptance: Acceptance,
    ) -> Self {
        if let Some(error) = signer_error(&error) {
            let kind = ErrorKind::Signer(error.problem());
            return Self::with_source(kind, Phase::Tls, Some(connection), error);
        }
        let tls = causes(&error)
            .find_map(|cause| cause.downcast_ref::<rustls::Error>())
            .cloned();
        match tls {
            Some(tls) => {
                let kind = kind_of(&tls, &connection);
                let phase = match kind {
                    ErrorKind::Renegotiation => phase,
                    _ => Phase::Tls,
                };
                let error = Self::with_source(kind, phase, Some(connection), tls);
                match acceptance {
                    Acceptance::Shown => error.after_acceptance(),
                    Acceptance::Unknown => error,
                }
            }
            None => {
                let is_end = is_reset(&error) || error.kind() == io::ErrorKind::UnexpectedEof;
                let is_asked = !matches!(
                    connection.client_auth(),
                    ClientAuth::NotRequested | ClientAuth::CarriedByTicket | ClientAuth::NotSigned
                );
                let kind = match acceptance {
                    Acceptance::Unknown if is_asked && is_end => SUSPECTED,
                    _ => ErrorKind::Closed,
                };
                Self::with_source(kind, phase, Some(connection), error)
            }
        }
    }
}

/// Returns the error of the device that has our key, if that is why the handshake failed.
fn signer_error(error: &io::Error) -> Option<SignerError> {
    causes(error).find_map(|cause| {
        let carried = match cause.downcast_ref::<rustls::Error>() {
            // rustls names no source of its errors.
            Some(rustls::Error::Other(other)) => other.0.downcast_ref(),
            _ => cause.downcast_ref(),
        };
        carried.cloned()
    })
}

const SUSPECTED: ErrorKind = ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected);

/// Checks whether the peer or a middlebox aborted the connection. The kind differs by system and by
/// moment.
pub(crate) fn is_reset(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset
    )
}

fn kind_of(error: &rustls::Error, connection: &ConnectionInfo) -> ErrorKind {
    if let Some(problem) = ServerCertificateProblem::from_tls(error) {
        return ErrorKind::ServerCertificate(problem);
    }
    match error {
        rustls::Error::AlertReceived(alert) if is_of_second_handshake(*alert, connection) => {
            ErrorKind::Renegotiation
        }
        rustls::Error::PeerMisbehaved(PeerMisbehaved::TooManyRenegotiationRequests) => {
            ErrorKind::Renegotiation
        }
        rustls::Error::AlertReceived(alert) => {
            ClientCertificateProblem::from_alert(*alert, connection.client_auth())
                .map_or(ErrorKind::Tls, ErrorKind::ClientCertificate)
        }
        _ => ErrorKind::Tls,
    }
}

/// Checks whether an alert is about a handshake other than the finished one.
///
/// When TLS 1.2 has finished for us, the server has verified everything in that handshake. A server
/// that requests another is sent `no_renegotiation` ([RFC 5246, section 7.2.2]), and commonly ends
/// the connection with an alert of its own.
///
/// [RFC 5246, section 7.2.2]: https://www.rfc-editor.org/rfc/rfc5246#section-7.2.2
fn is_of_second_handshake(alert: AlertDescription, connection: &ConnectionInfo) -> bool {
    let is_finished = connection.tls().is_some_and(|tls| tls.version == "TLSv1.2");
    is_finished
        && matches!(
            alert,
            AlertDescription::HandshakeFailure | AlertDescription::NoRenegotiation
        )
}

/// Returns the kind of an HTTP error without a better reason: a violation of HTTP, or a connection
/// that broke.
pub(crate) fn kind_of_http(error: &hyper::Error) -> ErrorKind {
    let is_protocol_violation = causes(error).any(|cause| {
        // The h2 crate ends a connection by itself when the peer violates HTTP/2; hyper reports a
        // damaged chunk as an I/O error. TLS errors are of that kind too, but were converted
        // before.
        let http2 = cause.downcast_ref::<h2::Error>();
        let chunk = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        http2.is_some_and(|error| error.is_library() && !error.is_io())
            || matches!(
                chunk,
                Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
            )
    });
    if error.is_parse() || error.is_user() || is_protocol_violation {
        ErrorKind::Http
    } else {
        ErrorKind::Closed
    }
}

/// Returns the reason for which the server has reset an HTTP/2 stream, if it has.
///
/// `REFUSED_STREAM` means that the request was not processed ([RFC 9113, section 8.7]).
///
/// [RFC 9113, section 8.7]: https://www.rfc-editor.org/rfc/rfc9113#section-8.7
pub(crate) fn stream_refusal(error: &(dyn StdError + 'static)) -> Option<h2::Reason> {
    let mut resets = http2_errors(error).filter(|error| error.is_remote() && error.is_reset());
    resets.find_map(h2::Error::reason)
}

/// Checks whether the server has announced by a GOAWAY that it has not processed the request.
///
/// A GOAWAY names the last stream that the server may have processed; "streams with higher
/// identifiers" were not ([RFC 9113, section 6.8]). h2 ends only those with this error: the others
/// go on, and fail, if at all, with the connection.
///
/// [RFC 9113, section 6.8]: https://www.rfc-editor.org/rfc/rfc9113#section-6.8
pub(crate) fn is_beyond_goaway(error: &(dyn StdError + 'static)) -> bool {
    http2_errors(error).any(|error| error.is_remote() && error.is_go_away())
}

fn http2_errors<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a h2::Error> {
    causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_inside_io_error_is_found() {
        let ours = Error::new(ErrorKind::Closed, Phase::Request);
        let inner = io::Error::other(ours);
        let outer = io::Error::other(inner);
        assert_eq!(
            Error::find(&outer).map(Error::kind),
            Some(ErrorKind::Closed)
        );
    }

    #[test]
    fn foreign_error_is_not_found() {
        assert!(Error::find(&io::Error::other("disk full")).is_none());
    }
}
