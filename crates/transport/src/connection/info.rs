//! What is known of a connection, on each response and each error.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use identity::Fingerprint;
use rustls::{ClientConnection, HandshakeKind, ProtocolVersion};
use rustls_pki_types::CertificateDer;

use crate::connection::client_auth::ClientAuth;
use crate::connection::generation::Generation;
use crate::connection::timings::ConnectTimings;

/// The connection behind a response or an error.
///
/// It stands in the extensions of every response that comes through [`MtlsConnector`](crate::MtlsConnector),
/// whatever client is above it, and in [`Error::connection`](crate::Error::connection). Cheap to clone.
#[derive(Clone)]
pub struct ConnectionInfo {
    facts: Arc<Facts>,
}

#[derive(Clone)]
struct Facts {
    server_name: String,
    generation: Generation,
    local_addr: Option<SocketAddr>,
    remote_addr: Option<SocketAddr>,
    client_auth: ClientAuth,
    identity: Option<Fingerprint>,
    timings: ConnectTimings,
    tls: Option<TlsInfo>,
}

/// What a finished handshake agreed on.
///
/// Names are those of the IANA registries, for example `TLS_AES_256_GCM_SHA384` and `X25519MLKEM768`.
#[derive(Clone)]
#[non_exhaustive]
pub struct TlsInfo {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite.
    pub cipher_suite: String,
    /// The group of the key exchange; none when an old session was resumed without one.
    pub key_exchange_group: Option<String>,
    /// The application protocol chosen, `h2` or `http/1.1`; none when the server did not choose.
    pub alpn: Option<String>,
    /// Full or resumed.
    pub handshake: Handshake,
    /// How long the handshake took, from the first byte of TLS.
    pub handshake_time: Duration,
    /// The server's certificates as it sent them, its own first; empty on a resumed session of some versions.
    pub peer_certificates: Vec<CertificateDer<'static>>,
}

/// How the handshake went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handshake {
    /// All of it.
    Full,
    /// All of it, after the server asked for another key exchange group (RFC 8446, section 4.1.4).
    FullWithHelloRetryRequest,
    /// An earlier session was taken up again; no certificates were exchanged.
    Resumed,
}

impl ConnectionInfo {
    fn of(facts: Facts) -> Self {
        Self {
            facts: Arc::new(facts),
        }
    }

    pub(crate) fn before_tls(
        server_name: &str,
        generation: Generation,
        local_addr: Option<SocketAddr>,
        remote_addr: Option<SocketAddr>,
    ) -> Self {
        Self::of(Facts {
            server_name: server_name.to_owned(),
            generation,
            local_addr,
            remote_addr,
            client_auth: ClientAuth::NotRequested,
            identity: None,
            timings: ConnectTimings::default(),
            tls: None,
        })
    }

    /// The same connection, which is opened with this identity, when these steps have been taken.
    pub(crate) fn opened_with(
        mut self,
        identity: Option<Fingerprint>,
        timings: ConnectTimings,
    ) -> Self {
        let facts = Arc::make_mut(&mut self.facts);
        facts.identity = identity;
        facts.timings = timings;
        self
    }

    /// The same connection, of which this is known of its client certificate.
    pub(crate) fn with_client_auth(mut self, client_auth: ClientAuth) -> Self {
        Arc::make_mut(&mut self.facts).client_auth = client_auth;
        self
    }

    /// The same connection when its handshake has succeeded.
    pub(crate) fn established(mut self, client_auth: ClientAuth, tls: TlsInfo) -> Self {
        let facts = Arc::make_mut(&mut self.facts);
        facts.client_auth = match tls.handshake {
            Handshake::Resumed => ClientAuth::CarriedByTicket,
            Handshake::Full | Handshake::FullWithHelloRetryRequest => client_auth,
        };
        facts.timings.tls = Some(tls.handshake_time);
        facts.tls = Some(tls);
        self
    }

    /// The name that the server's certificate has to have: the URI's host, unless another
    /// [was set](crate::MtlsConnectorBuilder::server_name).
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.facts.server_name
    }

    /// Which of the client's generations the connection was opened in.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.facts.generation
    }

    /// Our end, by which the server's log names this connection; none over a connector that does not tell.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.facts.local_addr
    }

    /// The server's end, or that of the proxy before it; none over a connector that does not tell.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.facts.remote_addr
    }

    /// Whether the server asked for a client certificate, and what it was given.
    #[must_use]
    pub fn client_auth(&self) -> ClientAuth {
        self.facts.client_auth
    }

    /// The certificate that stands for us: presented, or carried by the ticket of a resumed session.
    ///
    /// None if the server has not asked for one, none was to be had, or it was withheld.
    #[must_use]
    pub fn identity(&self) -> Option<Fingerprint> {
        let is_shown = matches!(
            self.facts.client_auth,
            ClientAuth::Presented | ClientAuth::CarriedByTicket
        );
        self.facts.identity.filter(|_| is_shown)
    }

    /// How long the steps to this connection took.
    #[must_use]
    pub fn timings(&self) -> ConnectTimings {
        self.facts.timings
    }

    pub(crate) fn alpn(&self) -> Option<&str> {
        self.tls()?.alpn.as_deref()
    }

    /// What the handshake agreed on; none if it did not finish.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.facts.tls.as_ref()
    }
}

impl TlsInfo {
    pub(crate) fn of(connection: &ClientConnection, handshake_time: Duration) -> Self {
        Self {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            cipher_suite: connection
                .negotiated_cipher_suite()
                .map_or_else(String::new, |suite| {
                    iana_name(&format!("{:?}", suite.suite()))
                }),
            key_exchange_group: connection
                .negotiated_key_exchange_group()
                .map(|group| format!("{:?}", group.name())),
            alpn: connection
                .alpn_protocol()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
            handshake: match connection.handshake_kind() {
                Some(HandshakeKind::Resumed) => Handshake::Resumed,
                Some(HandshakeKind::FullWithHelloRetryRequest) => {
                    Handshake::FullWithHelloRetryRequest
                }
                _ => Handshake::Full,
            },
            handshake_time,
            peer_certificates: connection
                .peer_certificates()
                .map(<[CertificateDer<'_>]>::to_vec)
                .unwrap_or_default(),
        }
    }
}

/// rustls sets the suites of TLS 1.3 apart by a prefix that the registry does not have.
fn iana_name(rustls_name: &str) -> String {
    match rustls_name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => rustls_name.to_owned(),
    }
}

impl fmt::Debug for ConnectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionInfo")
            .field("server_name", &self.facts.server_name)
            .field("generation", &self.facts.generation)
            .field("local_addr", &self.facts.local_addr)
            .field("remote_addr", &self.facts.remote_addr)
            .field("client_auth", &self.facts.client_auth)
            .field("identity", &self.identity())
            .field("timings", &self.facts.timings)
            .field("tls", &self.facts.tls)
            .finish()
    }
}

impl fmt::Debug for TlsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsInfo")
            .field("version", &self.version)
            .field("cipher_suite", &self.cipher_suite)
            .field("key_exchange_group", &self.key_exchange_group)
            .field("alpn", &self.alpn)
            .field("handshake", &self.handshake)
            .field("handshake_time", &self.handshake_time)
            .field("peer_certificates", &self.peer_certificates.len())
            .finish()
    }
}
