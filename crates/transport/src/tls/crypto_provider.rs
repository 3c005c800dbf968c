//! The library that does the cryptography of the handshake.
//!
//! The choice is an argument, never process-wide state: rustls panics when it is asked for a
//! process default and two providers, or none, are linked.

use std::{fmt, sync::Arc};

use rustls::{ProtocolVersion, SupportedProtocolVersion};

use crate::error::crypto_provider_problem::CryptoProviderProblem;

/// The cryptography behind TLS, chosen per connector. Cheap to clone.
///
/// Both features may be on at once; neither changes what the other does.
#[derive(Clone)]
pub struct CryptoProvider {
    name: &'static str,
    rustls: Arc<rustls::crypto::CryptoProvider>,
}

impl CryptoProvider {
    /// Returns aws-lc-rs (feature `aws-lc-rs`, on by default), which offers the post-quantum hybrid
    /// X25519MLKEM768 first.
    #[cfg(feature = "aws-lc-rs")]
    #[must_use]
    pub fn aws_lc_rs() -> Self {
        Self {
            name: "aws-lc-rs",
            rustls: Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
        }
    }

    /// Returns ring (feature `ring`), which has classical key exchange only.
    #[cfg(feature = "ring")]
    #[must_use]
    pub fn ring() -> Self {
        Self {
            name: "ring",
            rustls: Arc::new(rustls::crypto::ring::default_provider()),
        }
    }

    /// Returns the default provider: aws-lc-rs if its feature is on, else ring, else none.
    #[must_use]
    pub fn preferred() -> Option<Self> {
        #[cfg(feature = "aws-lc-rs")]
        return Some(Self::aws_lc_rs());
        #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
        return Some(Self::ring());
        #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
        return None;
    }

    /// Returns a provider of rustls's, such as one that is validated (FIPS 140-3), a company's own,
    /// or a known one with fewer cipher suites and groups.
    ///
    /// It does everything of the handshake: it verifies the server's certificates and signatures,
    /// and it reads and uses the key of an identity, unless that is in a device. Whether it can do
    /// that is checked when the connector is built, which fails with
    /// [`ConfigError::CryptoProvider`](crate::ConfigError::CryptoProvider) if not. That a
    /// connection is FIPS is said by [`ConnectionInfo::is_fips`](crate::ConnectionInfo::is_fips).
    ///
    /// Its type is rustls's; it changes with rustls's major versions.
    ///
    /// ```
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use rustls::{CipherSuite, crypto::aws_lc_rs};
    /// use transport::{CryptoProvider, MtlsConnector, TrustAnchors};
    ///
    /// # let pem = include_str!("../../tests/vectors/authority.pem");
    /// let mut provider = aws_lc_rs::default_provider();
    /// provider
    ///     .cipher_suites
    ///     .retain(|it| it.suite() == CipherSuite::TLS13_AES_256_GCM_SHA384);
    /// let connector = MtlsConnector::builder(TrustAnchors::from_pem(pem)?)
    ///     .crypto_provider(CryptoProvider::from_rustls(provider))
    ///     .tls13_only()
    ///     .build()?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_rustls(provider: impl Into<Arc<rustls::crypto::CryptoProvider>>) -> Self {
        Self {
            name: "from rustls",
            rustls: provider.into(),
        }
    }

    /// Returns the provider as rustls takes it, once it is known to do what a connector offers.
    pub(crate) fn able(
        self,
        versions: &[&SupportedProtocolVersion],
    ) -> Result<Arc<rustls::crypto::CryptoProvider>, CryptoProviderProblem> {
        let Self { rustls, .. } = self;
        for version in versions {
            let mut suites = rustls.cipher_suites.iter();
            let mut groups = rustls.kx_groups.iter();
            if !suites.any(|it| it.version() == *version) {
                let version = name_of(version);
                return Err(CryptoProviderProblem::NoCipherSuite { version });
            }
            if !groups.any(|it| it.usable_for_version(version.version)) {
                let version = name_of(version);
                return Err(CryptoProviderProblem::NoKeyExchangeGroup { version });
            }
        }
        let algorithms = &rustls.signature_verification_algorithms;
        if algorithms.all.is_empty() || algorithms.mapping.is_empty() {
            return Err(CryptoProviderProblem::NoSignatureVerification);
        }
        Ok(rustls)
    }

    pub(crate) fn into_rustls(self) -> Arc<rustls::crypto::CryptoProvider> {
        self.rustls
    }
}

fn name_of(version: &SupportedProtocolVersion) -> &'static str {
    match version.version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2",
        // rustls supports no other version.
        _ => "TLS 1.3",
    }
}

impl fmt::Debug for CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without its suites and algorithms, which fill a page.
        f.debug_struct("CryptoProvider")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
