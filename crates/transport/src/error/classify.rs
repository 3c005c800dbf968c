//! From a failed read, write or handshake to an [`Error`].

use std::{error::Error as StdError, io};

use rustls::{AlertDescription, PeerMisbehaved};

use crate::connection::client_auth::ClientAuth;
use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::connection::server_proof::AlertOrigin;
use crate::error::causes::causes;
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::server_certificate::ServerCertificateProblem;
use crate::error::{Error, ErrorKind};

/// Whether the server has let it be seen that it accepts our certificate, or our having none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// It has sent what comes after its judgement.
    Shown,
    /// Nothing came that would tell.
    Unknown,
}

impl Error {
    /// What the connector beneath could not do. Its error may be ours already, and says more then.
    pub(crate) fn not_connected(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        let ours = Self::find(&*error).cloned();
        ours.unwrap_or_else(|| Self::with_source(ErrorKind::Connect, Phase::Connect, None, error))
    }

    /// The meaning of an I/O error in a handshake.
    pub(crate) fn from_handshake(
        error: io::Error,
        connection: ConnectionInfo,
        origin: AlertOrigin,
    ) -> Self {
        let error = Self::from_tls_io(error, Phase::Tls, connection, Acceptance::Unknown);
        let is_alert = matches!(error.tls(), Some(rustls::Error::AlertReceived(_)));
        // No verdict, and no suspicion of one, on what was not sent.
        let kind = match (error.kind(), origin) {
            (ErrorKind::ClientCertificate(_), AlertOrigin::Unproven) if is_alert => ErrorKind::Tls,
            (ErrorKind::ClientCertificate(_), AlertOrigin::Unproven) => ErrorKind::Closed,
            (kind, _) => kind,
        };
        error.with(|facts| {
            facts.kind = kind;
            facts.alert_origin = origin;
        })
    }

    /// What TLS says, if that is the reason.
    pub(super) fn tls(&self) -> Option<&rustls::Error> {
        self.source().and_then(|source| source.downcast_ref())
    }

    /// The meaning of an I/O error on a connection whose handshake is running or done.
    ///
    /// A TLS error is of the handshake's phase: in TLS 1.3 the server judges our certificate after the handshake has ended
    /// for us (RFC 8446, section 4.4.2.4), so its alert arrives during the first request. Only a second handshake comes
    /// later.
    ///
    /// An end without an alert, when the server has asked for a certificate and not shown that it accepts what it got,
    /// is a suspicion: some servers, and some systems on the way, say no more than that.
    pub(crate) fn from_tls_io(
        error: io::Error,
        phase: Phase,
        connection: ConnectionInfo,
        acceptance: Acceptance,
    ) -> Self {
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
                    ClientAuth::NotRequested | ClientAuth::CarriedByTicket
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

const SUSPECTED: ErrorKind = ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected);

/// Did the peer, or somebody on the way, end the connection by force? The names differ by system and by moment.
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

/// Is it about another handshake than the one that is done?
///
/// When TLS 1.2 has finished for us, the server has judged everything in that handshake. A server that wants another
/// is told that there is none (`no_renegotiation`, [RFC 5246, section 7.2.2]), and commonly ends the connection so.
///
/// [RFC 5246, section 7.2.2]: https://www.rfc-editor.org/rfc/rfc5246#section-7.2.2
fn is_of_second_handshake(alert: AlertDescription, connection: &ConnectionInfo) -> bool {
    let is_settled = connection.tls().is_some_and(|it| it.version == "TLSv1.2");
    is_settled
        && matches!(
            alert,
            AlertDescription::HandshakeFailure | AlertDescription::NoRenegotiation
        )
}

/// What HTTP says of an end, when nothing else does: the peer broke its rules, or the connection broke.
pub(crate) fn kind_of_http(error: &hyper::Error) -> ErrorKind {
    let is_ended_by_us = causes(error).any(|cause| {
        // The h2 crate ends a connection by itself when the peer breaks the rules of HTTP/2; hyper says so of chunks
        // in an I/O error. TLS has errors of that kind too, but those are ours by now.
        let http2 = cause.downcast_ref::<h2::Error>();
        let chunk = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        http2.is_some_and(|error| error.is_library() && !error.is_io())
            || matches!(
                chunk,
                Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
            )
    });
    if error.is_parse() || error.is_user() || is_ended_by_us {
        ErrorKind::Http
    } else {
        ErrorKind::Closed
    }
}

/// Why the server has reset an HTTP/2 stream, if it has.
///
/// `REFUSED_STREAM` says that it has done nothing with the request ([RFC 9113, section 8.7]).
///
/// [RFC 9113, section 8.7]: https://www.rfc-editor.org/rfc/rfc9113#section-8.7
pub(crate) fn stream_refusal(error: &(dyn StdError + 'static)) -> Option<h2::Reason> {
    let mut resets = http2_errors(error).filter(|error| error.is_remote() && error.is_reset());
    resets.find_map(h2::Error::reason)
}

/// Whether the server has said by a GOAWAY that it has done nothing with the request and never will.
///
/// A GOAWAY names the last stream that the server may have worked on; "streams with higher identifiers" were not
/// processed ([RFC 9113, section 6.8]). h2 ends those alone with it: the others go on, and if they break, it is with the
/// connection.
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
