//! The settings of a connector. Everything that cannot work is refused here.

pub(crate) mod dangerous;
mod tcp;
mod tls;

use std::{fmt, sync::Arc, time::SystemTime};

use identity::Identity;
use rustls_pki_types::ServerName;

use crate::connection::generation::Generation;
use crate::connection::steps::Reporting;
use crate::connector::{MtlsConnector, Parts, Retrusting};
use crate::error::config_error::ConfigError;
use crate::identities::candidates::{Candidates, OwnIdentity};
use crate::identities::scope::IdentityScope;
use crate::net::proxy::Proxy;
use crate::net::proxy::connector::ProxyConnector;
use crate::net::tcp::{TcpConnector, TcpSettings};
use crate::timeouts::Timeouts;
use crate::tls::client_config::{Alpn, Clock, Recipe, Settings};
use crate::tls::crypto_provider::CryptoProvider;
use crate::tls::trust_anchors::TrustAnchors;

/// Settings of an [`MtlsConnector`].
///
/// `P` is [`Proxy`] once [`proxy`](Self::proxy) has been called: a connector that may go through one is of another type,
/// so that the setting is never lost.
#[must_use]
pub struct MtlsConnectorBuilder<P = ()> {
    settings: Settings,
    identities: Vec<OwnIdentity>,
    scope: Option<IdentityScope>,
    server_name: Option<ServerName<'static>>,
    tcp: TcpSettings,
    timeouts: Timeouts,
    proxy: P,
}

impl MtlsConnector {
    /// Starts the settings; the trust anchors are the one thing that must be said.
    pub fn builder(trust: TrustAnchors) -> MtlsConnectorBuilder {
        MtlsConnectorBuilder::new(trust)
    }
}

impl MtlsConnectorBuilder {
    fn new(trust: TrustAnchors) -> Self {
        let settings = Settings {
            trust,
            provider: None,
            is_tls13_only: false,
            base: None,
            alpn: Alpn::default(),
            clock: Clock::default(),
            key_log: None,
        };
        Self {
            settings,
            identities: Vec::new(),
            scope: None,
            server_name: None,
            tcp: TcpSettings::default(),
            timeouts: Timeouts::default(),
            proxy: (),
        }
    }

    /// A connector over TCP.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoCryptoProvider`] if none is compiled in; [`ConfigError::PrivateKey`] if the provider does
    /// not take the identity's key; [`ConfigError::PlatformTrustAnchors`], [`ConfigError::TrustAnchor`] or
    /// [`ConfigError::NoTrustAnchors`] if the trust anchors are of no use; [`ConfigError::RevocationList`] or
    /// [`ConfigError::RevocationListsUnsupported`] if the revocation lists are; [`ConfigError::SetInRustlsBase`] if a setting
    /// contradicts the [base](Self::rustls_base_config).
    pub fn build(self) -> Result<MtlsConnector, ConfigError> {
        let tcp = TcpConnector::new(self.tcp.clone(), self.timeouts);
        self.finish(|_, (), _| Ok(tcp), TcpConnector::report, |_, _| Ok(()))
    }

    /// A connector over another connector: a tunnel, a Unix socket, a pipe.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnectorBuilder::build`].
    pub fn build_with_connector<C>(self, inner: C) -> Result<MtlsConnector<C>, ConfigError> {
        self.finish(|_, (), _| Ok(inner), |_, _| {}, |_, _| Ok(()))
    }
}

impl MtlsConnectorBuilder<Proxy> {
    /// A connector over TCP, through the proxy or past it as the [`Proxy`] says.
    ///
    /// # Errors
    ///
    /// As without a proxy.
    pub fn build(self) -> Result<MtlsConnector<ProxyConnector>, ConfigError> {
        let tcp = TcpConnector::new(self.tcp.clone(), self.timeouts);
        self.finish_over(tcp, TcpConnector::report)
    }

    /// A connector over another connector, which connects to the proxy where there is one on the way.
    ///
    /// # Errors
    ///
    /// As without a proxy.
    pub fn build_with_connector<C>(
        self,
        inner: C,
    ) -> Result<MtlsConnector<ProxyConnector<C>>, ConfigError> {
        self.finish_over(inner, |_, _| {})
    }

    fn finish_over<C>(
        self,
        inner: C,
        reports: Reporting<C>,
    ) -> Result<MtlsConnector<ProxyConnector<C>>, ConfigError> {
        self.finish(
            |recipe, proxy, timeouts| ProxyConnector::new(inner, reports, proxy, recipe, timeouts),
            ProxyConnector::report,
            ProxyConnector::set_recipe,
        )
    }
}

impl<P> MtlsConnectorBuilder<P> {
    /// The identity to present when a server asks; without one, none is presented.
    pub fn identity(self, identity: &Identity) -> Self {
        self.identities([identity])
    }

    /// Several identities in the order of preference, such as that of
    /// [`IdentitySet::usable_at`](identity::IdentitySet::usable_at), in place of those that were set before.
    ///
    /// [`MtlsConnector`] says which of them a server sees.
    pub fn identities<'a>(mut self, identities: impl IntoIterator<Item = &'a Identity>) -> Self {
        self.identities = identities.into_iter().map(OwnIdentity::new).collect();
        self
    }

    /// The hosts that may see an identity, whichever it is; without this, every host that a URI names and that asks.
    ///
    /// `mtls.example` is that name alone, `*.mtls.example` every name below it, `192.0.2.1` and `::1` are addresses; there
    /// are no ports, and what is none of these matches nothing. Other hosts are connected to without an identity, and [`ClientAuth::Withheld`] tells of those
    /// that asked for one. A host that is verified under another name goes by that of the URI. Proxies never see one.
    ///
    /// [`ClientAuth::Withheld`]: crate::ClientAuth::Withheld
    pub fn identity_hosts<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        self.scope = Some(IdentityScope::new(hosts));
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
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The clock by which certificates are judged, the server's and which of ours is valid, and dates in answers are
    /// read; the system's by default.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(now);
        self
    }

    /// The proxy to go through; see [`Proxy::from_env`].
    ///
    /// With [`Proxy::none`] the connector is of the same type and connects directly.
    pub fn proxy(self, proxy: Proxy) -> MtlsConnectorBuilder<Proxy> {
        MtlsConnectorBuilder {
            settings: self.settings,
            identities: self.identities,
            scope: self.scope,
            server_name: self.server_name,
            tcp: self.tcp,
            timeouts: self.timeouts,
            proxy,
        }
    }

    fn finish<C>(
        self,
        inner: impl FnOnce(&Recipe, P, Timeouts) -> Result<C, ConfigError>,
        reports: Reporting<C>,
        retrusts: Retrusting<C>,
    ) -> Result<MtlsConnector<C>, ConfigError> {
        let recipe = Arc::new(self.settings.recipe()?);
        let candidates = Candidates::new(&recipe, self.identities, self.scope.map(Arc::new))?;
        Ok(MtlsConnector {
            inner: inner(&recipe, self.proxy, self.timeouts)?,
            reports,
            retrusts,
            parts: Arc::new(Parts {
                recipe,
                candidates: Arc::new(candidates),
                head_limits: None,
                server_name: self.server_name,
                generation: Generation::FIRST,
                timeouts: self.timeouts,
            }),
        })
    }
}

impl<P> fmt::Debug for MtlsConnectorBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsConnectorBuilder")
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
