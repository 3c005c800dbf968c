//! The expiry of trust anchors and revocation lists.
//!
//! Leaves out how it is reported, and the certificates of an operating system or of Mozilla's list.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use identity::{Certificate, Fingerprint, RevocationList};

use crate::tls::trust_anchors::TrustAnchors;

/// The expiry of a part of the trust anchors; its `Display` is a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustExpiry {
    /// The part.
    pub part: TrustPart,
    /// Its end.
    pub end: SystemTime,
    /// The time that is left; zero if it has expired.
    pub left: Duration,
    /// The shortest threshold that has been reached.
    pub(crate) threshold: Duration,
}

/// A part of [`TrustAnchors`] that expires.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustPart {
    /// The trust anchor that is valid for longest.
    ///
    /// Only name and key of an anchor count, and most verifiers ignore its dates (RFC 5280, section
    /// 6.1.1): servers are still trusted after its end. It is reported because its CA will have
    /// another one by then.
    LastAnchor {
        /// The digest of the certificate.
        sha256: Fingerprint,
    },
    /// A revocation list that reaches its `nextUpdate`, after which the servers that it covers are
    /// refused.
    List {
        /// Its position in the order given, from 1.
        position: usize,
        /// The name of its issuer.
        issuer: String,
    },
}

impl TrustAnchors {
    /// Returns what expires soon, or has expired, at an instant.
    ///
    /// Of the certificates that were given, the last one to expire, from 30 days before. Of the
    /// revocation lists, each from when a tenth of its lifetime is left, as many CAs issue the next
    /// list no earlier; no list is reported if expired ones are
    /// [allowed](Self::allow_expired_revocation_lists). A list that cannot be parsed is not
    /// reported here: building a connector fails with it.
    /// ```
    /// # use transport::TrustAnchors;
    /// let trust = TrustAnchors::from_pem(include_str!("../../../tests/vectors/authority.pem"))?;
    /// for expiry in trust.expiring_at(std::time::SystemTime::now()) {
    ///     eprintln!("{expiry}");
    /// }
    /// # Ok::<(), transport::ConfigError>(())
    /// ```
    #[must_use]
    pub fn expiring_at(&self, now: SystemTime) -> Vec<TrustExpiry> {
        let last = self.last_anchor().and_then(|anchor| {
            let sha256 = anchor.sha256();
            let part = TrustPart::LastAnchor { sha256 };
            TrustExpiry::reached(part, anchor.not_after(), &BEFORE_ANCHORS, now)
        });
        let lists = self.expiring_lists();
        let lists = lists.filter_map(|(position, list)| {
            let end = list.next_update()?;
            let whole = end.duration_since(list.this_update()).unwrap_or_default();
            let issuer = list.issuer().to_owned();
            let part = TrustPart::List { position, issuer };
            TrustExpiry::reached(part, end, &[whole / 10, whole / 20, Duration::ZERO], now)
        });
        last.into_iter().chain(lists).collect()
    }

    /// Returns the ends that are counted, of the certificates and lists that were given.
    pub(crate) fn ends(&self) -> TrustEnds {
        let lists = self.expiring_lists();
        let ends = lists.filter_map(|(_, list)| list.next_update());
        TrustEnds {
            last_anchor: self.last_anchor().map(|anchor| anchor.not_after()),
            first_list: ends.min(),
        }
    }

    fn last_anchor(&self) -> Option<Certificate> {
        let anchors = self.extra.iter();
        let anchors = anchors.filter_map(|der| Certificate::from_der(der).ok());
        anchors.max_by_key(Certificate::not_after)
    }

    /// Returns the lists that must not be out of date, by their positions.
    fn expiring_lists(&self) -> impl Iterator<Item = (usize, RevocationList)> {
        let lists = match self.revocation.allows_expired() {
            true => &[],
            false => self.revocation.lists(),
        };
        let lists = (1..).zip(lists);
        lists.filter_map(|(position, der)| Some((position, RevocationList::from_der(der)?)))
    }
}

/// The expiry of trust anchors and lists, for the metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrustEnds {
    /// Of the anchor that is valid for longest.
    pub(crate) last_anchor: Option<SystemTime>,
    /// The first `nextUpdate` after which a list decides on no server.
    pub(crate) first_list: Option<SystemTime>,
}

impl TrustExpiry {
    /// Returns the expiry of `part`, if the first of the thresholds has been reached.
    fn reached(
        part: TrustPart,
        end: SystemTime,
        thresholds: &[Duration],
        now: SystemTime,
    ) -> Option<Self> {
        let left = end.duration_since(now).unwrap_or_default();
        let threshold = thresholds
            .iter()
            .filter(|threshold| left <= **threshold)
            .min()?;
        Some(Self {
            part,
            end,
            left,
            threshold: *threshold,
        })
    }

    /// Returns the position of a list because of which servers are refused.
    pub(crate) fn expired_list(&self) -> Option<usize> {
        match self.part {
            TrustPart::List { position, .. } if self.left.is_zero() => Some(position),
            _ => None,
        }
    }
}

impl fmt::Display for TrustExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (has_ended, left) = (self.left.is_zero(), ApproximateDuration(self.left));
        match &self.part {
            TrustPart::LastAnchor { sha256 } if has_ended => write!(
                f,
                "the last trust anchor ({sha256}) has expired: get the certificate that its CA has now"
            ),
            TrustPart::LastAnchor { sha256 } => write!(
                f,
                "the last trust anchor ({sha256}) expires in {left} and none follows it: get the next one of its CA now"
            ),
            TrustPart::List { position, issuer } if has_ended => write!(
                f,
                "revocation list {position} (of {issuer}) is out of date, and no server that it covers is trusted: get \
                 the newest one"
            ),
            TrustPart::List { position, issuer } => write!(
                f,
                "revocation list {position} (of {issuer}) is out of date in {left}, and then no server that it covers \
                 is trusted: get the next one"
            ),
        }
    }
}

/// A duration in the largest unit of which there are at least two, rounded down.
struct ApproximateDuration(Duration);

impl fmt::Display for ApproximateDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        for (length, unit) in [(86_400, "days"), (3_600, "hours"), (60, "minutes")] {
            if seconds >= 2 * length {
                return write!(f, "{} {unit}", seconds / length);
            }
        }
        write!(f, "{seconds} seconds")
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The thresholds of identities, and the end itself.
const BEFORE_ANCHORS: [Duration; 6] = [
    DAY.saturating_mul(30),
    DAY.saturating_mul(14),
    DAY.saturating_mul(7),
    DAY.saturating_mul(3),
    DAY,
    Duration::ZERO,
];
