//! The certificate verifiers of a set of trust anchors.

use std::sync::Arc;

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
#[cfg(feature = "platform-verifier")]
use rustls_pki_types::CertificateDer;
#[cfg(feature = "webpki-roots")]
use rustls_pki_types::TrustAnchor;

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
        self.clone().verifiers(&provider.into_rustls())?;
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

    /// Returns the verifier of clients' certificates.
    pub(crate) fn client_verifier(
        self,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, ConfigError> {
        if self.base != Base::Nothing {
            return Err(ConfigError::PublicClientCas);
        }
        let roots = Arc::new(self.roots()?);
        match roots.len() {
            0 => return Err(ConfigError::NoTrustAnchors),
            count if count > MOST_CLIENT_CAS => {
                let most = MOST_CLIENT_CAS;
                return Err(ConfigError::TooManyClientCas { count, most });
            }
            _ => {}
        }
        #[cfg(feature = "webpki-roots")]
        if roots.roots.iter().any(is_public) {
            return Err(ConfigError::PublicClientCas);
        }
        self.revocation.client_verifier(|| {
            WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
        })
    }

    /// Returns the certificates that were given.
    fn roots(&self) -> Result<RootCertStore, ConfigError> {
        let mut roots = RootCertStore::empty();
        for (position, certificate) in (1..).zip(&self.extra) {
            roots
                .add(certificate.clone())
                .map_err(|_| ConfigError::TrustAnchor { position })?;
        }
        Ok(roots)
    }

    fn chain_verifier(
        self,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
        let roots = match self.base {
            Base::Nothing => self.roots()?,
            #[cfg(feature = "platform-verifier")]
            Base::Platform if !self.revocation.lists().is_empty() => {
                return Err(ConfigError::RevocationListsUnsupported);
            }
            #[cfg(feature = "platform-verifier")]
            Base::Platform => return platform_verifier(self.extra, provider),
            #[cfg(feature = "webpki-roots")]
            Base::WebPki => {
                let mut roots = self.roots()?;
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                roots
            }
        };
        let roots = Arc::new(roots);
        let builder = || {
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
        };
        let verifier = self.revocation.verifier(builder)?;
        Ok(verifier)
    }
}

/// The lists of operating systems have more than a hundred.
const MOST_CLIENT_CAS: usize = 16;

/// Checks whether a CA is on Mozilla's list: by its key, as that may have several certificates.
#[cfg(feature = "webpki-roots")]
fn is_public(ca: &TrustAnchor<'_>) -> bool {
    let mut public = webpki_roots::TLS_SERVER_ROOTS.iter();
    public.any(|public| public.subject_public_key_info == ca.subject_public_key_info)
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
