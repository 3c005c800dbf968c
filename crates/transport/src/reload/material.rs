//! The content of a generation, and the steps in which a reloader changes to it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use identity::Identity;

use crate::reload::event::Renewal;
use crate::tls::trust_anchors::TrustAnchors;

/// Identities and trust anchors that go together.
#[derive(Clone)]
pub(super) struct Material {
    /// In the order of preference; an empty list stands for those that the connector was built
    /// with.
    pub(super) identities: Vec<Arc<Identity>>,
    pub(super) trust: Arc<TrustAnchors>,
}

impl Material {
    /// Returns the parts that are new, if any are.
    pub(super) fn renewal_of(&self, old: &Self) -> Option<Renewal> {
        let has_same_trust = Arc::ptr_eq(&self.trust, &old.trust) || self.trust.is_same(&old.trust);
        match (are_same(&self.identities, &old.identities), has_same_trust) {
            (true, true) => None,
            (false, true) => Some(Renewal::Identities),
            (true, false) => Some(Renewal::Trust),
            (false, false) => Some(Renewal::Both),
        }
    }

    /// Returns the contents to try in turn: all of it, then, if both parts are new, each by itself,
    /// so that one that cannot be used does not hold up the other.
    pub(super) fn in_steps_from(&self, old: &Self) -> Vec<(Self, Renewal)> {
        let alone = |identities: &Self, trust: &Self| Self {
            identities: identities.identities.clone(),
            trust: Arc::clone(&trust.trust),
        };
        match self.renewal_of(old) {
            None => Vec::new(),
            // Together first: a new CA and the identities that it issued may only work as a whole.
            Some(Renewal::Both) => vec![
                (self.clone(), Renewal::Both),
                (alone(self, old), Renewal::Identities),
                (alone(old, self), Renewal::Trust),
            ],
            Some(one) => vec![(self.clone(), one)],
        }
    }
}

/// Contents that could not be used recently, and since when.
#[derive(Default)]
pub(super) struct Refusals(Vec<(Material, SystemTime)>);

impl Refusals {
    /// Checks whether this content was refused less than five minutes ago. A clock that was set
    /// back does not count.
    pub(super) fn contain(&mut self, material: &Material, now: SystemTime) -> bool {
        self.0.retain(|(_, since)| {
            let age = now.duration_since(*since);
            age.is_ok_and(|age| age < TRY_AGAIN)
        });
        let mut refused = self.0.iter();
        refused.any(|(refused, _)| material.renewal_of(refused).is_none())
    }

    pub(super) fn note(&mut self, material: Material, now: SystemTime) {
        if self.0.len() == MOST_NOTED {
            self.0.remove(0);
        }
        self.0.push((material, now));
    }
}

/// Checks whether a server would see the same. A key that was only encrypted anew changes nothing.
fn are_same(one: &[Arc<Identity>], other: &[Arc<Identity>]) -> bool {
    let chains = |identities: &[Arc<Identity>]| -> Vec<_> {
        let chains = identities
            .iter()
            .map(|identity| identity.certificate_chain().to_vec());
        chains.collect()
    };
    chains(one) == chains(other)
}

/// The time after which a refused content is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5 * 60);
/// Twice the number of steps from one content to another.
const MOST_NOTED: usize = 6;
