//! When to say that the last certificate ends soon.
//!
//! Leaves out what a loader says of a single certificate when it is loaded.

use std::time::{Duration, SystemTime};

use identity::{Certificate, IdentitySet};

use crate::reload::event::FollowEvent;

/// Says it once at each threshold.
#[derive(Default)]
pub(super) struct ExpiryWarnings {
    /// The end that was warned of, and the shortest threshold that was.
    said: Option<(SystemTime, Duration)>,
}

impl ExpiryWarnings {
    /// What to say now, if a threshold was crossed since the last time.
    pub(super) fn next(&mut self, set: &IdentitySet, now: SystemTime) -> Option<FollowEvent> {
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
        Some(FollowEvent::ExpiresSoon {
            leaf: last.sha256(),
            left,
        })
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
