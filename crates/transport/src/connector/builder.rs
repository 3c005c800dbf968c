//! The settings of a connector. Everything that cannot work is refused here.

use std::{fmt, sync::Arc, time::SystemTime};

use identity::Identity;
use tokio_rustls::TlsConnector;

use super::{MtlsConnector, TcpConnector};
use crate::{
    Alpn, ConfigError, CryptoProvider, Deadlines, Generation, Resolver, TrustAnchors,
    client_config::{CertifiedIdentity, Clock, Settings},
};

/// Settings of an [`MtlsConnector`].
#[must_use]
pub struct MtlsConnectorBuilder {
    settings: Settings,
    identity: Option<CertifiedIdentity>,
    deadlines: Deadlines,
}

impl MtlsConnectorBuilder {
    pub(super) fn new(trust: TrustAnchors) -> Self {
        let settings = Settings {
            trust,
            provider: None,
            alpn: Alpn::default(),
            clock: Clock::default(),
        };
        Self {
            settings,
            identity: None,
            deadlines: Deadlines::default(),
        }
    }

    /// The identity to present when a server asks; without one, none is presented.
    pub fn identity(mut self, identity: &Identity) -> Self {
        self.identity = Some(CertifiedIdentity::new(identity));
        self
    }

    /// The cryptography; [`CryptoProvider::preferred`] by default.
    pub fn crypto_provider(mut self, provider: CryptoProvider) -> Self {
        self.settings.provider = Some(provider);
        self
    }

    /// The versions of HTTP to offer; both by default.
    pub fn alpn(mut self, alpn: Alpn) -> Self {
        self.settings.alpn = alpn;
        self
    }

    /// Limits on the steps.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// The clock by which the server's certificate is judged; the system's by default.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(now);
        self
    }

    /// A connector over TCP.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoCryptoProvider`] if none is compiled in; [`ConfigError::PrivateKey`] if the provider does
    /// not take the identity's key; [`ConfigError::PlatformTrustAnchors`], [`ConfigError::TrustAnchor`] or
    /// [`ConfigError::NoTrustAnchors`] if the trust anchors are of no use.
    pub fn build(self) -> Result<MtlsConnector, ConfigError> {
        let mut tcp = TcpConnector::new_with_resolver(Resolver::new(self.deadlines.resolve));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Shared among the addresses of a name, so that a dead one leaves time for the next.
        tcp.set_connect_timeout(Some(self.deadlines.connect));
        self.build_over(tcp)
    }

    /// A connector over another connector: a tunnel, a Unix socket, a pipe.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnectorBuilder::build`].
    pub fn build_over<C>(self, inner: C) -> Result<MtlsConnector<C>, ConfigError> {
        let recipe = Arc::new(self.settings.recipe()?);
        let config = recipe.client_config(self.identity)?;
        Ok(MtlsConnector {
            inner,
            recipe,
            tls: TlsConnector::from(Arc::new(config)),
            generation: Generation::FIRST,
            deadlines: self.deadlines,
        })
    }
}

impl fmt::Debug for MtlsConnectorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsConnectorBuilder")
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}
