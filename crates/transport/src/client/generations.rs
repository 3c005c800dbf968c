//! The generations of a client: the current one, and the count.
//!
//! A generation has a pool of its own. Leaves out how one is made from identities.

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use http_body::Body;

use crate::client::body::RequestBody;
use crate::client::pool::Pool;
use crate::client::pool::dialer::HttpSettings;
use crate::client::pool::limits::Limits;
use crate::connection::generation::Generation;
use crate::connector::MtlsConnector;
use crate::net::raw_connector::RawConnector;

/// The current generation, and the number of the newest.
pub(super) struct Generations<B, C> {
    current: ArcSwap<PoolOf<B, C>>,
    newest: AtomicU64,
    pub(super) settings: PoolSettings,
}

/// The pool of a generation, for requests with such bodies.
pub(super) type PoolOf<B, C> = Pool<RequestBody<B>, C>;

/// The settings that the pools of all generations share.
#[derive(Clone)]
pub(super) struct PoolSettings {
    pub(super) limits: Arc<Limits>,
    pub(super) http: HttpSettings,
}

impl PoolSettings {
    pub(super) fn pool<B, C>(&self, connector: MtlsConnector<C>) -> Arc<PoolOf<B, C>>
    where
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
        C: RawConnector + Clone + Send + Sync + 'static,
    {
        Arc::new(Pool::new(connector, &self.limits, self.http))
    }
}

impl<B, C> Generations<B, C> {
    pub(super) fn starting_with(pool: Arc<PoolOf<B, C>>, settings: PoolSettings) -> Self {
        let newest = AtomicU64::new(pool.generation().number());
        Self {
            current: ArcSwap::new(pool),
            newest,
            settings,
        }
    }

    /// Returns the pool for a request that begins now.
    pub(super) fn current(&self) -> Arc<PoolOf<B, C>> {
        self.current.load_full()
    }

    /// Returns a number that no other generation of this client has.
    pub(super) fn number(&self) -> Generation {
        Generation::from_number(
            self.newest
                // Prepared generations that are never published use up numbers too.
                .fetch_add(1, Ordering::Relaxed)
                .saturating_add(1),
        )
    }

    /// Replaces an older pool, which is returned; a newer one stays.
    pub(super) fn publish(&self, pool: &Arc<PoolOf<B, C>>) -> Option<Arc<PoolOf<B, C>>> {
        // May run several times; a newer generation that was published meanwhile is kept.
        let replaced = self.current.rcu(|current| {
            if current.generation() < pool.generation() {
                Arc::clone(pool)
            } else {
                Arc::clone(current)
            }
        });
        (replaced.generation() < pool.generation()).then_some(replaced)
    }
}
