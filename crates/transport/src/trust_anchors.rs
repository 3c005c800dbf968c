//! Whose certificates a server may show: the trust anchors of RFC 5280, section 6.1.1.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
};
use rustls_pki_types::CertificateDer;

use crate::ConfigError;

/// The certificate authorities that are trusted to vouch for the server.
///
/// # Examples
///
/// ```
/// # use transport::TrustAnchors;
/// let pem = include_str!("../tests/vectors/authority.pem");
/// let only_ours = TrustAnchors::pem(pem)?; // nobody else
/// # #[cfg(feature = "webpki-roots")]
/// let both = TrustAnchors::webpki().and_pem(pem)?; // Mozilla's list, compiled in, and ours
/// # Ok::<(), transport::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct TrustAnchors {
    base: Base,
    extra: Vec<CertificateDer<'static>>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    Nothing,
    #[cfg(feature = "platform-verifier")]
    Platform,
    #[cfg(feature = "webpki-roots")]
    WebPki,
}

impl TrustAnchors {
    /// Only the certificates in a PEM text, and no others.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoTrustAnchors`] if the text holds no certificate or is damaged.
    pub fn pem(pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::only(Base::Nothing).and_pem(pem)
    }

    /// Only the certificates in a PEM file, and no others.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ReadTrustAnchors`] if the file cannot be read, otherwise as [`TrustAnchors::pem`].
    pub fn pem_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let pem = fs::read(path).map_err(|source| ConfigError::ReadTrustAnchors {
            path: path.to_path_buf(),
            source,
        })?;
        Self::pem(pem)
    }

    /// What the operating system trusts (feature `platform-verifier`, on by default).
    ///
    /// Right where a company adds its own authority to its machines.
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn platform() -> Self {
        Self::only(Base::Platform)
    }

    /// Mozilla's list as it was when this program was built (feature `webpki-roots`, on by default).
    ///
    /// Right in containers that have no certificates of their own.
    #[cfg(feature = "webpki-roots")]
    #[must_use]
    pub fn webpki() -> Self {
        Self::only(Base::WebPki)
    }

    /// The certificates in a PEM text in addition.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoTrustAnchors`] if the text holds no certificate or is damaged.
    pub fn and_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        // The error of the PEM reader is dropped on purpose: it quotes its input, which may be a key by mistake.
        let sections = pem::parse_many(pem).map_err(|_| ConfigError::NoTrustAnchors)?;
        let before = self.extra.len();
        let certificates = sections
            .into_iter()
            .filter(|section| section.tag() == "CERTIFICATE");
        self.extra
            .extend(certificates.map(|section| section.into_contents().into()));
        if self.extra.len() == before {
            return Err(ConfigError::NoTrustAnchors);
        }
        Ok(self)
    }

    fn only(base: Base) -> Self {
        Self {
            base,
            extra: Vec::new(),
        }
    }

    pub(crate) fn verifier(
        self,
        provider: &Arc<rustls::crypto::CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, ConfigError> {
        let mut roots = RootCertStore::empty();
        match self.base {
            Base::Nothing => {}
            #[cfg(feature = "platform-verifier")]
            Base::Platform => return platform_verifier(self.extra, provider),
            #[cfg(feature = "webpki-roots")]
            Base::WebPki => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        for (position, certificate) in (1..).zip(self.extra) {
            roots
                .add(certificate)
                .map_err(|_| ConfigError::TrustAnchor { position })?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .build()
            .map_err(|_| ConfigError::NoTrustAnchors)?;
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
            .map_err(|source| ConfigError::PlatformTrustAnchors { source })?;
    Ok(Arc::new(verifier))
}

/// Names the base and counts the rest: certificates are public, but nobody wants them in a log.
impl std::fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("base", &self.base)
            .field("extra", &self.extra.len())
            .finish()
    }
}
