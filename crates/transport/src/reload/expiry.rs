//! When to say that the last certificate, a trust anchor or a revocation list ends soon.
//!
//! Leaves out what a loader says of a single certificate when it is loaded.

use std::time::{Duration, SystemTime};

use identity::{Certificate, IdentitySet};

use crate::reload::event::ReloadEvent;
use crate::tls::trust_anchors::TrustAnchors;
use crate::tls::trust_anchors::expiry::TrustExpiry;

/// Says it once at each threshold.
#[derive(Default)]
pub(super) struct ExpiryWarnings {
    /// The end that was warned of, and the shortest threshold that was.
    said: Option<(SystemTime, Duration)>,
}

impl ExpiryWarnings {
    /// What to say now, if a threshold was crossed since the last time.
    pub(super) fn next(&mut self, set: &IdentitySet, now: SystemTime) -> Option<ReloadEvent> {
        let last = last(set, set.covered_until(now)?)?;
        let end = last.not_after();
        let left = end.duration_since(now).unwrap_or_default();
        let reached = THRESHOLDS.into_iter().filter(|it| left <= *it).min()?;
        if self
            .said
            .is_some_and(|(whose, least)| whose == end && least <= reached)
        {
            return None;
        }
        self.said = Some((end, reached));
        Some(ReloadEvent::ExpiresSoon {
            leaf: last.sha256(),
            left,
        })
    }
}

/// Says of each part of the trust anchors that it ends, once at each threshold.
#[derive(Default)]
pub(super) struct TrustWarnings {
    said: Vec<TrustExpiry>,
}

impl TrustWarnings {
    /// What to say now, if thresholds were crossed since the last time.
    pub(super) fn next(&mut self, trust: &TrustAnchors, now: SystemTime) -> Vec<TrustExpiry> {
        let said = std::mem::replace(&mut self.said, trust.expiring_at(now));
        let is_said = |new: &TrustExpiry| {
            let mut said = said
                .iter()
                .filter(|it| it.part == new.part && it.end == new.end);
            said.any(|it| it.threshold <= new.threshold)
        };
        let news = self.said.iter().filter(|new| !is_said(new));
        news.cloned().collect()
    }
}

/// The certificate after whose last second nothing is covered.
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
