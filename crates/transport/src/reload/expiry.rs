//! Warnings before the last certificate, a trust anchor or a revocation list expires.
//!
//! Leaves out the findings of a single certificate when it is loaded.

use std::time::{Duration, SystemTime};

use identity::{Certificate, IdentitySet};

use crate::reload::event::ReloadEvent;
use crate::tls::trust_anchors::TrustAnchors;
use crate::tls::trust_anchors::expiry::TrustExpiry;

/// Warns of the last certificate once at each threshold.
#[derive(Default)]
pub(super) struct ExpiryWarnings {
    /// The end that was warned of, and the shortest threshold at which it was.
    warned: Option<(SystemTime, Duration)>,
}

impl ExpiryWarnings {
    /// Returns a warning if a threshold was crossed since the last call.
    pub(super) fn next(&mut self, set: &IdentitySet, now: SystemTime) -> Option<ReloadEvent> {
        let last = last(set, set.covered_until(now)?)?;
        let end = last.not_after();
        let left = end.duration_since(now).unwrap_or_default();
        let reached = THRESHOLDS
            .into_iter()
            .filter(|threshold| left <= *threshold)
            .min()?;
        if self
            .warned
            .is_some_and(|(warned_end, least)| warned_end == end && least <= reached)
        {
            return None;
        }
        self.warned = Some((end, reached));
        Some(ReloadEvent::ExpiresSoon {
            leaf: last.sha256(),
            left,
        })
    }
}

/// Warns of each part of the trust anchors once at each threshold.
#[derive(Default)]
pub(super) struct TrustWarnings {
    warned: Vec<TrustExpiry>,
}

impl TrustWarnings {
    /// Returns warnings of the thresholds that were crossed since the last call.
    pub(super) fn next(&mut self, trust: &TrustAnchors, now: SystemTime) -> Vec<TrustExpiry> {
        let warned = std::mem::replace(&mut self.warned, trust.expiring_at(now));
        let is_warned = |new: &TrustExpiry| {
            let mut warned = warned
                .iter()
                .filter(|old| old.part == new.part && old.end == new.end);
            warned.any(|old| old.threshold <= new.threshold)
        };
        let news = self.warned.iter().filter(|new| !is_warned(new));
        news.cloned().collect()
    }
}

/// Returns the certificate that expires last before a gap.
fn last(set: &IdentitySet, end: SystemTime) -> Option<&Certificate> {
    let members = set.members().iter().map(|member| member.leaf());
    let before = members.filter(|leaf| leaf.not_after() < end);
    before.max_by_key(|leaf| leaf.not_after())
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const THRESHOLDS: [Duration; 5] = [
    DAY.saturating_mul(30),
    DAY.saturating_mul(14),
    DAY.saturating_mul(7),
    DAY.saturating_mul(3),
    DAY,
];
