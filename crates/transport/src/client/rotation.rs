//! From one identity to the next without a failed request.
//!
//! A generation is a TLS configuration, a store of sessions and a pool, none of them shared with another. Requests take
//! the newest when they begin and stay with it. Leaves out when to rotate, and where identities come from.

use std::{
    error::Error as StdError,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use http::Uri;
use http_body::Body;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::Connection;
use identity::Identity;
use tower_service::Service;

use super::{MtlsClient, pool::Pool};
use crate::{ConfigError, Generation, MtlsConnector, TcpConnector};

/// The generation in use, and how many there have been.
pub(super) struct Generations<B, C> {
    current: ArcSwap<Pool<B, C>>,
    newest: AtomicU64,
}

impl<B, C> Generations<B, C> {
    pub(super) fn starting_with(pool: Arc<Pool<B, C>>) -> Self {
        let newest = AtomicU64::new(pool.connector.generation().number());
        Self {
            current: ArcSwap::new(pool),
            newest,
        }
    }

    /// The pool that a request which begins now goes to.
    pub(super) fn current(&self) -> Arc<Pool<B, C>> {
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

    /// Puts a pool in the place of an older one; a newer one stays.
    fn publish(&self, pool: &Arc<Pool<B, C>>) -> Generation {
        let number = |pool: &Pool<B, C>| pool.connector.generation();
        let replaced = self.current.rcu(|current| {
            if number(current) < number(pool) {
                Arc::clone(pool)
            } else {
                Arc::clone(current)
            }
        });
        number(&replaced).max(number(pool))
    }
}

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Connection + Send + Unpin + 'static,
    C::Error: Into<Box<dyn StdError + Send + Sync>>,
    C::Future: Send + 'static,
{
    /// The generation that a request which begins now goes to.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generations.current().connector.generation()
    }

    /// Presents another identity from now on, here and in all clones; no request fails of it.
    ///
    /// Requests that have begun finish on their connections, which are closed then; idle connections close at once,
    /// or with the answer of the last request that has begun. The next request makes a full handshake. To know
    /// beforehand whether the server takes the identity, use [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// [`ConfigError::PrivateKey`] if the provider does not take the identity's key; nothing has changed then.
    pub fn rotate(&self, identity: &Identity) -> Result<Generation, ConfigError> {
        let successor = self.prepare(identity)?;
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
    /// let successor = client.prepare(identity)?;
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
    /// [`ConfigError::PrivateKey`] if the provider does not take the identity's key.
    pub fn prepare(&self, identity: &Identity) -> Result<Successor<B, C>, ConfigError> {
        let current = self.generations.current();
        let connector = current.connector.with_identity(identity)?;
        let connector = connector.numbered(self.generations.number());
        let pool = Arc::new(Pool::new(connector));
        Ok(Successor {
            pool,
            leaf: identity.leaf().sha256(),
        })
    }

    /// Sends all requests that begin from now on to `successor`, unless a newer generation was published meanwhile;
    /// returns the one in use.
    ///
    /// Publish only what this client, or a clone of it, has prepared: generations of another client are not comparable.
    pub fn publish(&self, successor: &Successor<B, C>) -> Generation {
        let generation = self.generations.publish(&successor.pool);
        tracing::info!(%generation, leaf = %successor.leaf, "identity rotated");
        generation
    }
}

/// A generation that is ready and not yet in use.
///
/// Dropping it forgets it, and closes what connections it has.
pub struct Successor<B, C = TcpConnector> {
    pool: Arc<Pool<B, C>>,
    leaf: identity::Fingerprint,
}

impl<B, C> Successor<B, C> {
    /// A client that uses this generation alone, to try it out with.
    #[must_use]
    pub fn client(&self) -> MtlsClient<B, C> {
        MtlsClient {
            generations: Arc::new(Generations::starting_with(Arc::clone(&self.pool))),
        }
    }

    /// Its number.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.pool.connector.generation()
    }

    /// The connector beneath it, for a handshake without a request.
    #[must_use]
    pub fn connector(&self) -> &MtlsConnector<C> {
        &self.pool.connector
    }
}

impl<B, C> fmt::Debug for Successor<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Successor")
            .field("generation", &self.generation())
            .field("leaf_sha256", &self.leaf)
            .finish_non_exhaustive()
    }
}
