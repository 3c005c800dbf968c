//! Why a request got no answer, whose verdict it was, and on which connection.

mod causes;
pub(crate) mod classify;
pub(crate) mod client_certificate;
pub(crate) mod config_error;
pub(crate) mod head_problem;
mod hint;
pub(crate) mod http_refusal;
pub(crate) mod local_problem;
pub(crate) mod proxy_problem;
pub(crate) mod retry_advice;
pub(crate) mod server_certificate;

use std::{error::Error as StdError, fmt, sync::Arc};

use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::connection::server_proof::AlertOrigin;
use crate::error::causes::causes;
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::head_problem::HeadProblem;
use crate::error::http_refusal::HttpRefusal;
use crate::error::local_problem::LocalProblem;
use crate::error::proxy_problem::ProxyProblem;
use crate::error::server_certificate::ServerCertificateProblem;

/// A request that got no answer, or a body that broke off.
///
/// The two refusals that mutual TLS knows are kept apart: [`ErrorKind::ServerCertificate`] is our verdict on the
/// server, [`ErrorKind::ClientCertificate`] is the server's verdict on us. When
/// [`MtlsConnector`](crate::MtlsConnector) is used under another client, see [`Error::find`].
///
/// A structure and not an enumeration, since every kind carries the phase and the connection. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Facts>);

#[derive(Clone)]
struct Facts {
    kind: ErrorKind,
    phase: Phase,
    connection: Option<ConnectionInfo>,
    http_refusal: Option<HttpRefusal>,
    /// The name of the header field at which the head of the response cannot be read.
    header_field: Option<Arc<str>>,
    /// Who may have sent the alert, if it is about one.
    alert_origin: AlertOrigin,
    /// The connection had brought an answer before.
    is_on_used_connection: bool,
    /// The server had accepted our certificate, or our having none, before.
    is_after_acceptance: bool,
    /// The server has said that it did not process the request.
    is_unprocessed: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What went wrong, with its remedy in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body of the answer is longer than the client's limit; what lies beyond it is not handed on.
    #[error("the answer is longer than the limit set here: raise the limit, or ask for less")]
    BodyTooLarge,
    /// The server refused our client certificate, or wants one and got none.
    #[error("the server refused our client certificate: {0}")]
    ClientCertificate(ClientCertificateProblem),
    /// The connection, or the request's share of it, ended before the answer did: reset, closed or cut off.
    ///
    /// [`Error::phase`] says in which step. Where it may be a server that refuses our certificate without saying so, it
    /// is [`ClientCertificateProblem::Suspected`] instead.
    #[error("the connection broke")]
    Closed,
    /// No TCP connection could be made; nothing was sent.
    #[error("cannot reach the server: check host, port and firewall")]
    Connect,
    /// The peer broke the rules of HTTP, or the request cannot be sent.
    #[error("the HTTP exchange failed")]
    Http,
    /// The server does not answer this request over HTTP/2 (`HTTP_1_1_REQUIRED`, [RFC 9113, section 7]).
    ///
    /// Apache httpd says so of a path for which it wants a client certificate that it did not ask for in the handshake,
    /// and over HTTP/1.1 that it does.
    ///
    /// [RFC 9113, section 7]: https://www.rfc-editor.org/rfc/rfc9113#section-7
    #[error(
        "the server takes this request over HTTP/1.1 alone: offer no HTTP/2; if it wants a client certificate for this \
         path alone, have its operator ask in the handshake (Apache: SSLVerifyClient for the whole host)"
    )]
    Http11Required,
    /// This machine could not open a connection, whatever the server does; nothing was sent.
    #[error("this machine could not open a connection: {0}")]
    Local(LocalProblem),
    /// The URI is not an absolute `https` one; nothing was sent, not even a name looked up.
    #[error("the URI must be absolute and start with https://")]
    NotHttps,
    /// The port of the URI is no number up to 65535; nothing was sent.
    #[error("the port in the URI is not a number up to 65535")]
    InvalidPort,
    /// The proxy could not be used; nothing was sent to the server.
    #[error("the proxy failed us: {0}")]
    Proxy(ProxyProblem),
    /// The server wanted a second handshake on the connection, which is not spoken here ([RFC 5246, section 7.4.1.1]).
    ///
    /// Servers want one that know from the path of a request alone whether it takes a client certificate. It cannot be
    /// mended from here, and TLS 1.3 has no such thing.
    ///
    /// [RFC 5246, section 7.4.1.1]: https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1.1
    #[error(
        "the server wanted another handshake on the same connection (renegotiation), which is not spoken here: have its \
         operator ask for the certificate in the first (IIS: Negotiate Client Certificate; Apache: SSLVerifyClient for \
         the whole host)"
    )]
    Renegotiation,
    /// We closed the connection: its identity or its trust anchors had been rotated out, and the request did not end within the drain
    /// timeout.
    #[error(
        "we closed the connection because the client's identity or trust anchors were replaced and the \
         request took longer than the drain timeout"
    )]
    IdentityRotated,
    /// The name could not be resolved; nothing was sent.
    #[error("cannot resolve the server's name: check its spelling and DNS")]
    Resolve,
    /// We refused the server's certificate; nothing of the request was sent.
    #[error("we refused the server's certificate: {0}")]
    ServerCertificate(ServerCertificateProblem),
    /// The host of the URI is neither a DNS name nor an IP address; nothing was sent.
    #[error("the host in the URI is neither a DNS name nor an IP address")]
    InvalidServerName,
    /// A deadline passed; [`Error::phase`] says in which step.
    #[error("no answer in time")]
    Timeout,
    /// TLS failed for a reason other than a certificate: no common version, suite or protocol.
    #[error(
        "the TLS handshake failed: the two sides have no version, suite or protocol in common, or the peer is no TLS server"
    )]
    Tls,
    /// The server's response has a head that cannot be read; what was asked for may have been done, and billed.
    #[error("the head of the server's response cannot be read: {0}")]
    UnreadableHead(HeadProblem),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, phase: Phase) -> Self {
        Self(Arc::new(Facts {
            kind,
            phase,
            connection: None,
            http_refusal: None,
            header_field: None,
            alert_origin: AlertOrigin::Server,
            is_on_used_connection: false,
            is_after_acceptance: false,
            is_unprocessed: false,
            source: None,
        }))
    }

    pub(crate) fn with_source(
        kind: ErrorKind,
        phase: Phase,
        connection: Option<ConnectionInfo>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let source: Arc<dyn StdError + Send + Sync> = source.into().into();
        Self::new(kind, phase).with(|facts| {
            facts.connection = connection;
            facts.source = Some(source);
        })
    }

    pub(crate) fn timeout(phase: Phase, connection: Option<ConnectionInfo>) -> Self {
        Self::new(ErrorKind::Timeout, phase).on(connection)
    }

    pub(crate) fn refused_by_http(
        refusal: HttpRefusal,
        connection: Option<ConnectionInfo>,
    ) -> Self {
        let kind = ErrorKind::ClientCertificate(refusal.problem());
        let error = Self::new(kind, Phase::Request).on(connection);
        error.with(|facts| facts.http_refusal = Some(refusal))
    }

    /// A head that cannot be read, at the field of this name.
    pub(crate) fn unreadable_head(problem: HeadProblem, field: Option<String>) -> Self {
        let error = Self::new(ErrorKind::UnreadableHead(problem), Phase::Request);
        error.with(|facts| facts.header_field = field.map(Arc::from))
    }

    /// The same error, on this connection.
    pub(crate) fn on(self, connection: Option<ConnectionInfo>) -> Self {
        self.with(|facts| facts.connection = connection)
    }

    /// The same error, on a connection that had brought an answer before.
    pub(crate) fn on_used_connection(self) -> Self {
        self.with(|facts| facts.is_on_used_connection = true)
    }

    /// The same error, of a server that had accepted our certificate before, so that it may have seen the request.
    pub(crate) fn after_acceptance(self) -> Self {
        self.with(|facts| facts.is_after_acceptance = true)
    }

    /// The same error, of a request that the server says it did not process.
    pub(crate) fn unprocessed(self) -> Self {
        self.with(|facts| facts.is_unprocessed = true)
    }

    /// The same error met while the answer's body is read: streams do not know how far the request has come.
    pub(crate) fn in_body(&self) -> Self {
        match self.0.phase {
            Phase::Request => self.clone().with(|facts| facts.phase = Phase::Body),
            _ => self.clone(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn is_on_used_connection(&self) -> bool {
        self.0.is_on_used_connection
    }

    /// Did the server refuse the certificate before it could see any request?
    ///
    /// It judges a certificate while it shakes hands, before it reads what follows ([RFC 8446, section 4.4.3]), so on
    /// a new connection nothing of the request has reached HTTP. Not if it had let us know that it was done with that,
    /// and thought better of it later.
    ///
    /// [RFC 8446, section 4.4.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3
    pub(crate) fn is_refused_unseen(&self) -> bool {
        self.is_client_certificate_rejected()
            && !self.0.is_on_used_connection
            && !self.0.is_after_acceptance
            && self.0.http_refusal.is_none()
    }

    /// Is it certain that it is the server that rejects our certificate?
    ///
    /// Not if the alert came unprotected, as it does under TLS 1.2: then it is told, but nothing is concluded from it
    /// for other requests.
    pub(crate) fn is_refused_for_certain(&self) -> bool {
        self.is_client_certificate_rejected() && self.0.alert_origin == AlertOrigin::Server
    }

    /// Does the server want a certificate at a moment at which none can be shown, whichever it is?
    pub(crate) fn is_asked_too_late(&self) -> bool {
        let refusal = self.http_refusal();
        refusal.is_some_and(|it| !it.is_about_the_certificate())
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

    /// Whether the server refused our certificate, or wants one; a mere [suspicion] does not count.
    ///
    /// [suspicion]: ClientCertificateProblem::Suspected
    #[must_use]
    pub fn is_client_certificate_rejected(&self) -> bool {
        match self.0.kind {
            ErrorKind::ClientCertificate(problem) => problem != ClientCertificateProblem::Suspected,
            _ => false,
        }
    }

    /// The answer in which the server refused our certificate; none if it did so by an alert, or not at all.
    #[must_use]
    pub fn http_refusal(&self) -> Option<HttpRefusal> {
        self.0.http_refusal
    }

    /// The name of the header field at which the head of the response cannot be read, in lower case; its value is kept
    /// nowhere.
    #[must_use]
    pub fn header_field(&self) -> Option<&str> {
        self.0.header_field.as_deref()
    }

    /// Whether we refused the server's certificate.
    #[must_use]
    pub fn is_server_certificate_rejected(&self) -> bool {
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
        causes(error).find_map(|cause| cause.downcast_ref::<Self>())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_asked_too_late() {
            f.write_str("the server asked for our client certificate too late")?;
        } else {
            self.0.kind.fmt(f)?;
        }
        if matches!(self.0.kind, ErrorKind::Closed | ErrorKind::Timeout) {
            write!(f, " {}", self.0.phase)?;
        }
        match self.hint() {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("phase", &self.0.phase)
            .field("connection", &self.0.connection)
            .field("http_refusal", &self.0.http_refusal)
            .field("header_field", &self.0.header_field)
            .field("retry_advice", &self.retry_advice())
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
