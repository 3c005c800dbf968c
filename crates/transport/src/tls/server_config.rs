//! The rustls configuration of an acceptor. Nothing else in the crate decides on the TLS settings
//! of a server.

use std::{fmt, sync::Arc};

use identity::Identity;
use rustls::{
    ServerConfig,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::error::config_error::ConfigError;
use crate::error::tls_library_error::TlsLibraryError;
use crate::tls::blocking_threads::BlockingThreads;
use crate::tls::client_key::{ClientKey, Credentials};
use crate::tls::crypto_provider::CryptoProvider;
use crate::tls::trust_anchors::TrustAnchors;

/// Everything that goes into a configuration apart from the identity and the CAs of clients.
pub(crate) struct ServerRecipe {
    provider: Arc<rustls::crypto::CryptoProvider>,
}

/// A configuration, and the threads that its handshakes run on if the key may block.
pub(crate) struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) threads: Option<BlockingThreads>,
}

impl ServerRecipe {
    pub(crate) fn new(provider: Option<CryptoProvider>) -> Result<Self, ConfigError> {
        let provider = provider
            .or_else(CryptoProvider::preferred)
            .ok_or(ConfigError::NoCryptoProvider)?
            .able(rustls::DEFAULT_VERSIONS)
            .map_err(|source| ConfigError::CryptoProvider { source })?;
        Ok(Self { provider })
    }

    /// Creates a configuration that presents the identity, and requires a certificate of clients if
    /// there are CAs of theirs.
    pub(crate) fn server_tls(
        &self,
        identity: &Identity,
        client_cas: Option<&TrustAnchors>,
    ) -> Result<ServerTls, ConfigError> {
        let ClientKey {
            certified, threads, ..
        } = Credentials::of(identity).client_key(&self.provider)?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .map_err(TlsLibraryError::new)
            .map_err(|source| ConfigError::ProtocolVersions { source })?;
        let builder = match client_cas {
            None => builder.with_no_client_auth(),
            Some(trust) => {
                let verifier = trust.clone().client_verifier(&self.provider)?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder.with_cert_resolver(Arc::new(OneCertificate(certified)));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if client_cas.is_some() {
            // A resumed session is not verified again: a certificate that has expired or was
            // revoked since would do for as long as the ticket.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(ServerTls {
            config: Arc::new(config),
            threads,
        })
    }
}

/// Presents the one certificate, whatever name the client asks for.
struct OneCertificate(Arc<CertifiedKey>);

impl ResolvesServerCert for OneCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

impl fmt::Debug for OneCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneCertificate").finish_non_exhaustive()
    }
}
