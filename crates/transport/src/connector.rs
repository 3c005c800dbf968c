//! From a URI to an authenticated connection: name, TCP, TLS.

pub(crate) mod builder;
mod opening;
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
use crate::connection::steps::{Reporting, Steps};
use crate::connector::opening::Opening;
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

/// Makes mutually authenticated TLS connections; a [`Service`] of [`Uri`], so it fits under any hyper client.
///
/// Only `https` URIs are connected to. No redirect is followed, and an identity goes nowhere but to the host of the
/// URI; what stands before an `@` in it is dropped. [`identity_hosts`](crate::MtlsConnectorBuilder::identity_hosts) says to which hosts it may
/// go at all. Cheap to clone; clones share the stores of TLS sessions.
///
/// Of several identities the one is presented that a host has not refused in the last five minutes, that is valid now,
/// and that fits what the host asks for: a signature scheme that its key has, then an authority that it hints at
/// ([RFC 8446, section 4.2.4]). The order in which they were given decides between equals. Hints only order: one is
/// always presented, since a refusal with a reason is worth more than none.
///
/// [RFC 8446, section 4.2.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.4
///
/// Generic over the connector beneath it, which makes the raw connection: TCP by default, else anything that
/// gives a stream, such as a pipe in a test. Both that and this one speak the connector contract of hyper-util.
#[derive(Clone)]
pub struct MtlsConnector<C = TcpConnector> {
    inner: C,
    reports: Reporting<C>,
    retrusts: Retrusting<C>,
    parts: Arc<Parts>,
}

/// Hands other trust anchors to the connector beneath, if it is one that goes by them.
pub(crate) type Retrusting<C> = fn(&mut C, &Recipe) -> Result<(), ConfigError>;

#[derive(Clone)]
struct Parts {
    recipe: Arc<Recipe>,
    candidates: Arc<Candidates>,
    /// For a client that reads responses with [`HeadReader`](crate::stream::head_reader::HeadReader).
    head_limits: Option<HeadLimits>,
    /// In place of the URI's host.
    server_name: Option<ServerName<'static>>,
    generation: Generation,
    timeouts: Timeouts,
}

impl<C> MtlsConnector<C> {
    /// The TLS configuration of the preferred identity, for another client that takes one.
    ///
    /// This is the one place where a type of rustls is handed out (`rustls_base_config` takes one in); it changes with rustls's major versions. What
    /// this crate adds above it does not come along: refusals named, the choice among several identities, timeouts,
    /// [`ConnectionInfo`](crate::ConnectionInfo).
    #[must_use]
    pub fn rustls_client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(self.parts.candidates.preferred())
    }

    /// A connector like this one that presents another identity, and shares no TLS session with it.
    ///
    /// Trust anchors (see [`with_trust`](Self::with_trust)), provider, clock, timeouts and the connector beneath stay. Never exchange the certificate inside
    /// of one TLS configuration instead: sessions would be resumed with the old one for as long as the server's
    /// tickets last. [`MtlsClient::rotate`](crate::MtlsClient::rotate) does this for a whole client.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PrivateKey`] if the provider does not take the identity's key.
    pub fn with_identity(&self, identity: &Identity) -> Result<Self, ConfigError>
    where
        C: Clone,
    {
        self.with_identities([identity])
    }

    /// As [`with_identity`](Self::with_identity), with several in the order of preference.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoIdentity`] if there is none, [`ConfigError::PrivateKey`] if the provider does not take the key
    /// of one.
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

    /// Returns a connector like this one that goes by other trust anchors and revocation lists, with the same identities,
    /// and shares no TLS session with it: what the old anchors vouched for is not resumed.
    ///
    /// They hold for an `https` proxy as well. [`MtlsClient::rotate_trust`](crate::MtlsClient::rotate_trust) does this
    /// for a whole client.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnectorBuilder::build`](crate::MtlsConnectorBuilder::build) of trust anchors and revocation lists.
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
        let candidates = Arc::new(self.parts.candidates.rebuilt(&recipe)?);
        let mut connector = self.clone();
        (connector.retrusts)(&mut connector.inner, &recipe)?;
        Ok(connector.with(|parts| {
            parts.recipe = recipe;
            parts.candidates = candidates;
            parts.generation = parts.generation.next();
        }))
    }

    /// Returns whom it trusts.
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

    /// The time by the connector's clock.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock().now()
    }

    /// Counts how long the preferred identity and the trust anchors are still good for.
    pub(crate) fn tell_expiry(&self) {
        let ends = self.parts.recipe.trust_ends();
        telemetry::trust_ends(ends.last_anchor, ends.first_list, self.now());
        if let Some(not_after) = self.parts.candidates.preferred_not_after() {
            telemetry::identity_ends(not_after, self.now());
        }
    }

    /// The same, whose streams let through the heads of responses that hyper alone would not read.
    pub(crate) fn reading_heads(self, limits: HeadLimits) -> Self {
        self.with(|parts| parts.head_limits = Some(limits))
    }

    /// The leaf of the preferred identity.
    pub(crate) fn preferred_leaf(&self) -> Option<Fingerprint> {
        self.parts.candidates.preferred_leaf()
    }

    /// The versions of HTTP that are offered.
    pub(crate) fn alpn(&self) -> Alpn {
        self.parts.recipe.alpn()
    }

    /// The identities, and what hosts have said of them.
    pub(crate) fn candidates(&self) -> &Candidates {
        &self.parts.candidates
    }
}

type Connecting<IO> = Pin<Box<dyn Future<Output = Result<MtlsStream<IO>, Error>> + Send>>;

impl<C> Service<Uri> for MtlsConnector<C>
where
    C: RawConnector + Clone + Send + 'static,
{
    type Response = MtlsStream<C::Response>;
    type Error = Error;
    type Future = Connecting<C::Response>;

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
    /// As [`call`](Service::call), whose steps are reported.
    pub(crate) fn connect(&mut self, uri: Uri, steps: Steps) -> Connecting<C::Response> {
        let uri = without_userinfo(uri);
        let (server_name, authority) = match target(&uri) {
            Ok(target) => target,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        self.tell_expiry();
        (self.reports)(&mut self.inner, &steps);
        let connecting = self.inner.call(uri.clone());
        let opening = Opening {
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
            host = %opening.authority,
            generation = %opening.generation,
        );
        let opened = opening.open(connecting, self.inner.clone(), self.reports);
        match span.is_disabled() {
            true => Box::pin(opened),
            false => Box::pin(opened.instrument(span)),
        }
    }
}

/// A password may stand before the host; nothing here needs it, and it is to be in no log, no span and no request.
pub(crate) fn without_userinfo(uri: Uri) -> Uri {
    let authority = uri.authority().map_or("", Authority::as_str);
    let Some((_, bare)) = authority.rsplit_once('@') else {
        return uri;
    };
    let bare = bare.parse().ok();
    let mut parts = uri.into_parts();
    parts.authority = bare;
    Uri::from_parts(parts).unwrap_or_default() // without a host it is refused
}

/// The name to verify, and the host and port by which the server is known; the URI has no user information.
fn target(uri: &Uri) -> Result<(ServerName<'static>, Authority), Error> {
    let Some(authority) = uri
        .authority()
        .filter(|_| uri.scheme() == Some(&Scheme::HTTPS))
    else {
        return Err(Error::new(ErrorKind::NotHttps, Phase::Resolve));
    };
    let host = uri.host().unwrap_or_default();
    // `Uri` takes any text for a port, and hyper-util takes one that is no number for 443.
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
    fn a_port_that_is_no_number_is_refused_whatever_the_host() {
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
    fn what_stands_before_the_host_is_taken_out_and_nothing_else() {
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
