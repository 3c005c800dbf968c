//! The generations of a client: which is in use, and how many there have been.
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
use crate::client::pool::limits::Limits;
use crate::client::pool::opening::HttpSettings;
use crate::connection::generation::Generation;
use crate::connector::MtlsConnector;
use crate::net::raw_connector::RawConnector;

/// The generation in use, and how many there have been.
pub(super) struct Generations<B, C> {
    current: ArcSwap<PoolOf<B, C>>,
    newest: AtomicU64,
    pub(super) settings: PoolSettings,
}

/// The pool of a generation, of requests with such bodies.
pub(super) type PoolOf<B, C> = Pool<RequestBody<B>, C>;

/// What the pools of all generations have in common.
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

    /// What a request which begins now goes to.
    pub(super) fn current(&self) -> Arc<PoolOf<B, C>> {
        self.current.load_full()
    }

    /// A number that no other generation of this client has.
    pub(super) fn number(&self) -> Generation {
        Generation::from_number(
            self.newest
                .fetch_add(1, Ordering::Relaxed)
                .saturating_add(1),
        )
    }

    /// Puts a pool in the place of an older one, which is returned; a newer one stays.
    pub(super) fn publish(&self, pool: &Arc<PoolOf<B, C>>) -> Option<Arc<PoolOf<B, C>>> {
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
