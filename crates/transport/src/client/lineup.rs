//! The identities of one generation, the preferred first, each with its connections.
//!
//! Leaves out how a request is sent.

use http::uri::Authority;

use super::pool::Pool;
use crate::Generation;

/// One pool for each identity; never empty.
pub(super) struct Lineup<B, C> {
    preferred: Pool<B, C>,
    others: Vec<Pool<B, C>>,
}

impl<B, C> Lineup<B, C> {
    pub(super) const fn of_one(pool: Pool<B, C>) -> Self {
        Self {
            preferred: pool,
            others: Vec::new(),
        }
    }

    /// A lineup of these, in this order; `None` if there is none.
    pub(super) fn new(pools: impl IntoIterator<Item = Pool<B, C>>) -> Option<Self> {
        let mut pools = pools.into_iter();
        Some(Self {
            preferred: pools.next()?,
            others: pools.collect(),
        })
    }

    pub(super) fn generation(&self) -> Generation {
        self.preferred.connector.generation()
    }

    pub(super) const fn preferred(&self) -> &Pool<B, C> {
        &self.preferred
    }

    /// The first that this host has not refused of late; if it has refused them all, the first of all: that it is
    /// refused with a reason is better than no certificate.
    pub(super) fn choose(&self, authority: &Authority) -> &Pool<B, C> {
        self.accepted(authority).next().unwrap_or(&self.preferred)
    }

    /// One that this host has not refused of late; there may be none.
    pub(super) fn another(&self, authority: &Authority) -> Option<&Pool<B, C>> {
        self.accepted(authority).next()
    }

    fn accepted(&self, authority: &Authority) -> impl Iterator<Item = &Pool<B, C>> {
        let pools = std::iter::once(&self.preferred).chain(&self.others);
        pools.filter(|pool| !pool.refusals.are_by(authority))
    }
}
