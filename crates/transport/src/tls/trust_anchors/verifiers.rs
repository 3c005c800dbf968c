//! The certificate verifiers of a set of trust anchors.

use std::sync::Arc;

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
};
#[cfg(feature = "platform-verifier")]
use rustls_pki_types::CertificateDer;

use crate::error::config_error::ConfigError;
#[cfg(feature = "platform-verifier")]
use crate::error::tls_library_error::TlsLibraryError;
use crate::tls::crypto_provider::CryptoProvider;
use crate::tls::trust_anchors::pin_verifier::PinVerifier;
use crate::tls::trust_anchors::{Base, TrustAnchors};

/// The verifiers of a peer's certificate.
#[derive(Clone)]
pub(crate) struct Verifiers {
    /// Checks chain and name.
    pub(crate) chain: Arc<dyn ServerCertVerifier>,
    /// Checks the pins too, if there are any: they are of the server's key, not of a proxy's.
    pub(crate) server: Arc<dyn ServerCertVerifier>,
}

impl TrustAnchors {
    /// Checks whether a connector could be built with them.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        // Without a provider the connector reports that itself; it is no problem of the anchors.
        let Some(provider) = CryptoProvider::preferred() else {
            return Ok(());
        };
        self.clone().verifiers(&provider.rustls())?;
        Ok(())
    }

    pub(crate) fn verifiers(
        mut self,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Verifiers, ConfigError> {
        // Pins are of the server's key, so the verifier of chains, used for proxies too, has none.
        let pins = std::mem::take(&mut self.pins);
        let chain = self.chain_verifier(provider)?;
        let server = match pins.is_empty() {
            true => Arc::clone(&chain),
            false => Arc::new(PinVerifier::new(Arc::clone(&chain), pins)),
        };
        Ok(Verifiers { chain, server })
    }

    fn chain_verifier(
        self,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
        let mut roots = RootCertStore::empty();
        for (position, certificate) in (1..).zip(&self.extra) {
            roots
                .add(certificate.clone())
                .map_err(|_| ConfigError::TrustAnchor { position })?;
        }
        match self.base {
            Base::Nothing => {}
            #[cfg(feature = "platform-verifier")]
            Base::Platform if !self.revocation.lists().is_empty() => {
                return Err(ConfigError::RevocationListsUnsupported);
            }
            #[cfg(feature = "platform-verifier")]
            Base::Platform => return platform_verifier(self.extra, provider),
            #[cfg(feature = "webpki-roots")]
            Base::WebPki => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let roots = Arc::new(roots);
        let builder = || {
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
        };
        let verifier = self.revocation.verifier(builder)?;
        Ok(verifier)
    }
}

#[cfg(feature = "platform-verifier")]
fn platform_verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider.clone())
            .map_err(TlsLibraryError::new)
            .map_err(|source| ConfigError::PlatformTrustAnchors { source })?;
    Ok(Arc::new(verifier))
}
