//! The result of loading all pairs of a folder, pair by pair.
//!
//! Leaves out the files.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::identity::Identity;
use crate::identity_directory::misnamed_certificate::MisnamedCertificate;
use crate::identity_set::IdentitySet;
use crate::pair::PairFiles;
use crate::report::Report;

/// All pairs of a folder, loaded as far as they can be.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inventory {
    pub(crate) entries: Vec<PairEntry>,
    pub(crate) now: SystemTime,
}

/// A pair and the outcome of loading it.
#[derive(Debug)]
#[non_exhaustive]
pub struct PairEntry {
    /// The files.
    pub files: PairFiles,
    /// The outcome of loading them.
    pub state: PairState,
    /// Of a key that awaits its certificate: the certificate, if it lies in the folder under
    /// another name.
    pub misnamed_certificate: Option<MisnamedCertificate>,
}

/// The outcome of loading a pair.
#[derive(Debug)]
#[non_exhaustive]
pub enum PairState {
    /// There is a key and no certificate yet; nothing is wrong with that.
    AwaitsCertificate,
    /// It cannot be used.
    Failed(Error),
    /// It is an identity, although perhaps not valid yet or no longer: its report says so.
    Loaded {
        /// The identity.
        identity: Arc<Identity>,
        /// Its findings.
        report: Box<Report>,
    },
}

impl Inventory {
    /// Returns all pairs, sorted by name.
    #[must_use]
    pub fn entries(&self) -> &[PairEntry] {
        &self.entries
    }

    /// Returns the identities that were loaded, at most `limit`, without the expired ones; with
    /// them if there is no other.
    ///
    /// # Errors
    ///
    /// [`Error::NoIdentity`] if nothing could be loaded, [`Error::TooManyIdentities`].
    pub fn set(&self, limit: usize) -> Result<IdentitySet, Error> {
        let identities = self.entries.iter().filter_map(|entry| match &entry.state {
            PairState::Loaded { identity, .. } => Some(identity),
            _ => None,
        });
        live_set(identities, self.now, limit)
    }
}

/// Returns a set of those that have not expired; of all if there is no such.
pub(crate) fn live_set<'a>(
    identities: impl IntoIterator<Item = &'a Arc<Identity>>,
    now: SystemTime,
    limit: usize,
) -> Result<IdentitySet, Error> {
    let all: Vec<_> = identities.into_iter().collect();
    let live = all.iter().filter(|identity| !has_expired(identity, now));
    let live: Vec<_> = live.copied().collect();
    let chosen = if live.is_empty() { all } else { live };
    IdentitySet::new(chosen.into_iter().map(Arc::clone), limit)
}

/// Returns whether its last second is over.
pub(crate) fn has_expired(identity: &Identity, now: SystemTime) -> bool {
    let over = now.duration_since(identity.leaf().not_after());
    over.is_ok_and(|over| over >= Duration::from_secs(1))
}
