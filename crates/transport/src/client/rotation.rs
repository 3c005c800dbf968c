//! Rotation of identities or trust anchors without a failed request.
//!
//! A generation has trust anchors, a pool and, for each of its identities, a TLS configuration and
//! a session store, none of them shared with another generation. A request uses the newest
//! generation from its beginning to its end. Leaves out when to rotate, and where identities come
//! from.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use http_body::Body;
use identity::{Fingerprint, Identity};

use crate::client::MtlsClient;
use crate::client::generations::{Generations, PoolOf, PoolSettings};
use crate::client::stack::Layers;
use crate::connection::generation::Generation;
use crate::connector::MtlsConnector;
use crate::error::config_error::ConfigError;
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;
use crate::telemetry;
use crate::tls::trust_anchors::TrustAnchors;

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Returns the current generation, which a request that begins now uses.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generations().current().generation()
    }

    /// Returns the digests of the certificates that are presented, in the order of preference.
    pub(crate) fn leaves(&self) -> Vec<Fingerprint> {
        let current = self.generations().current();
        current.connector.candidates().leaves().collect()
    }

    /// Presents other identities from now on, here and in all clones, without a failed request.
    ///
    /// They are in the order of preference, such as that of
    /// [`IdentitySet::usable_at`](identity::IdentitySet::usable_at). [`MtlsConnector`] chooses
    /// among them for each server; if the server rejects one, the same request is sent with the
    /// next, if [`failover`](crate::MtlsClientBuilder::failover) is on.
    ///
    /// ```no_run
    /// # fn renewed(
    /// #     client: &transport::MtlsClient<http_body_util::Full<bytes::Bytes>>,
    /// #     identity: &identity::Identity,
    /// #     set: &identity::IdentitySet,
    /// # ) -> Result<(), transport::ConfigError> {
    /// client.rotate([identity])?;
    /// let now = std::time::SystemTime::now();
    /// client.rotate(set.usable_at(now).map(AsRef::as_ref))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Requests that have begun finish on their connections, which are closed then; idle
    /// connections close at once, or with the response of the last request that has begun.
    /// Connections that are still open after the [drain
    /// timeout](crate::MtlsClientBuilder::drain_timeout) are aborted. The next request makes a full
    /// handshake. To find out beforehand whether the server accepts the identity, use
    /// [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoIdentity`] if there is none, [`ConfigError::PrivateKey`] if the provider
    /// does not accept the key of one; nothing has changed then.
    pub fn rotate<'a>(
        &self,
        identities: impl IntoIterator<Item = &'a Identity>,
    ) -> Result<Generation, ConfigError> {
        let prepared = self.prepare(identities)?;
        Ok(self.publish(&prepared))
    }

    /// Verifies servers by other trust anchors and revocation lists from now on, here and in all
    /// clones, and presents the same identities.
    ///
    /// Connections change over as with [`rotate`](Self::rotate). No earlier session is resumed, so
    /// that a removed anchor verifies no new connection.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnector::with_trust`]; nothing has changed then.
    pub fn rotate_trust(&self, trust: TrustAnchors) -> Result<Generation, ConfigError> {
        let prepared = self.prepare_trust(trust)?;
        Ok(self.publish(&prepared))
    }

    /// Reports in the metrics when the identity and the trust anchors in use expire.
    pub(crate) fn report_expiry(&self) {
        self.generations().current().connector.report_expiry();
    }

    /// Returns the trust anchors of the current generation.
    pub(crate) fn trust(&self) -> Arc<TrustAnchors> {
        Arc::clone(self.generations().current().connector.trust())
    }

    /// Prepares the next generation beside the current one, so that it can be probed before it is
    /// [published](Self::publish).
    ///
    /// ```no_run
    /// # async fn renew(
    /// #     client: &transport::MtlsClient<http_body_util::Full<bytes::Bytes>>,
    /// #     identity: &identity::Identity,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// use tower::ServiceExt;
    ///
    /// let prepared = client.prepare([identity])?;
    /// let probe = http::Request::get("https://api.example/health").body(Default::default())?;
    /// let response = prepared.client().oneshot(probe).await?; // a rejection here affects no other request
    /// if response.status().is_success() {
    ///     client.publish(&prepared); // the connection of the probe is the first of the new pool
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`rotate`](Self::rotate).
    pub fn prepare<'a>(
        &self,
        identities: impl IntoIterator<Item = &'a Identity>,
    ) -> Result<PreparedGeneration<B, C>, ConfigError> {
        self.prepare_with(|connector| connector.with_identities(identities))
    }

    /// Prepares the next generation with other trust anchors and revocation lists, and the current
    /// identities.
    ///
    /// # Errors
    ///
    /// As [`rotate_trust`](Self::rotate_trust).
    pub fn prepare_trust(
        &self,
        trust: TrustAnchors,
    ) -> Result<PreparedGeneration<B, C>, ConfigError> {
        self.prepare_with(|connector| connector.with_trust(trust))
    }

    /// Prepares the next generation with a connector made from the current one.
    ///
    /// For changes that belong together: one connector opens all connections of a generation.
    ///
    /// ```no_run
    /// # fn renewed(
    /// #     client: &transport::MtlsClient<http_body_util::Full<bytes::Bytes>>,
    /// #     identity: &identity::Identity,
    /// #     trust: transport::TrustAnchors,
    /// # ) -> Result<(), transport::ConfigError> {
    /// let both = client.prepare_with(|now| now.with_identity(identity)?.with_trust(trust))?;
    /// client.publish(&both);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `change`.
    pub fn prepare_with(
        &self,
        change: impl FnOnce(&MtlsConnector<C>) -> Result<MtlsConnector<C>, ConfigError>,
    ) -> Result<PreparedGeneration<B, C>, ConfigError> {
        let generations = self.generations();
        // Before it begins: a generation that someone else publishes meanwhile is newer, and stays.
        let number = generations.number();
        let connector = change(&generations.current().connector)?;
        let connector = connector.numbered(number);
        Ok(PreparedGeneration {
            pool: generations.settings.pool(connector),
            settings: generations.settings.clone(),
            layers: Arc::clone(&self.layers),
            timeout: self.timeout(),
        })
    }

    /// Uses a prepared generation for all requests that begin from now on, unless a newer one was
    /// published meanwhile; returns the current generation.
    ///
    /// Publish only what this client, or a clone of it, has prepared: the numbers of another
    /// client's generations are not comparable.
    pub fn publish(&self, prepared: &PreparedGeneration<B, C>) -> Generation {
        let Some(replaced) = self.generations().publish(&prepared.pool) else {
            return self.generation();
        };
        // After the exchange, so that no request begins on a pool that is drained.
        replaced.drain();
        let generation = prepared.generation();
        let connector = &prepared.pool.connector;
        telemetry::rotated(generation);
        connector.report_expiry();
        let leaf = connector.preferred_leaf().map(tracing::field::display);
        tracing::info!(%generation, leaf, "rotated");
        generation
    }
}

/// A generation that is ready and not yet in use.
///
/// Dropping it discards it, and closes its connections.
pub struct PreparedGeneration<B, C = TcpConnector> {
    pool: Arc<PoolOf<B, C>>,
    settings: PoolSettings,
    layers: Arc<Layers>,
    timeout: Duration,
}

impl<B, C> PreparedGeneration<B, C> {
    /// Returns a client that uses this generation alone, to probe it.
    ///
    /// Once the generation has been published, replaced and drained, requests of this client fail
    /// with [`ErrorKind::IdentityRotated`](crate::ErrorKind::IdentityRotated).
    #[must_use]
    pub fn client(&self) -> MtlsClient<B, C> {
        let (pool, settings) = (Arc::clone(&self.pool), self.settings.clone());
        let generations = Generations::starting_with(pool, settings);
        MtlsClient::over(
            Arc::new(generations),
            Arc::clone(&self.layers),
            self.timeout,
        )
    }

    /// Returns its number.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.pool.generation()
    }

    /// Returns its connector, for a handshake without a request.
    #[must_use]
    pub fn connector(&self) -> &MtlsConnector<C> {
        &self.pool.connector
    }
}

impl<B, C> fmt::Debug for PreparedGeneration<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedGeneration")
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}
