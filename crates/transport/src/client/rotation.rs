//! From one identity to the next without a failed request.
//!
//! A generation has, for each of its identities, a TLS configuration, a store of sessions and a pool, none of them shared
//! with another. Requests take the newest generation when they begin and stay with it. Leaves out when to rotate, and where identities come from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use http_body::Body;
use identity::Identity;

use super::{MtlsClient, failover::Replay, lineup::Lineup, pool::Pool};
use crate::{ConfigError, Generation, MtlsConnector, RawConnector, TcpConnector};

/// The generation in use, and how many there have been.
pub(super) struct Generations<B, C> {
    current: ArcSwap<Lineup<B, C>>,
    newest: AtomicU64,
}

impl<B, C> Generations<B, C> {
    pub(super) fn starting_with(lineup: impl Into<Arc<Lineup<B, C>>>) -> Self {
        let lineup = lineup.into();
        let newest = AtomicU64::new(lineup.generation().number());
        Self {
            current: ArcSwap::new(lineup),
            newest,
        }
    }

    /// What a request which begins now goes to.
    pub(super) fn current(&self) -> Arc<Lineup<B, C>> {
        self.current.load_full()
    }

    /// A number that no other generation of this client has.
    fn number(&self) -> Generation {
        Generation::from_number(
            self.newest
                .fetch_add(1, Ordering::Relaxed)
                .saturating_add(1),
        )
    }

    /// Puts a lineup in the place of an older one; a newer one stays.
    fn publish(&self, lineup: &Arc<Lineup<B, C>>) -> Generation {
        let replaced = self.current.rcu(|current| {
            if current.generation() < lineup.generation() {
                Arc::clone(lineup)
            } else {
                Arc::clone(current)
            }
        });
        replaced.generation().max(lineup.generation())
    }
}

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// The generation that a request which begins now goes to.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generations.current().generation()
    }

    /// Presents other identities from now on, here and in all clones; no request fails of it.
    ///
    /// They are in the order of preference, such as that of
    /// [`IdentitySet::usable_at`](identity::IdentitySet::usable_at). The first is presented; the others come into play
    /// where a server refuses it, if [`failover`](Self::failover) is on.
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
    /// or with the answer of the last request that has begun. The next request makes a full handshake. To know
    /// beforehand whether the server takes the identity, use [`prepare`](Self::prepare).
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
    ) -> Result<Successor<B, C>, ConfigError> {
        let current = self.generations.current();
        let number = self.generations.number();
        let pool = |identity: &Identity| {
            let connector = current.preferred().connector.with_identity(identity)?;
            let leaf = identity.leaf().sha256();
            Ok(Pool::new(connector.numbered(number), Some(leaf)))
        };
        let pools = identities.into_iter().map(pool);
        let lineup = Lineup::new(pools.collect::<Result<Vec<_>, ConfigError>>()?);
        Ok(Successor {
            lineup: Arc::new(lineup.ok_or(ConfigError::NoIdentity)?),
            replay: self.replay,
        })
    }

    /// Sends all requests that begin from now on to `successor`, unless a newer generation was published meanwhile;
    /// returns the one in use.
    ///
    /// Publish only what this client, or a clone of it, has prepared: generations of another client are not comparable.
    pub fn publish(&self, successor: &Successor<B, C>) -> Generation {
        let generation = self.generations.publish(&successor.lineup);
        let leaf = successor.lineup.preferred().leaf;
        let leaf = leaf.map(tracing::field::display);
        tracing::info!(%generation, leaf, "identity rotated");
        generation
    }
}

/// A generation that is ready and not yet in use.
///
/// Dropping it forgets it, and closes what connections it has.
pub struct Successor<B, C = TcpConnector> {
    lineup: Arc<Lineup<B, C>>,
    replay: Option<Replay<B>>,
}

impl<B, C> Successor<B, C> {
    /// A client that uses this generation alone, to try it out with.
    #[must_use]
    pub fn client(&self) -> MtlsClient<B, C> {
        MtlsClient {
            generations: Arc::new(Generations::starting_with(Arc::clone(&self.lineup))),
            replay: self.replay,
        }
    }

    /// Its number.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.lineup.generation()
    }

    /// The connector of the preferred identity, for a handshake without a request.
    #[must_use]
    pub fn connector(&self) -> &MtlsConnector<C> {
        &self.lineup.preferred().connector
    }
}

impl<B, C> fmt::Debug for Successor<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Successor")
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}
