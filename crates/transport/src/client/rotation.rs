//! From one identity, or one set of trust anchors, to the next without a failed request.
//!
//! A generation has trust anchors, a pool and, for each of its identities, a TLS configuration and a store of sessions,
//! none of them shared with another. Requests take the newest generation when they begin and stay with it. Leaves out when to rotate,
//! and where identities come from.

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
    /// The generation that a request which begins now goes to.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generations().current().generation()
    }

    /// Returns the digests of the certificates that are presented, in the order of preference.
    pub(crate) fn leaves(&self) -> Vec<Fingerprint> {
        let current = self.generations().current();
        current.connector.candidates().leaves().collect()
    }

    /// Presents other identities from now on, here and in all clones; no request fails of it.
    ///
    /// They are in the order of preference, such as that of
    /// [`IdentitySet::usable_at`](identity::IdentitySet::usable_at). [`MtlsConnector`] says which of them a server sees;
    /// one that it refuses is followed by the next in the same request, if
    /// [`failover`](crate::MtlsClientBuilder::failover) is on.
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
    /// Requests that have begun finish on their connections, which are closed then; idle connections close at once,
    /// or with the answer of the last request that has begun. What is still open after the
    /// [drain timeout](crate::MtlsClientBuilder::drain_timeout) is aborted. The next request makes a full handshake. To know beforehand
    /// whether the server takes the identity, use [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoIdentity`] if there is none, [`ConfigError::PrivateKey`] if the provider does not take the key
    /// of one; nothing has changed then.
    pub fn rotate<'a>(
        &self,
        identities: impl IntoIterator<Item = &'a Identity>,
    ) -> Result<Generation, ConfigError> {
        let successor = self.prepare(identities)?;
        Ok(self.publish(&successor))
    }

    /// Judges servers by other trust anchors and revocation lists from now on, here and in all clones, and presents the
    /// same identities.
    ///
    /// Connections change over as with [`rotate`](Self::rotate). No session of before is resumed, so that an anchor that
    /// is no longer there vouches for no new connection.
    ///
    /// # Errors
    ///
    /// As [`MtlsConnector::with_trust`]; nothing has changed then.
    pub fn rotate_trust(&self, trust: TrustAnchors) -> Result<Generation, ConfigError> {
        let successor = self.prepare_trust(trust)?;
        Ok(self.publish(&successor))
    }

    /// Counts how long the identity and the trust anchors in use are still good for.
    pub(crate) fn tell_expiry(&self) {
        self.generations().current().connector.tell_expiry();
    }

    /// Returns whom the generation in use trusts.
    pub(crate) fn trust(&self) -> Arc<TrustAnchors> {
        Arc::clone(self.generations().current().connector.trust())
    }

    /// Sets up the next generation beside the one in use, so that it can be tried out before it is
    /// [published](Self::publish).
    ///
    /// ```no_run
    /// # async fn renew(
    /// #     client: &transport::MtlsClient<http_body_util::Full<bytes::Bytes>>,
    /// #     identity: &identity::Identity,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// use tower::ServiceExt;
    ///
    /// let successor = client.prepare([identity])?;
    /// let probe = http::Request::get("https://api.example/health").body(Default::default())?;
    /// let answer = successor.client().oneshot(probe).await?; // refused here, it has harmed nobody
    /// if answer.status().is_success() {
    ///     client.publish(&successor); // the connection of the probe is the first of the new pool
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

    /// Sets up the next generation with other trust anchors and revocation lists, and the identities in use.
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

    /// Sets up the next generation with whatever connector is made of the one in use.
    ///
    /// For what changes together: the connections of a generation are all made by one connector.
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

    /// Sends all requests that begin from now on to `successor`, unless a newer generation was published meanwhile;
    /// returns the one in use.
    ///
    /// Publish only what this client, or a clone of it, has prepared: generations of another client are not comparable.
    pub fn publish(&self, successor: &PreparedGeneration<B, C>) -> Generation {
        let Some(replaced) = self.generations().publish(&successor.pool) else {
            return self.generation();
        };
        replaced.drain();
        let generation = successor.generation();
        let connector = &successor.pool.connector;
        telemetry::rotated(generation);
        connector.tell_expiry();
        let leaf = connector.preferred_leaf().map(tracing::field::display);
        tracing::info!(%generation, leaf, "rotated");
        generation
    }
}

/// A generation that is ready and not yet in use.
///
/// Dropping it forgets it, and closes what connections it has.
pub struct PreparedGeneration<B, C = TcpConnector> {
    pool: Arc<PoolOf<B, C>>,
    settings: PoolSettings,
    layers: Arc<Layers>,
    timeout: Duration,
}

impl<B, C> PreparedGeneration<B, C> {
    /// A client that uses this generation alone, to try it out with.
    ///
    /// Once the generation has been published, replaced and drained, requests of this client fail with
    /// [`ErrorKind::IdentityRotated`](crate::ErrorKind::IdentityRotated).
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

    /// Its number.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.pool.generation()
    }

    /// Its connector, for a handshake without a request.
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
