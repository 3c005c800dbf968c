//! The settings of a connector. Settings that cannot work are refused here.

pub(crate) mod dangerous;
mod tcp;
mod tls;

use std::{fmt, sync::Arc, time::SystemTime};

use identity::Identity;
use rustls_pki_types::ServerName;

use crate::connection::generation::Generation;
use crate::connection::steps::SetSteps;
use crate::connector::{MtlsConnector, Parts, SetRecipe};
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
/// `P` is [`Proxy`] once [`proxy`](Self::proxy) has been called: a connector that may use a proxy
/// has another type, so that the setting cannot be lost.
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
    /// Starts a builder; the trust anchors are mandatory.
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

    /// Builds a connector over TCP.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoCryptoProvider`] if none is compiled in; [`ConfigError::CryptoProvider`] or
    /// [`ConfigError::ProtocolVersions`] if the given one cannot do what is offered;
    /// [`ConfigError::PrivateKey`] if the provider does not accept the identity's key;
    /// [`ConfigError::PlatformTrustAnchors`], [`ConfigError::TrustAnchor`] or
    /// [`ConfigError::NoTrustAnchors`] if the trust anchors are unusable;
    /// [`ConfigError::RevocationList`] or [`ConfigError::RevocationListsUnsupported`] if the
    /// revocation lists are; [`ConfigError::SetInRustlsBase`] if a setting conflicts with the
    /// [base](Self::rustls_base_config).
    pub fn build(self) -> Result<MtlsConnector, ConfigError> {
        let tcp = TcpConnector::new(self.tcp.clone(), self.timeouts);
        self.finish(|_, (), _| Ok(tcp), TcpConnector::set_steps, |_, _| Ok(()))
    }

    /// Builds a connector over another connector: a tunnel, a Unix socket, a pipe.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnectorBuilder::build`].
    pub fn build_with_connector<C>(self, inner: C) -> Result<MtlsConnector<C>, ConfigError> {
        self.finish(|_, (), _| Ok(inner), |_, _| {}, |_, _| Ok(()))
    }
}

impl MtlsConnectorBuilder<Proxy> {
    /// Builds a connector over TCP, through the proxy or directly according to the [`Proxy`].
    ///
    /// # Errors
    ///
    /// As without a proxy.
    pub fn build(self) -> Result<MtlsConnector<ProxyConnector>, ConfigError> {
        let tcp = TcpConnector::new(self.tcp.clone(), self.timeouts);
        self.finish_over(tcp, TcpConnector::set_steps)
    }

    /// Builds a connector over another connector, which connects to the proxy where there is one.
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
        set_steps: SetSteps<C>,
    ) -> Result<MtlsConnector<ProxyConnector<C>>, ConfigError> {
        self.finish(
            |recipe, proxy, timeouts| {
                ProxyConnector::new(inner, set_steps, proxy, recipe, timeouts)
            },
            ProxyConnector::set_steps,
            ProxyConnector::set_recipe,
        )
    }
}

impl<P> MtlsConnectorBuilder<P> {
    /// Sets the identity to present when a server requests one; without it, none is presented.
    pub fn identity(self, identity: &Identity) -> Self {
        self.identities([identity])
    }

    /// Sets several identities in the order of preference, such as those of
    /// [`IdentitySet::usable_at`](identity::IdentitySet::usable_at), in place of earlier ones.
    ///
    /// [`MtlsConnector`] chooses among them for each server.
    pub fn identities<'a>(mut self, identities: impl IntoIterator<Item = &'a Identity>) -> Self {
        self.identities = identities.into_iter().map(OwnIdentity::new).collect();
        self
    }

    /// Sets the hosts to which an identity may be presented; without this, every host of a URI that
    /// requests one.
    ///
    /// `mtls.example` matches that name alone, `*.mtls.example` every name below it, `192.0.2.1`
    /// and `::1` are addresses; there are no ports. Invalid patterns match nothing. Connections to
    /// other hosts present no certificate; [`ClientAuth::Withheld`] marks those on which one was
    /// requested. The URI's host counts, also if another name is verified. Proxies are never
    /// presented one.
    ///
    /// [`ClientAuth::Withheld`]: crate::ClientAuth::Withheld
    pub fn identity_hosts<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        self.scope = Some(IdentityScope::new(hosts));
        self
    }

    /// Sets the crypto provider; [`CryptoProvider::preferred`] by default. An `https` proxy and the
    /// configurations after a rotation have it too.
    pub fn crypto_provider(mut self, provider: CryptoProvider) -> Self {
        self.settings.provider = Some(provider);
        self
    }

    /// Sets the versions of HTTP to offer; both by default.
    pub fn alpn(mut self, alpn: Alpn) -> Self {
        self.settings.alpn = alpn;
        self
    }

    /// Sets the timeouts of the steps.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the clock by which certificates are verified, our identities chosen, and dates in
    /// responses interpreted; the system's by default.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(now);
        self
    }

    /// Sets the proxy; see [`Proxy::from_env`].
    ///
    /// With [`Proxy::none`] the connector has the same type and connects directly.
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
        set_steps: SetSteps<C>,
        set_recipe: SetRecipe<C>,
    ) -> Result<MtlsConnector<C>, ConfigError> {
        let recipe = Arc::new(self.settings.recipe()?);
        let candidates = Candidates::new(&recipe, self.identities, self.scope.map(Arc::new))?;
        Ok(MtlsConnector {
            inner: inner(&recipe, self.proxy, self.timeouts)?,
            set_steps,
            set_recipe,
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
