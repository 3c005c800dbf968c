//! TLS towards clients of a server of one's own: its certificate, and the CAs of theirs.
//!
//! Leaves out the socket, timeouts and HTTP.

pub(crate) mod handshake_failure;
pub(crate) mod stream;
mod validity;

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use identity::Identity;

use crate::acceptor::handshake_failure::HandshakeFailure;
use crate::acceptor::stream::TlsServerStream;
use crate::connection::steps::Steps;
use crate::error::config_error::ConfigError;
use crate::tls::crypto_provider::CryptoProvider;
use crate::tls::server_config::{ServerRecipe, ServerTls};
use crate::tls::trust_anchors::TrustAnchors;

/// The server's end of TLS connections: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN.
///
/// For programs that serve their callers over TLS, such as a gateway. Cheap to clone; all clones
/// present what an [`AcceptorReloader`](crate::AcceptorReloader) has put in place.
///
/// ```
/// # fn example(
/// #     certificate: &[u8],
/// #     key: &[u8],
/// #     callers: &[u8],
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use identity::Loader;
/// use transport::{TlsAcceptor, TrustAnchors};
///
/// let loaded = Loader::new().for_server().load(certificate, key)?;
/// let acceptor = TlsAcceptor::builder(loaded.identity())
///     .client_cas(TrustAnchors::from_pem(callers)?)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TlsAcceptor(Arc<Shared>);

struct Shared {
    recipe: ServerRecipe,
    requires_client_certificate: bool,
    current: ArcSwap<ServerTls>,
}

/// Settings of a [`TlsAcceptor`]; [`TlsAcceptor::builder`] starts them.
#[must_use]
pub struct TlsAcceptorBuilder<'a> {
    identity: &'a Identity,
    client_cas: Option<TrustAnchors>,
    provider: Option<CryptoProvider>,
}

impl TlsAcceptor {
    /// Starts the settings of an acceptor that presents this identity, which is that of a
    /// [server](identity::Loader::for_server).
    pub fn builder(identity: &Identity) -> TlsAcceptorBuilder<'_> {
        TlsAcceptorBuilder {
            identity,
            client_cas: None,
            provider: None,
        }
    }

    /// Checks whether clients have to present a certificate. That never changes.
    #[must_use]
    pub fn requires_client_certificate(&self) -> bool {
        self.0.requires_client_certificate
    }

    /// Performs the handshake of a connection that was accepted. It has no timeout of its own.
    ///
    /// # Errors
    ///
    /// The reason why there is no connection; the client was sent an alert if it speaks TLS.
    pub async fn accept<IO>(&self, io: IO) -> Result<TlsServerStream<IO>, HandshakeFailure>
    where
        IO: Read + Write + Send + Unpin + 'static,
    {
        let current = self.0.current.load_full();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&current.config));
        let handshake = acceptor.accept(TokioIo::new(io));
        let tls = match &current.threads {
            None => handshake.await,
            Some(threads) => threads.run(Box::pin(handshake), &Steps::default()).await,
        };
        tls.map(|tls| TlsServerStream::new(Box::new(tls)))
            .map_err(HandshakeFailure::new)
    }

    /// Presents another identity, and verifies clients by other CAs if it verifies them, from the
    /// next handshake on.
    pub(crate) fn renew(
        &self,
        identity: &Identity,
        client_cas: Option<&TrustAnchors>,
    ) -> Result<(), ConfigError> {
        // Whether there are any was decided when it was built, and others rely on that.
        if self.0.requires_client_certificate != client_cas.is_some() {
            return Err(ConfigError::NoTrustAnchors);
        }
        let renewed = self.0.recipe.server_tls(identity, client_cas)?;
        self.0.current.store(Arc::new(renewed));
        Ok(())
    }
}

impl TlsAcceptorBuilder<'_> {
    /// Requires of clients a certificate that one of these CAs has issued for TLS clients; every
    /// client that has one is accepted, whatever its name.
    ///
    /// Revocation lists among them apply. Sessions are not resumed then, so that each handshake is
    /// verified.
    pub fn client_cas(mut self, trust: TrustAnchors) -> Self {
        self.client_cas = Some(trust);
        self
    }

    /// Sets the crypto provider, [`CryptoProvider::preferred`] unless set.
    pub fn crypto_provider(mut self, provider: CryptoProvider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Builds the acceptor.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoCryptoProvider`] and [`ConfigError::CryptoProvider`] if there is none that
    /// can do it, [`ConfigError::PrivateKey`] if it does not accept the key,
    /// [`ConfigError::PublicClientCas`] if the CAs of clients are those of the system, or one of
    /// them is on Mozilla's list (by its key, with the feature `webpki-roots`),
    /// [`ConfigError::TooManyClientCas`] if there are more than 16, and those of trust anchors and
    /// revocation lists that cannot be used.
    pub fn build(self) -> Result<TlsAcceptor, ConfigError> {
        let recipe = ServerRecipe::new(self.provider)?;
        let tls = recipe.server_tls(self.identity, self.client_cas.as_ref())?;
        Ok(TlsAcceptor(Arc::new(Shared {
            recipe,
            requires_client_certificate: self.client_cas.is_some(),
            current: ArcSwap::from_pointee(tls),
        })))
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor")
            .field(
                "requires_client_certificate",
                &self.0.requires_client_certificate,
            )
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsAcceptorBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptorBuilder")
            .field("client_cas", &self.client_cas)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
