//! The error of a request: its kind, the step in which it arose, and the connection.

mod causes;
pub(crate) mod classify;
pub(crate) mod client_certificate;
pub(crate) mod config_error;
pub(crate) mod crypto_provider_problem;
pub(crate) mod head_problem;
mod hint;
pub(crate) mod http_refusal;
pub(crate) mod local_problem;
pub(crate) mod proxy_problem;
pub(crate) mod retry_advice;
pub(crate) mod server_certificate;
pub(crate) mod tls_library_error;

use std::{error::Error as StdError, fmt, sync::Arc};

use identity::SignerProblem;

use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::connection::server_proof::AlertOrigin;
use crate::connection::steps::Step;
use crate::error::causes::causes;
use crate::error::client_certificate::ClientCertificateProblem;
use crate::error::head_problem::HeadProblem;
use crate::error::http_refusal::HttpRefusal;
use crate::error::local_problem::LocalProblem;
use crate::error::proxy_problem::ProxyProblem;
use crate::error::server_certificate::ServerCertificateProblem;

/// A request without a response, or a response body that broke off. The two rejections of mutual
/// TLS have kinds of their own: [`ErrorKind::ServerCertificate`] is our verdict on the server's
/// certificate, [`ErrorKind::ClientCertificate`] the server's verdict on ours. When
/// [`MtlsConnector`](crate::MtlsConnector) is used under another client, see [`Error::find`].
///
/// A structure and not an enumeration, since every kind carries the phase and the connection. Cheap
/// to clone.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    phase: Phase,
    connection: Option<ConnectionInfo>,
    http_refusal: Option<HttpRefusal>,
    /// The name of the header field at which parsing of the response's head failed.
    header_field: Option<Arc<str>>,
    /// The possible senders of the alert, if the error is about one.
    alert_origin: AlertOrigin,
    /// The connection had brought a response before.
    is_on_used_connection: bool,
    /// The server had accepted our certificate, or the absence of one, before.
    is_after_acceptance: bool,
    /// The server has said that it did not process the request, or nothing of it was sent.
    is_unprocessed: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The kind of an error; its text names the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The response body is longer than [`max_response_body`]; the rest is not delivered.
    ///
    /// [`max_response_body`]: crate::MtlsClientBuilder::max_response_body
    #[error("the response body is longer than max_response_body: raise the limit, or ask for less")]
    BodyTooLarge,
    /// The server rejected our client certificate, or requires one and got none.
    #[error("{verdict}: {0}", verdict = .0.verdict())]
    ClientCertificate(ClientCertificateProblem),
    /// The connection or the HTTP/2 stream was reset, closed or cut off before the response was
    /// complete.
    ///
    /// [`Error::phase`] names the step. Where the cause may be a server that rejects our
    /// certificate without an alert, the kind is [`ClientCertificateProblem::Suspected`] instead.
    #[error("the connection broke")]
    Closed,
    /// No TCP connection could be established; nothing was sent.
    #[error("cannot reach the server: check host, port and firewall")]
    Connect,
    /// The peer violated HTTP, or the request cannot be sent.
    #[error("the HTTP exchange failed")]
    Http,
    /// The server does not serve this request over HTTP/2 (`HTTP_1_1_REQUIRED`, [RFC 9113, section
    /// 7]).
    ///
    /// Apache httpd sends it for a path that requires a client certificate which the handshake did
    /// not request; over HTTP/1.1 it would renegotiate.
    ///
    /// [RFC 9113, section 7]: https://www.rfc-editor.org/rfc/rfc9113#section-7
    #[error(
        "the server serves this request over HTTP/1.1 only: offer no HTTP/2; if it requires a client certificate for \
         this path only, have its operator request it in the handshake (Apache: SSLVerifyClient for the whole host)"
    )]
    Http11Required,
    /// This machine could not open a connection, whatever the server does; nothing was sent.
    #[error("this machine could not open a connection: {0}")]
    Local(LocalProblem),
    /// The URI is not an absolute `https` URI; nothing was sent, and no name was resolved.
    #[error("the URI must be absolute and start with https://")]
    NotHttps,
    /// The port of the URI is not a number up to 65535; nothing was sent.
    #[error("the port in the URI is not a number up to 65535")]
    InvalidPort,
    /// The proxy could not be used; nothing was sent to the server.
    #[error("the proxy could not be used: {0}")]
    Proxy(ProxyProblem),
    /// The server requested a second handshake on the connection (renegotiation, [RFC 5246, section
    /// 7.4.1.1]), which is not supported.
    ///
    /// Servers do so that decide by the path of a request whether it takes a client certificate.
    /// The client cannot avoid it; TLS 1.3 has no renegotiation.
    ///
    /// [RFC 5246, section 7.4.1.1]: https://www.rfc-editor.org/rfc/rfc5246#section-7.4.1.1
    #[error(
        "the server requested another handshake on the same connection (renegotiation), which is not supported here: \
         have its operator request the certificate in the first handshake (IIS: Negotiate Client Certificate; Apache: \
         SSLVerifyClient for the whole host)"
    )]
    Renegotiation,
    /// We closed the connection: its identity or trust anchors had been rotated, and the request
    /// did not end within the drain timeout.
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
    /// Our key is in a device, such as an HSM, that could not sign the handshake, or not before a
    /// timeout expired ([`SignerProblem::TimedOut`]). The server has judged nothing, and no request
    /// was sent.
    #[error("our key could not sign the handshake: {0}")]
    Signer(SignerProblem),
    /// The host of the URI is neither a DNS name nor an IP address; nothing was sent.
    #[error("the host in the URI is neither a DNS name nor an IP address")]
    InvalidServerName,
    /// A timeout expired; [`Error::phase`] names the step.
    #[error("no response in time")]
    Timeout,
    /// TLS failed for a reason other than a certificate: no common version, suite or protocol.
    #[error(
        "the TLS handshake failed: client and server have no version, suite or protocol in common, or the peer is no TLS server"
    )]
    Tls,
    /// The head of the response cannot be parsed; the request may have been processed, and billed.
    #[error("the head of the server's response cannot be read: {0}")]
    UnreadableHead(HeadProblem),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, phase: Phase) -> Self {
        Self(Arc::new(Inner {
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
        Self::new(kind, phase).with(|inner| {
            inner.connection = connection;
            inner.source = Some(source);
        })
    }

    pub(crate) fn timeout(phase: Phase, connection: Option<ConnectionInfo>) -> Self {
        Self::new(ErrorKind::Timeout, phase).on(connection)
    }

    /// Creates the error of a timeout that expired in a step of connecting.
    pub(crate) fn timeout_in(step: Step) -> Self {
        let kind = match step.is_signing {
            true => ErrorKind::Signer(SignerProblem::TimedOut),
            false => ErrorKind::Timeout,
        };
        Self::new(kind, step.phase).on(step.info)
    }

    pub(crate) fn rejected_by_http(
        refusal: HttpRefusal,
        connection: Option<ConnectionInfo>,
    ) -> Self {
        let kind = ErrorKind::ClientCertificate(refusal.problem());
        let error = Self::new(kind, Phase::Request).on(connection);
        error.with(|inner| inner.http_refusal = Some(refusal))
    }

    /// Creates the error of a head that cannot be parsed, at the field of this name.
    pub(crate) fn unreadable_head(problem: HeadProblem, field: Option<String>) -> Self {
        let error = Self::new(ErrorKind::UnreadableHead(problem), Phase::Request);
        error.with(|inner| inner.header_field = field.map(Arc::from))
    }

    /// Sets the connection.
    pub(crate) fn on(self, connection: Option<ConnectionInfo>) -> Self {
        self.with(|inner| inner.connection = connection)
    }

    /// Marks a connection that had brought a response before.
    pub(crate) fn on_used_connection(self) -> Self {
        self.with(|inner| inner.is_on_used_connection = true)
    }

    /// Marks a server that had accepted our certificate before, so that it may have seen the
    /// request.
    pub(crate) fn after_acceptance(self) -> Self {
        self.with(|inner| inner.is_after_acceptance = true)
    }

    /// Marks a request that the server says it did not process.
    pub(crate) fn unprocessed(self) -> Self {
        self.with(|inner| inner.is_unprocessed = true)
    }

    /// Moves the error to the step before the request, of which nothing was sent.
    pub(crate) fn before_request(self) -> Self {
        self.with(|inner| inner.phase = inner.phase.min(Phase::Tls))
    }

    /// Returns the error as one of the response body: a stream does not know how far the request
    /// has come.
    pub(crate) fn in_body(&self) -> Self {
        match self.0.phase {
            Phase::Request => self.clone().with(|inner| inner.phase = Phase::Body),
            _ => self.clone(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        // Copies only an error that is shared, such as one that its connection has recorded.
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn is_on_used_connection(&self) -> bool {
        self.0.is_on_used_connection
    }

    /// Checks whether the server rejected the certificate before it could see any request.
    ///
    /// A server verifies the certificate in the handshake, before it reads what follows ([RFC 8446,
    /// section 4.4.3]), so on a new connection no part of the request has reached HTTP. Returns
    /// `false` if the server had already accepted the certificate and rejects it later.
    ///
    /// [RFC 8446, section 4.4.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3
    pub(crate) fn is_rejected_before_request(&self) -> bool {
        self.is_client_certificate_rejected()
            && !self.0.is_on_used_connection
            && !self.0.is_after_acceptance
            && self.0.http_refusal.is_none()
    }

    /// Checks whether the rejection certainly comes from the server.
    ///
    /// An unprotected alert, as under TLS 1.2, may be forged: it is reported, but no other request
    /// is affected by it.
    pub(crate) fn is_certain_rejection(&self) -> bool {
        self.is_client_certificate_rejected() && self.0.alert_origin == AlertOrigin::Server
    }

    /// Checks whether the server requests a certificate at a moment at which none can be presented.
    pub(crate) fn is_requested_too_late(&self) -> bool {
        let refusal = self.http_refusal();
        refusal.is_some_and(|refusal| !refusal.is_about_the_certificate())
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the step in which the error arose.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// Returns the connection; none if there was none yet.
    #[must_use]
    pub fn connection(&self) -> Option<&ConnectionInfo> {
        self.0.connection.as_ref()
    }

    /// Checks whether the server rejected our certificate, or requires one; a mere [suspicion] does
    /// not count.
    ///
    /// [suspicion]: ClientCertificateProblem::Suspected
    #[must_use]
    pub fn is_client_certificate_rejected(&self) -> bool {
        match self.0.kind {
            ErrorKind::ClientCertificate(problem) => problem != ClientCertificateProblem::Suspected,
            _ => false,
        }
    }

    /// Returns the response by which the server rejected our certificate; none if it sent an alert,
    /// or rejected nothing.
    #[must_use]
    pub fn http_refusal(&self) -> Option<HttpRefusal> {
        self.0.http_refusal
    }

    /// Returns the name of the header field, in lower case, at which parsing of the response's head
    /// failed; the value is not kept.
    #[must_use]
    pub fn header_field(&self) -> Option<&str> {
        self.0.header_field.as_deref()
    }

    /// Checks whether we refused the server's certificate.
    #[must_use]
    pub fn is_server_certificate_rejected(&self) -> bool {
        matches!(self.0.kind, ErrorKind::ServerCertificate(_))
    }

    /// Checks whether a timeout expired, also one in which the device of our key did not sign.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Timeout | ErrorKind::Signer(SignerProblem::TimedOut)
        )
    }

    /// Finds the error of this crate in a chain of sources, for users of the connector under
    /// another client.
    ///
    /// It finds every failure to connect. A rejection after the handshake, as in TLS 1.3, is kept
    /// by hyper under HTTP/1.1 and reduced to its text under HTTP/2: there, offer
    /// [`Alpn::Http11`](crate::Alpn::Http11) alone, or use [`MtlsClient`](crate::MtlsClient), which
    /// knows the reason in every case.
    #[must_use]
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        causes(error).find_map(|cause| cause.downcast_ref::<Self>())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The kind would blame the certificate, but this rejection is about the moment of the
        // request.
        if self.is_requested_too_late() {
            f.write_str("the server requested our client certificate too late")?;
        } else {
            self.0.kind.fmt(f)?;
        }
        // The texts of the other kinds name the step themselves.
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
