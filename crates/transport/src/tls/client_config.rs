//! The rustls configurations of a connector and of its later generations. Nothing else in the crate
//! decides on TLS settings.

use std::{fmt, sync::Arc, time::SystemTime};

use rustls::{
    ClientConfig, NoKeyLog, SupportedProtocolVersion, client::Resumption,
    time_provider::TimeProvider,
};
use rustls_pki_types::UnixTime;

use crate::error::config_error::ConfigError;
use crate::error::tls_library_error::TlsLibraryError;
use crate::tls::client_auth::OneIdentity;
use crate::tls::crypto_provider::CryptoProvider;
use crate::tls::key_log::KeyLogSink;
use crate::tls::proof_recorder::ProofRecorder;
use crate::tls::trust_anchors::TrustAnchors;
use crate::tls::trust_anchors::expiry::TrustEnds;
use crate::tls::trust_anchors::verifiers::Verifiers;

/// The versions of HTTP that are offered (ALPN, RFC 7301).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alpn {
    /// HTTP/1.1 alone.
    Http11,
    /// HTTP/2 alone.
    Http2,
    /// HTTP/2 first, HTTP/1.1 if the server prefers it or does not choose.
    #[default]
    Http2AndHttp11,
}

impl Alpn {
    fn protocols(self) -> Vec<Vec<u8>> {
        let names: &[&[u8]] = match self {
            Self::Http11 => &[b"http/1.1"],
            Self::Http2 => &[b"h2"],
            Self::Http2AndHttp11 => &[b"h2", b"http/1.1"],
        };
        names.iter().map(|name| name.to_vec()).collect()
    }
}

/// The caller's settings, apart from the identity.
pub(crate) struct Settings {
    pub(crate) trust: TrustAnchors,
    pub(crate) provider: Option<CryptoProvider>,
    pub(crate) is_tls13_only: bool,
    /// The configuration to start from, in place of provider and versions.
    pub(crate) base: Option<Arc<ClientConfig>>,
    pub(crate) alpn: Alpn,
    pub(crate) clock: Clock,
    pub(crate) key_log: Option<KeyLogSink>,
}

/// Everything that goes into a configuration apart from the identity; shared by the identities of a
/// generation.
#[derive(Clone)]
pub(crate) struct Recipe {
    provider: Arc<rustls::crypto::CryptoProvider>,
    trust: Arc<TrustAnchors>,
    /// Read once: it is counted with each connection.
    trust_ends: TrustEnds,
    verifiers: Verifiers,
    versions: &'static [&'static SupportedProtocolVersion],
    base: Option<Arc<ClientConfig>>,
    alpn: Alpn,
    clock: Clock,
    key_log: Option<KeyLogSink>,
}

impl Settings {
    pub(crate) fn recipe(self) -> Result<Recipe, ConfigError> {
        let versions = match self.is_tls13_only {
            true => TLS13_ONLY,
            false => rustls::DEFAULT_VERSIONS,
        };
        let provider = match &self.base {
            // The base brings both, and ignoring a setting silently would be worse than an error.
            Some(_) if self.provider.is_some() => {
                let setting = "crypto_provider";
                return Err(ConfigError::SetInRustlsBase { setting });
            }
            Some(_) if self.is_tls13_only => {
                let setting = "tls13_only";
                return Err(ConfigError::SetInRustlsBase { setting });
            }
            Some(base) => Arc::clone(base.crypto_provider()),
            None => self
                .provider
                .or_else(CryptoProvider::preferred)
                .ok_or(ConfigError::NoCryptoProvider)?
                .able(versions)
                .map_err(|source| ConfigError::CryptoProvider { source })?,
        };
        let verifiers = self.trust.clone().verifiers(&provider)?;
        if self.key_log.is_some() {
            tracing::warn!("the secrets of all TLS connections are written to a key log");
        }
        Ok(Recipe {
            provider,
            trust_ends: self.trust.ends(),
            trust: Arc::new(self.trust),
            verifiers,
            versions,
            base: self.base,
            alpn: self.alpn,
            clock: self.clock,
            key_log: self.key_log,
        })
    }
}

impl Recipe {
    /// Returns the same recipe with other trust anchors.
    pub(crate) fn with_trust(&self, trust: Arc<TrustAnchors>) -> Result<Self, ConfigError> {
        let verifiers = TrustAnchors::clone(&trust).verifiers(&self.provider)?;
        Ok(Self {
            trust_ends: trust.ends(),
            trust,
            verifiers,
            ..self.clone()
        })
    }

    pub(crate) fn trust_ends(&self) -> TrustEnds {
        self.trust_ends
    }

    /// Creates a configuration with this resolver and a session store of its own.
    ///
    /// Neither is ever shared with another identity. rustls resumes a session if the resolver is
    /// the same object, without calling it, so a resolver whose identity is exchanged would go on
    /// presenting the old one for as long as the server's tickets last.
    pub(crate) fn client_config(
        &self,
        resolver: &Arc<OneIdentity>,
    ) -> Result<ClientConfig, ConfigError> {
        let mut config = match &self.base {
            Some(base) => ClientConfig::clone(base),
            None => self.plain()?,
        };
        self.take_over(&mut config, resolver);
        Ok(config)
    }

    /// Creates a configuration for an `https` proxy, which is presented no identity; the base is
    /// for the server.
    pub(crate) fn proxy_config(
        &self,
        anonymous: &Arc<OneIdentity>,
    ) -> Result<ClientConfig, ConfigError> {
        let mut config = self.plain()?;
        self.take_over(&mut config, anonymous);
        // CONNECT is sent as HTTP/1.1, whatever is negotiated with the server.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The pins are of the server's key.
        let verifier = Arc::clone(&self.verifiers.chain);
        config.dangerous().set_certificate_verifier(verifier);
        Ok(config)
    }

    /// Creates a configuration with the provider and the versions.
    fn plain(&self) -> Result<ClientConfig, ConfigError> {
        let clock = Arc::new(self.clock.clone());
        let builder = ClientConfig::builder_with_details(Arc::clone(&self.provider), clock);
        let config = builder
            .with_protocol_versions(self.versions)
            .map_err(TlsLibraryError::new)
            .map_err(|source| ConfigError::ProtocolVersions { source })?
            .dangerous() // the verifier is one of TrustAnchors', none of which is lenient
            .with_custom_certificate_verifier(Arc::clone(&self.verifiers.server))
            .with_no_client_auth();
        Ok(config)
    }

    /// Sets what this crate decides in every configuration, also in one made from the caller's
    /// base.
    fn take_over(&self, config: &mut ClientConfig, resolver: &Arc<OneIdentity>) {
        let verifier = Arc::clone(&self.verifiers.server);
        let verifier = ProofRecorder::new(verifier, resolver.handshakes());
        let verifier = Arc::new(verifier);
        config.dangerous().set_certificate_verifier(verifier);
        config.client_auth_cert_resolver = Arc::clone(resolver) as _;
        config.resumption = Resumption::default();
        // Not the base's: it holds compressed certificates of whichever identity used it.
        config.cert_compression_cache = Arc::default();
        config.alpn_protocols = self.alpn.protocols();
        // Otherwise a server could select a protocol that was not offered.
        config.check_selected_alpn = true;
        config.time_provider = Arc::new(self.clock.clone());
        config.enable_early_data = false; // it can be replayed, and requests may be billed
        config.enable_secret_extraction = false;
        config.key_log = match &self.key_log {
            Some(key_log) => Arc::new(key_log.clone()),
            None => Arc::new(NoKeyLog),
        };
    }

    /// Returns the trust anchors.
    pub(crate) fn trust(&self) -> &Arc<TrustAnchors> {
        &self.trust
    }

    /// Returns the crypto provider.
    pub(crate) fn provider(&self) -> &rustls::crypto::CryptoProvider {
        &self.provider
    }

    pub(crate) fn alpn(&self) -> Alpn {
        self.alpn
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

static TLS13_ONLY: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// The clock by which certificates and tickets are verified.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let since = self.now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(UnixTime::since_unix_epoch(since))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
