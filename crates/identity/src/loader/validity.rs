//! The validity of a certificate at the clock of the loader.
//!
//! Leaves out that of its issuers, which the chain looks at.

use std::time::{Duration, SystemTime};

use crate::chain::Link;
use crate::error::Error;
use crate::report::Finding;

/// The treatment of a certificate that is not valid at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutsideValidity {
    Refused,
    Reported,
}

/// Returns the finding about a certificate that ends soon, or is outside of its validity.
pub(super) fn check(
    leaf: &Link,
    now: SystemTime,
    outside: OutsideValidity,
    thresholds: &[Duration],
) -> Result<Option<Finding>, Error> {
    let refused = match leaf.check_validity(now) {
        Ok(()) => return Ok(expires_soon(leaf.not_after(), now, thresholds)),
        Err(refused) => refused,
    };
    match (outside, refused) {
        (OutsideValidity::Reported, Error::Expired { not_after }) => {
            Ok(Some(Finding::CertificateExpired { not_after }))
        }
        (OutsideValidity::Reported, Error::NotYetValid { not_before }) => {
            Ok(Some(Finding::CertificateNotYetValid { not_before }))
        }
        (_, refused) => Err(refused),
    }
}

fn expires_soon(
    not_after: SystemTime,
    now: SystemTime,
    thresholds: &[Duration],
) -> Option<Finding> {
    // Nothing is left in the last second, which is part of the validity.
    let left = not_after.duration_since(now).unwrap_or_default();
    let reached = thresholds.iter().filter(|it| left <= **it);
    reached
        .min()
        .map(|threshold| Finding::CertificateExpiresSoon {
            not_after,
            threshold: *threshold,
        })
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Thresholds before its end at which a certificate is reported.
pub(super) const SOON: [Duration; 5] = [
    DAY.saturating_mul(30),
    DAY.saturating_mul(14),
    DAY.saturating_mul(7),
    DAY.saturating_mul(3),
    DAY,
];
