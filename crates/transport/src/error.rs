//! Why a request got no answer, whose verdict it was, and on which connection.

mod classify;
mod client_certificate;
mod server_certificate;

pub use client_certificate::ClientCertificateProblem;
pub use server_certificate::ServerCertificateProblem;

use std::{error::Error as StdError, fmt, sync::Arc};

use crate::{ConnectionInfo, ProxyProblem};

/// A request that got no answer, or a body that broke off.
///
/// The two refusals that mutual TLS knows are kept apart: [`ErrorKind::ServerCertificate`] is our verdict on the
/// server, [`ErrorKind::ClientCertificate`] is the server's verdict on us. When
/// [`MtlsConnector`](crate::MtlsConnector) is used under another client, see [`Error::find`].
///
/// A structure and not an enumeration, since every kind carries the phase and the connection. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Facts>);

struct Facts {
    kind: ErrorKind,
    phase: Phase,
    connection: Option<ConnectionInfo>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What went wrong, with its remedy in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server refused our client certificate, or wants one and got none.
    #[error("the server refused our client certificate: {0}")]
    ClientCertificate(ClientCertificateProblem),
    /// The connection, or the request's share of it, ended before the answer did: reset, closed or cut off.
    ///
    /// [`Error::phase`] says in which step. In the handshake or before the head of the answer on a new connection,
    /// it may be a server that refuses our certificate without saying so.
    #[error("the connection broke")]
    Closed,
    /// No TCP connection could be made; nothing was sent.
    #[error("cannot reach the server: check host, port and firewall")]
    Connect,
    /// The peer broke the rules of HTTP, or the request cannot be sent.
    #[error("the HTTP exchange failed")]
    Http,
    /// The URI is not an absolute `https` one; nothing was sent, not even a name looked up.
    #[error("the URI must be absolute and start with https://")]
    NotHttps,
    /// The port of the URI is no number up to 65535; nothing was sent.
    #[error("the port in the URI is not a number up to 65535")]
    Port,
    /// The proxy could not be used; nothing was sent to the server.
    #[error("the proxy failed us: {0}")]
    Proxy(ProxyProblem),
    /// The name could not be resolved; nothing was sent.
    #[error("cannot resolve the server's name: check its spelling and DNS")]
    Resolve,
    /// We refused the server's certificate; nothing of the request was sent.
    #[error("we refused the server's certificate: {0}")]
    ServerCertificate(ServerCertificateProblem),
    /// The host of the URI is neither a DNS name nor an IP address; nothing was sent.
    #[error("the host in the URI is neither a DNS name nor an IP address")]
    ServerName,
    /// A deadline passed; [`Error::phase`] says in which step.
    #[error("no answer in time")]
    Timeout,
    /// TLS failed for a reason other than a certificate: no common version, suite or protocol.
    #[error(
        "the TLS handshake failed: the two sides have no version, suite or protocol in common, or the peer is no TLS server"
    )]
    Tls,
}

/// The step in which an error arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Looking up the name.
    Resolve,
    /// TCP.
    Connect,
    /// Reaching the proxy, where there is one, and opening a tunnel through it.
    Proxy,
    /// The TLS handshake, and what TLS 1.3 tells of it afterwards.
    Tls,
    /// From the first byte of the request to the head of the answer.
    Request,
    /// The body of the answer.
    Body,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, phase: Phase) -> Self {
        Self(Arc::new(Facts {
            kind,
            phase,
            connection: None,
            source: None,
        }))
    }

    pub(crate) fn with_source(
        kind: ErrorKind,
        phase: Phase,
        connection: Option<ConnectionInfo>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Facts {
            kind,
            phase,
            connection,
            source: Some(source.into().into()),
        }))
    }

    pub(crate) fn timeout(phase: Phase, connection: Option<ConnectionInfo>) -> Self {
        Self(Arc::new(Facts {
            kind: ErrorKind::Timeout,
            phase,
            connection,
            source: None,
        }))
    }

    /// The same error met while the answer's body is read: streams do not know how far the request has come.
    pub(crate) fn in_body(&self) -> Self {
        if self.0.phase != Phase::Request {
            return self.clone();
        }
        Self(Arc::new(Facts {
            kind: self.0.kind,
            phase: Phase::Body,
            connection: self.0.connection.clone(),
            source: self.0.source.clone(),
        }))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// In which step.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// On which connection; none if there was none yet.
    #[must_use]
    pub fn connection(&self) -> Option<&ConnectionInfo> {
        self.0.connection.as_ref()
    }

    /// Whether the server refused our certificate.
    #[must_use]
    pub fn is_client_certificate(&self) -> bool {
        matches!(self.0.kind, ErrorKind::ClientCertificate(_))
    }

    /// Whether we refused the server's certificate.
    #[must_use]
    pub fn is_server_certificate(&self) -> bool {
        matches!(self.0.kind, ErrorKind::ServerCertificate(_))
    }

    /// Whether a deadline passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// The error of this crate in a chain of sources, for users of the connector under another client.
    ///
    /// It finds every failure to connect. Of a refusal that comes after the handshake, as TLS 1.3 has it, hyper keeps
    /// the error under HTTP/1.1 and only its text under HTTP/2: there, offer [`Alpn::Http11`](crate::Alpn::Http11)
    /// alone, or use [`MtlsClient`](crate::MtlsClient), which knows the reason in every case.
    #[must_use]
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        classify::causes(error).find_map(|cause| cause.downcast_ref::<Self>())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.kind.fmt(f)?;
        if matches!(self.0.kind, ErrorKind::Closed | ErrorKind::Timeout) {
            write!(f, " {}", self.0.phase)?;
        }
        Ok(())
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "while looking up the server's name",
            Self::Connect => "while connecting over TCP",
            Self::Proxy => "while opening a tunnel through the proxy",
            Self::Tls => "during the TLS handshake",
            Self::Request => "while waiting for the head of the answer",
            Self::Body => "while reading the body of the answer",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("phase", &self.0.phase)
            .field("connection", &self.0.connection)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
