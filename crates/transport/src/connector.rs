//! From a URI to an authenticated connection: name, TCP, TLS.

mod builder;

pub use builder::MtlsConnectorBuilder;

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    Extensions, Uri,
    uri::{Authority, Scheme},
};
use hyper::rt::{Read, Write};
use hyper_util::{
    client::legacy::connect::{Connection, HttpInfo},
    rt::TokioIo,
};
use identity::Identity;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::{
    ConfigError, ConnectionInfo, Deadlines, Error, ErrorKind, Generation, MtlsStream, Phase,
    RawConnector, TcpConnector, TlsInfo, TrustAnchors,
    attempt::{Attempt, ConnectionState},
    client_auth::ClientAuthRecord,
    client_config::{CertifiedIdentity, Recipe},
};

/// Makes mutually authenticated TLS connections; a [`Service`] of [`Uri`], so it fits under any hyper client.
///
/// Only `https` URIs are connected to. No redirect is followed, and the identity goes nowhere but to the host of
/// the URI. Cheap to clone; clones share the store of TLS sessions.
///
/// Generic over the connector beneath it, which makes the raw connection: TCP by default, else anything that
/// gives a stream, such as a pipe in a test. Both that and this one speak the connector contract of hyper-util.
#[derive(Clone)]
pub struct MtlsConnector<C = TcpConnector> {
    inner: C,
    recipe: Arc<Recipe>,
    tls: TlsConnector,
    /// In place of the URI's host.
    server_name: Option<ServerName<'static>>,
    generation: Generation,
    deadlines: Deadlines,
}

impl MtlsConnector {
    /// Starts the settings; the trust anchors are the one thing that must be said.
    pub fn builder(trust: TrustAnchors) -> MtlsConnectorBuilder {
        MtlsConnectorBuilder::new(trust)
    }
}

impl<C> MtlsConnector<C> {
    /// The TLS configuration, identity included, for another client that takes one.
    ///
    /// This is the one place where a type of rustls is handed out; it changes with rustls's major versions. What
    /// this crate adds above it does not come along: refusals named, deadlines, [`ConnectionInfo`].
    #[must_use]
    pub fn rustls_client_config(&self) -> Arc<ClientConfig> {
        self.tls.config().clone()
    }

    /// A connector like this one that presents another identity, and shares no TLS session with it.
    ///
    /// Trust anchors, provider, clock, deadlines and the connector beneath stay. Never exchange the certificate inside
    /// of one TLS configuration instead: sessions would be resumed with the old one for as long as the server's
    /// tickets last. [`MtlsClient::rotate`](crate::MtlsClient::rotate) does this for a whole client.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PrivateKey`] if the provider does not take the identity's key.
    pub fn with_identity(&self, identity: &Identity) -> Result<Self, ConfigError>
    where
        C: Clone,
    {
        let certified = CertifiedIdentity::new(identity);
        let config = self.recipe.client_config(Some(certified))?;
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            generation: self.generation.next(),
            ..self.clone()
        })
    }

    pub(crate) fn numbered(self, generation: Generation) -> Self {
        Self { generation, ..self }
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    pub(crate) fn deadlines(&self) -> Deadlines {
        self.deadlines
    }
}

impl<C> Service<Uri> for MtlsConnector<C>
where
    C: RawConnector,
{
    type Response = MtlsStream<C::Response>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx).map_err(not_connected)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let state = Attempt::new_connection(&uri);
        let server_name = match server_name(&uri) {
            Ok(name) => self.server_name.clone().unwrap_or(name),
            Err(error) => return Box::pin(async { Err(error) }),
        };
        let connecting = self.inner.call(uri);
        let connect_by = self.deadlines.connect_end();
        let tls = TlsStep {
            connector: self.tls.clone(),
            generation: self.generation,
            deadlines: self.deadlines,
            connect_by,
        };
        Box::pin(async move {
            let connected = match timeout_at(connect_by, connecting).await {
                Ok(connected) => connected.map_err(not_connected),
                Err(_) => Err(Error::timeout(Phase::Connect, None)),
            };
            let stream = match connected {
                Ok(io) => tls.handshake(io, server_name, &state).await,
                Err(error) => Err(error),
            };
            stream.inspect_err(|error| {
                tracing::debug!(%error, phase = ?error.phase(), "connection failed");
                state.failed(error.clone());
            })
        })
    }
}

/// The last step: TLS over a connected stream.
struct TlsStep {
    connector: TlsConnector,
    generation: Generation,
    deadlines: Deadlines,
    connect_by: Instant,
}

impl TlsStep {
    async fn handshake<IO>(
        self,
        io: IO,
        server_name: ServerName<'static>,
        state: &ConnectionState,
    ) -> Result<MtlsStream<IO>, Error>
    where
        IO: Read + Write + Connection + Send + Unpin,
    {
        let info = before_tls(&io, &server_name, self.generation);
        let start = Instant::now();
        let deadline = self.connect_by.min(self.deadlines.tls_handshake_end());
        let record = ClientAuthRecord::default();
        let handshake = record.during(self.connector.connect(server_name, TokioIo::new(io)));
        let tls = match timeout_at(deadline, handshake).await {
            Ok(Ok(tls)) => tls,
            Ok(Err(error)) => {
                let info = info.refused(record.outcome());
                return Err(Error::from_tls_io(error, Phase::Tls, info));
            }
            Err(_) => {
                let info = info.refused(record.outcome());
                return Err(Error::timeout(Phase::Tls, Some(info)));
            }
        };
        let agreed = TlsInfo::of(tls.get_ref().1, start.elapsed());
        let info = info.established(record.outcome(), agreed);
        if self.wants_http2() && info.alpn() != Some("h2") {
            let error = rustls::Error::NoApplicationProtocol;
            let (kind, phase) = (ErrorKind::Tls, Phase::Tls);
            return Err(Error::with_source(kind, phase, Some(info), error));
        }
        tracing::debug!(connection = ?info, "connected");
        state.established(info.clone());
        Ok(MtlsStream::new(tls, info, state.clone()))
    }

    /// Whether HTTP/2 is all we speak: a server that chose nothing would be taken for one of HTTP/1.1.
    fn wants_http2(&self) -> bool {
        self.connector.config().alpn_protocols == [b"h2"]
    }
}

fn server_name(uri: &Uri) -> Result<ServerName<'static>, Error> {
    if uri.scheme() != Some(&Scheme::HTTPS) {
        return Err(Error::new(ErrorKind::NotHttps, Phase::Resolve));
    }
    let host = uri.host().unwrap_or_default();
    let authority = uri.authority().map_or("", Authority::as_str);
    // `Uri` takes any text for a port, and hyper-util takes one that is no number for 443.
    let port = authority.rsplit_once(host).map_or("", |(_, port)| port);
    if !matches!(port, "" | ":") && uri.port().is_none() {
        return Err(Error::new(ErrorKind::Port, Phase::Resolve));
    }
    let host = host
        .strip_prefix('[')
        .and_then(|ip| ip.strip_suffix(']'))
        .unwrap_or(host);
    ServerName::try_from(host.to_owned())
        .map_err(|_| Error::new(ErrorKind::ServerName, Phase::Resolve))
}

fn before_tls(
    io: &impl Connection,
    server_name: &ServerName<'_>,
    generation: Generation,
) -> ConnectionInfo {
    let mut extras = Extensions::new();
    io.connected().get_extras(&mut extras);
    let tcp = extras.get::<HttpInfo>();
    ConnectionInfo::before_tls(
        &server_name.to_str(),
        generation,
        tcp.map(HttpInfo::local_addr),
        tcp.map(HttpInfo::remote_addr),
    )
}

fn not_connected(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    let error = error.into();
    // The resolver's error is ours already, and says more.
    let ours = Error::find(&*error).cloned();
    ours.unwrap_or_else(|| Error::with_source(ErrorKind::Connect, Phase::Connect, None, error))
}

impl<C> fmt::Debug for MtlsConnector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsConnector")
            .field("generation", &self.generation)
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}
