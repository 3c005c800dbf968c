//! From a URI to an authenticated connection: name, TCP, TLS.

mod attempt;
pub(crate) mod builder;
mod opening_timer;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};

use http::{
    Uri,
    uri::{Authority, Scheme},
};
use identity::{Fingerprint, Identity};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tower_service::Service;
use tracing::Instrument;

use crate::connection::generation::Generation;
use crate::connection::phase::Phase;
use crate::connection::steps::{SetSteps, Steps};
use crate::connector::attempt::ConnectAttempt;
use crate::error::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::identities::candidates::{Candidates, OwnIdentity};
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;
use crate::stream::MtlsStream;
use crate::stream::head_limits::HeadLimits;
use crate::telemetry;
use crate::timeouts::Timeouts;
use crate::tls::client_config::{Alpn, Clock, Recipe};
use crate::tls::trust_anchors::TrustAnchors;

/// Opens mutually authenticated TLS connections; a [`Service`] of [`Uri`], for any hyper client.
///
/// Only `https` URIs are connected to. No redirect is followed, and an identity is presented to no
/// host but that of the URI, whose user information is dropped.
/// [`identity_hosts`](crate::MtlsConnectorBuilder::identity_hosts) restricts these hosts further.
/// Cheap to clone; clones share the stores of TLS sessions.
///
/// Of several identities it presents the one that the host has not rejected in the last five
/// minutes, that is valid now, and that fits the host's CertificateRequest: first its signature
/// schemes, then its `certificate_authorities` ([RFC 8446, section 4.2.4]). The order in which they
/// were given decides between equals. The request is no filter: one identity is always presented,
/// since a rejection with a reason is better than one without.
///
/// [RFC 8446, section 4.2.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.4
///
/// Generic over the inner connector, which opens the raw connection: TCP by default, else any that
/// returns a stream, such as a pipe in a test. Both implement the connector contract of hyper-util.
#[derive(Clone)]
pub struct MtlsConnector<C = TcpConnector> {
    inner: C,
    set_steps: SetSteps<C>,
    set_recipe: SetRecipe<C>,
    parts: Arc<Parts>,
}

/// Passes another recipe to the inner connector, if it has TLS of its own.
pub(crate) type SetRecipe<C> = fn(&mut C, &Recipe) -> Result<(), ConfigError>;

#[derive(Clone)]
struct Parts {
    recipe: Arc<Recipe>,
    candidates: Arc<Candidates>,
    /// For a client whose responses are read by
    /// [`HeadReader`](crate::stream::head_reader::HeadReader).
    head_limits: Option<HeadLimits>,
    /// Verified in place of the URI's host.
    server_name: Option<ServerName<'static>>,
    generation: Generation,
    timeouts: Timeouts,
}

impl<C> MtlsConnector<C> {
    /// Returns the TLS configuration of the preferred identity, for another client that takes one.
    ///
    /// Only here is a type of rustls returned (`rustls_base_config` and
    /// [`CryptoProvider::from_rustls`](crate::CryptoProvider::from_rustls) accept one); it changes
    /// with rustls's major versions. What this crate adds to it does not come along: the
    /// classification of rejections, the choice among several identities, timeouts,
    /// [`ConnectionInfo`](crate::ConnectionInfo).
    #[must_use]
    pub fn rustls_client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(self.parts.candidates.preferred())
    }

    /// Returns a connector like this one that presents another identity, and shares no TLS session
    /// with it.
    ///
    /// Trust anchors (see [`with_trust`](Self::with_trust)), provider, clock, timeouts and the
    /// inner connector stay. Never exchange the certificate inside a TLS configuration instead:
    /// sessions would be resumed with the old one for as long as the server's tickets last.
    /// [`MtlsClient::rotate`](crate::MtlsClient::rotate) does this for a whole client.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PrivateKey`] if the provider does not accept the identity's key.
    pub fn with_identity(&self, identity: &Identity) -> Result<Self, ConfigError>
    where
        C: Clone,
    {
        self.with_identities([identity])
    }

    /// Returns a connector as [`with_identity`](Self::with_identity) does, with several identities
    /// in the order of preference.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoIdentity`] if there is none, [`ConfigError::PrivateKey`] if the provider
    /// does not accept the key of one.
    pub fn with_identities<'a>(
        &self,
        identities: impl IntoIterator<Item = &'a Identity>,
    ) -> Result<Self, ConfigError>
    where
        C: Clone,
    {
        let candidates = Candidates::new(
            &self.parts.recipe,
            identities.into_iter().map(OwnIdentity::new),
            self.parts.candidates.scope(),
        )?;
        if candidates.is_empty() {
            return Err(ConfigError::NoIdentity);
        }
        Ok(self.clone().with(|parts| {
            parts.candidates = Arc::new(candidates);
            parts.generation = parts.generation.next();
        }))
    }

    /// Returns a connector like this one with other trust anchors and revocation lists and the same
    /// identities. It shares no TLS session with it: a server verified by the old anchors is not
    /// resumed.
    ///
    /// They apply to an `https` proxy as well.
    /// [`MtlsClient::rotate_trust`](crate::MtlsClient::rotate_trust) does this for a whole client.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnectorBuilder::build`](crate::MtlsConnectorBuilder::build) for trust anchors and
    /// revocation lists.
    pub fn with_trust(&self, trust: TrustAnchors) -> Result<Self, ConfigError>
    where
        C: Clone,
    {
        self.with_shared_trust(Arc::new(trust))
    }

    pub(crate) fn with_shared_trust(&self, trust: Arc<TrustAnchors>) -> Result<Self, ConfigError>
    where
        C: Clone,
    {
        let recipe = Arc::new(self.parts.recipe.with_trust(trust)?);
        // Everything that can fail comes before the inner connector is changed.
        let candidates = Arc::new(self.parts.candidates.rebuilt(&recipe)?);
        let mut connector = self.clone();
        (connector.set_recipe)(&mut connector.inner, &recipe)?;
        Ok(connector.with(|parts| {
            parts.recipe = recipe;
            parts.candidates = candidates;
            parts.generation = parts.generation.next();
        }))
    }

    /// Returns the trust anchors.
    pub(crate) fn trust(&self) -> &Arc<TrustAnchors> {
        self.parts.recipe.trust()
    }

    pub(crate) fn numbered(self, generation: Generation) -> Self {
        self.with(|parts| parts.generation = generation)
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.parts));
        self
    }

    pub(crate) fn generation(&self) -> Generation {
        self.parts.generation
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.parts.timeouts
    }

    pub(crate) fn clock(&self) -> Clock {
        self.parts.recipe.clock()
    }

    /// Returns the time by the connector's clock.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock().now()
    }

    /// Reports in the metrics when the preferred identity and the trust anchors expire.
    pub(crate) fn report_expiry(&self) {
        let ends = self.parts.recipe.trust_ends();
        telemetry::trust_ends(ends.last_anchor, ends.first_list, self.now());
        if let Some(not_after) = self.parts.candidates.preferred_not_after() {
            telemetry::identity_ends(not_after, self.now());
        }
    }

    /// Returns a connector whose streams normalise the heads of responses for hyper.
    pub(crate) fn reading_heads(self, limits: HeadLimits) -> Self {
        self.with(|parts| parts.head_limits = Some(limits))
    }

    /// Returns the digest of the preferred identity's certificate.
    pub(crate) fn preferred_leaf(&self) -> Option<Fingerprint> {
        self.parts.candidates.preferred_leaf()
    }

    /// Returns the versions of HTTP that are offered.
    pub(crate) fn alpn(&self) -> Alpn {
        self.parts.recipe.alpn()
    }

    /// Returns the identities, with the memory of hosts.
    pub(crate) fn candidates(&self) -> &Candidates {
        &self.parts.candidates
    }
}

type ConnectFuture<IO> = Pin<Box<dyn Future<Output = Result<MtlsStream<IO>, Error>> + Send>>;

impl<C> Service<Uri> for MtlsConnector<C>
where
    C: RawConnector + Clone + Send + 'static,
{
    type Response = MtlsStream<C::Response>;
    type Error = Error;
    type Future = ConnectFuture<C::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx).map_err(Error::not_connected)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        self.connect(uri, Steps::default())
    }
}

impl<C> MtlsConnector<C>
where
    C: RawConnector + Clone + Send + 'static,
{
    /// Connects as [`call`](Service::call) does, and reports the steps.
    pub(crate) fn connect(&mut self, uri: Uri, steps: Steps) -> ConnectFuture<C::Response> {
        let uri = without_userinfo(uri);
        let (server_name, authority) = match target(&uri) {
            Ok(target) => target,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        // There is no timer for the gauge, so each connection updates it.
        self.report_expiry();
        // A function pointer and no trait: a connector of the caller's has no steps to report.
        (self.set_steps)(&mut self.inner, &steps);
        let connecting = self.inner.call(uri.clone());
        let attempt = ConnectAttempt {
            uri,
            authority,
            server_name: self.parts.server_name.clone().unwrap_or(server_name),
            candidates: Arc::clone(&self.parts.candidates),
            head_limits: self.parts.head_limits,
            generation: self.parts.generation,
            timeouts: self.parts.timeouts,
            connect_by: self.parts.timeouts.connect_end(),
            steps,
        };
        let span = tracing::debug_span!(
            "transport.connect",
            server.address = attempt.authority.host(),
            server.port = attempt.authority.port_u16().map(i64::from),
            generation = %attempt.generation,
        );
        let opened = attempt.open(connecting, self.inner.clone(), self.set_steps);
        // Instrumented, the future would enter and leave its span at each poll for nothing.
        match span.is_disabled() {
            true => Box::pin(opened),
            false => Box::pin(opened.instrument(span)),
        }
    }
}

/// Removes user information from a URI: a password in it must reach no log, no span and no request.
pub(crate) fn without_userinfo(uri: Uri) -> Uri {
    let authority = uri.authority().map_or("", Authority::as_str);
    let Some((_, bare)) = authority.rsplit_once('@') else {
        return uri;
    };
    let bare = bare.parse().ok();
    let mut parts = uri.into_parts();
    parts.authority = bare;
    Uri::from_parts(parts).unwrap_or_default() // without a host it is refused later
}

/// Returns the name to verify, and the host and port of the server; the URI has no user
/// information.
fn target(uri: &Uri) -> Result<(ServerName<'static>, Authority), Error> {
    let Some(authority) = uri
        .authority()
        .filter(|_| uri.scheme() == Some(&Scheme::HTTPS))
    else {
        return Err(Error::new(ErrorKind::NotHttps, Phase::Resolve));
    };
    let host = uri.host().unwrap_or_default();
    // `Uri` accepts any text as port, and hyper-util takes a malformed one for 443.
    let port = authority.as_str().strip_prefix(host).unwrap_or_default();
    if !matches!(port, "" | ":") && uri.port().is_none() {
        return Err(Error::new(ErrorKind::InvalidPort, Phase::Resolve));
    }
    let host = host
        .strip_prefix('[')
        .and_then(|ip| ip.strip_suffix(']'))
        .unwrap_or(host);
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Error::new(ErrorKind::InvalidServerName, Phase::Resolve))?;
    Ok((name, authority.clone()))
}

impl<C> fmt::Debug for MtlsConnector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsConnector")
            .field("generation", &self.parts.generation)
            .field("timeouts", &self.parts.timeouts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(uri: &str) -> Option<ErrorKind> {
        target(&uri.parse().unwrap())
            .err()
            .map(|error| error.kind())
    }

    #[test]
    fn malformed_port_is_refused() {
        for uri in [
            "https://x:x/",
            "https://api:8api/",
            "https://[::1]:[::1]/",
            "https://a:65536/",
        ] {
            if uri.parse::<Uri>().is_ok() {
                assert_eq!(kind(uri), Some(ErrorKind::InvalidPort), "{uri}");
            }
        }
        for uri in [
            "https://a1:1/",
            "https://a1/",
            "https://a1:/",
            "https://[::1]:1/",
        ] {
            assert_eq!(kind(uri), None, "{uri}");
        }
    }

    #[test]
    fn only_user_information_is_removed() {
        for (uri, bare) in [
            (
                "https://me:secret@api.example:1/path?query",
                "https://api.example:1/path?query",
            ),
            ("https://me@[::1]/", "https://[::1]/"),
            ("https://api.example/@path", "https://api.example/@path"),
            ("/path", "/path"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(without_userinfo(uri), bare.parse::<Uri>().unwrap());
        }
    }
}
