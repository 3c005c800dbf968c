//! The inner of a connection, on each response and each error.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use identity::Fingerprint;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, ProtocolVersion};
use rustls_pki_types::CertificateDer;

use crate::connection::client_auth::ClientAuth;
use crate::connection::generation::Generation;
use crate::connection::timings::ConnectTimings;

/// The connection behind a response or an error.
///
/// It is in the extensions of every response that comes through
/// [`MtlsConnector`](crate::MtlsConnector), whatever client is above it, and in
/// [`Error::connection`](crate::Error::connection). Cheap to clone.
#[derive(Clone)]
pub struct ConnectionInfo {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    server_name: Arc<str>,
    generation: Generation,
    local_addr: Option<SocketAddr>,
    remote_addr: Option<SocketAddr>,
    client_auth: ClientAuth,
    identity: Option<Fingerprint>,
    is_fips: bool,
    timings: ConnectTimings,
    tls: Option<TlsInfo>,
}

/// The parameters negotiated in a finished handshake.
///
/// Names are those of the IANA registries, for example `TLS_AES_256_GCM_SHA384` and
/// `X25519MLKEM768`.
#[derive(Clone)]
#[non_exhaustive]
pub struct TlsInfo {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite.
    pub cipher_suite: String,
    /// The key exchange group; none when a session was resumed without one.
    pub key_exchange_group: Option<String>,
    /// The application protocol chosen, `h2` or `http/1.1`; none when the server did not choose.
    pub alpn: Option<String>,
    /// Full or resumed.
    pub handshake: Handshake,
    /// Duration of the handshake, from the first byte of TLS.
    pub handshake_time: Duration,
    /// The server's certificates as it sent them, its own first; empty on a resumed session of some
    /// versions.
    pub peer_certificates: Vec<CertificateDer<'static>>,
}

/// The kind of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handshake {
    /// A full handshake.
    Full,
    /// A full handshake, after the server requested another key exchange group (RFC 8446, section
    /// 4.1.4).
    FullWithHelloRetryRequest,
    /// An earlier session was resumed; no certificates were exchanged.
    Resumed,
}

impl ConnectionInfo {
    fn of(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn before_tls(
        server_name: &str,
        generation: Generation,
        local_addr: Option<SocketAddr>,
        remote_addr: Option<SocketAddr>,
    ) -> Self {
        Self::of(Inner {
            server_name: server_name.into(),
            generation,
            local_addr,
            remote_addr,
            client_auth: ClientAuth::NotRequested,
            identity: None,
            is_fips: false,
            timings: ConnectTimings::default(),
            tls: None,
        })
    }

    /// Returns the connection with the identity that it is opened with and the timings so far.
    pub(crate) fn opened_with(
        mut self,
        identity: Option<Fingerprint>,
        timings: ConnectTimings,
    ) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        inner.identity = identity;
        inner.timings = timings;
        self
    }

    /// Returns the connection with what is known of it by its configuration alone.
    pub(crate) fn configured_by(mut self, config: &ClientConfig) -> Self {
        Arc::make_mut(&mut self.inner).is_fips = config.fips();
        self
    }

    /// Returns the connection with the outcome of the request for a client certificate.
    pub(crate) fn with_client_auth(mut self, client_auth: ClientAuth) -> Self {
        Arc::make_mut(&mut self.inner).client_auth = client_auth;
        self
    }

    /// Returns the connection with the result of a successful handshake.
    pub(crate) fn established(mut self, client_auth: ClientAuth, tls: TlsInfo) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        inner.client_auth = match tls.handshake {
            // rustls does not call the certificate resolver in a resumed handshake.
            Handshake::Resumed => ClientAuth::CarriedByTicket,
            Handshake::Full | Handshake::FullWithHelloRetryRequest => client_auth,
        };
        inner.timings.tls = Some(tls.handshake_time);
        inner.tls = Some(tls);
        self
    }

    /// Returns the name that is verified in the server's certificate: the URI's host, unless
    /// another [was set](crate::MtlsConnectorBuilder::server_name).
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.inner.server_name
    }

    /// Returns the generation of the client in which the connection was opened.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.inner.generation
    }

    /// Returns the local address, by which the server's log names this connection; none over a
    /// connector that does not report it.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.inner.local_addr
    }

    /// Returns the address of the server, or of the proxy; none over a connector that does not
    /// report it.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.inner.remote_addr
    }

    /// Returns whether the server requested a client certificate, and what was sent.
    #[must_use]
    pub fn client_auth(&self) -> ClientAuth {
        self.inner.client_auth
    }

    /// Returns the client certificate of this connection: presented, or carried by the ticket of a
    /// resumed session.
    ///
    /// None if the server has not requested one, none was available, or it was withheld.
    #[must_use]
    pub fn identity(&self) -> Option<Fingerprint> {
        // Stored when the connection is attempted, before it is known whether it is presented.
        let is_shown = matches!(
            self.inner.client_auth,
            ClientAuth::Presented | ClientAuth::CarriedByTicket
        );
        self.inner.identity.filter(|_| is_shown)
    }

    /// Returns whether rustls says of the configuration of this connection that it is FIPS
    /// compliant: validated cryptography for everything that it may negotiate, and Extended Master
    /// Secret required under TLS 1.2 ([`ClientConfig::fips`]).
    ///
    /// It speaks of TLS alone, neither of a key that signs in its device nor of how the key was
    /// read from its file. `false` with the default providers, unless the program turns on
    /// rustls's feature `fips`, by which aws-lc-rs is its validated module; see
    /// [`CryptoProvider::from_rustls`](crate::CryptoProvider::from_rustls).
    #[must_use]
    pub fn is_fips(&self) -> bool {
        self.inner.is_fips
    }

    /// Returns the time that each step to this connection took.
    #[must_use]
    pub fn timings(&self) -> ConnectTimings {
        self.inner.timings
    }

    pub(crate) fn alpn(&self) -> Option<&str> {
        self.tls()?.alpn.as_deref()
    }

    /// Returns the parameters of the handshake; none if it did not finish.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.inner.tls.as_ref()
    }
}

impl TlsInfo {
    pub(crate) fn of(connection: &ClientConnection, handshake_time: Duration) -> Self {
        Self {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                // rustls supports no other version.
                _ => "TLSv1.3",
            },
            cipher_suite: connection
                .negotiated_cipher_suite()
                .map_or_else(String::new, |suite| match suite.suite().as_str() {
                    Some(name) => iana_name(name),
                    None => format!("{:?}", suite.suite()),
                }),
            key_exchange_group: connection
                .negotiated_key_exchange_group()
                .map(|group| match group.name().as_str() {
                    Some(name) => name.to_owned(),
                    None => format!("{:?}", group.name()),
                }),
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

/// Converts rustls's name of a suite to IANA's: rustls marks the suites of TLS 1.3 by a prefix.
fn iana_name(rustls_name: &str) -> String {
    match rustls_name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => rustls_name.to_owned(),
    }
}

impl fmt::Debug for ConnectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionInfo")
            .field("server_name", &self.inner.server_name)
            .field("generation", &self.inner.generation)
            .field("local_addr", &self.inner.local_addr)
            .field("remote_addr", &self.inner.remote_addr)
            .field("client_auth", &self.inner.client_auth)
            .field("identity", &self.identity())
            .field("is_fips", &self.inner.is_fips)
            .field("timings", &self.inner.timings)
            .field("tls", &self.inner.tls)
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
            // Their number only: a chain would fill a page of the log.
            .field("peer_certificates", &self.peer_certificates.len())
            .finish()
    }
}
