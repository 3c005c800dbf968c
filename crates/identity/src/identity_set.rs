//! The identities of one account, of which the one to present changes with time.
//!
//! Validity is that of [RFC 5280, section 4.1.2.5]: "the period of time from notBefore through
//! notAfter, inclusive". Both are whole seconds, and the last one counts to its end. Leaves out
//! where the identities come from and when to look for new ones.
//!
//! [RFC 5280, section 4.1.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5

use std::cmp::Reverse;
use std::iter;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use vocabulary::Fingerprint;

use crate::error::Error;
use crate::identity::Identity;
use crate::time::end_of;

/// The identities of one account, one or more, so that a certificate is replaced before it ends and
/// no connection has to wait.
///
/// An account may have several live certificates, with Trulioo [five](Self::TRULIOO). The new one
/// is added while the old one still serves; each has a key of its own or shares one. The one to
/// present is, of those valid, **the one that started last**, even if an earlier one ends later:
/// a certificate is requested to be used. Load with
/// [`Loader::allow_outside_validity`](crate::Loader::allow_outside_validity), or a certificate that
/// starts tomorrow is refused today.
///
/// A set never changes: replace it as a whole when files do. It reads no clock, every method takes
/// the instant, and none panics, whatever the instant. That all members are of one account is
/// not checked.
///
/// # Examples
///
/// ```
/// # use std::time::SystemTime;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use identity::{IdentitySet, Loader};
///
/// # fn main() -> Result<(), identity::Error> {
/// # let chain = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/chain.pem"));
/// # let key = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/key.pem"));
/// # let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
/// let loader = Loader::new().validate_at(now).allow_outside_validity();
/// let (identity, _report) = loader.load(chain, key)?.into_parts();
/// let set = IdentitySet::new([Arc::new(identity)], IdentitySet::TRULIOO)?;
///
/// // For each handshake:
/// if let Some(identity) = set.current_at(now) {
///     let key = identity.secret_key().map(|key| key.clone_key());
///     let _for_rustls = (identity.certificate_chain(), key);
/// }
/// // Once a day: is it time to request the next one?
/// let a_month = Duration::from_secs(30 * 24 * 60 * 60);
/// let is_due = set.renew_by(now, a_month) <= now;
/// # assert!(!is_due);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IdentitySet {
    members: Vec<Arc<Identity>>,
}

impl IdentitySet {
    /// The most live client certificates that an account with Trulioo may have.
    ///
    /// "Organizations can have up to five live Trulioo client certificates", says the vendor's
    /// guide to mutual TLS.
    pub const TRULIOO: usize = 5;

    /// Makes a set of at most `limit` identities, in whatever order they come and whether valid or
    /// not.
    ///
    /// The same leaf certificate twice counts once; the copy with the longer chain stays, since an
    /// issuer that was left out is what a server cannot make up for.
    ///
    /// # Errors
    ///
    /// [`Error::NoIdentity`] if there is none, [`Error::TooManyIdentities`] if there are more than
    /// `limit` different ones. Those that have ended count too.
    pub fn new(
        identities: impl IntoIterator<Item = Arc<Identity>>,
        limit: usize,
    ) -> Result<Self, Error> {
        let mut members: Vec<Arc<Identity>> = identities.into_iter().collect();
        members.sort_by_key(|identity| {
            let leaf = identity.leaf();
            (
                Reverse((leaf.not_before(), leaf.not_after())),
                leaf.sha256(),
                Reverse(identity.certificate_chain().len()),
            )
        });
        members.dedup_by_key(|identity| fingerprint(identity));
        match members.len() {
            0 => Err(Error::NoIdentity),
            found if found > limit => Err(Error::TooManyIdentities { found, limit }),
            _ => Ok(Self { members }),
        }
    }

    /// Returns all members, valid or not: the latest start first, then the latest end, then the
    /// lowest fingerprint.
    ///
    /// For showing them, or for telling whether a new set differs. What to present is
    /// [`current_at`](Self::current_at).
    #[must_use]
    pub fn members(&self) -> &[Arc<Identity>] {
        &self.members
    }

    /// Returns the members that are valid at this instant, the one to present first.
    ///
    /// The others are what a client may fall back on if a server refuses the first.
    pub fn usable_at(&self, now: SystemTime) -> impl Iterator<Item = &Arc<Identity>> {
        let members = self.members.iter();
        members.filter(move |identity| identity.leaf().not_before() <= now && now < end(identity))
    }

    /// Returns the one to present at this instant; `None` if no member is valid.
    ///
    /// It costs a few comparisons, so a client asks for each handshake.
    #[must_use]
    pub fn current_at(&self, now: SystemTime) -> Option<&Arc<Identity>> {
        self.usable_at(now).next()
    }

    /// Returns the first instant after `now` at which [`current_at`](Self::current_at) returns
    /// differently; `None` if it never will.
    ///
    /// For a client that keeps connections open: it presented the old identity on them, and closes
    /// them when a new one takes over. A timer that is to ring at that instant misses corrections
    /// of the clock, so look again now and then.
    #[must_use]
    pub fn next_change_after(&self, now: SystemTime) -> Option<NextChange<'_>> {
        let current = self.current_at(now).map(fingerprint);
        let mut instants: Vec<SystemTime> = self
            .members
            .iter()
            .flat_map(|identity| [identity.leaf().not_before(), end(identity)])
            .filter(|instant| now < *instant)
            .collect();
        instants.sort_unstable();
        instants
            .into_iter()
            .map(|at| NextChange {
                at,
                identity: self.current_at(at),
            })
            .find(|change| change.identity.map(fingerprint) != current)
    }

    /// Returns the first instant after `now` at which no member is valid: until then there is
    /// always one to present. `None` if there is none now.
    ///
    /// It is one second after the `not_after` of the member that ends last, or of an earlier one
    /// if there is a gap behind it. Two members leave no gap if the second starts at the last
    /// second of the first, or at the second after it.
    #[must_use]
    pub fn covered_until(&self, now: SystemTime) -> Option<SystemTime> {
        // Each step ends later than the one before it, so there are at most as many as members.
        iter::successors(self.last_end_at(now), |until| self.last_end_at(*until)).last()
    }

    /// Returns the instant by which to request a new certificate: as long before the first instant
    /// without one as `lead` says, and `now` if that has passed or there is none now.
    ///
    /// A member that starts only after a gap does not put it off. `lead` is what it takes to get a
    /// certificate and bring it to every machine.
    #[must_use]
    pub fn renew_by(&self, now: SystemTime, lead: Duration) -> SystemTime {
        let due = self
            .covered_until(now)
            .and_then(|until| until.checked_sub(lead));
        due.map_or(now, |due| due.max(now))
    }

    /// Returns the latest end among the members that are valid at this instant; it lies after it.
    fn last_end_at(&self, instant: SystemTime) -> Option<SystemTime> {
        self.usable_at(instant).map(end).max()
    }
}

/// When the identity to present changes, and to which.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NextChange<'a> {
    /// The first instant at which it has changed: a member's `not_before`, or one second after a
    /// member's `not_after`.
    pub at: SystemTime,
    /// The one to present from then on; `None` if no member is valid then.
    pub identity: Option<&'a Arc<Identity>>,
}

/// Returns the first instant after the validity.
fn end(identity: &Arc<Identity>) -> SystemTime {
    end_of(identity.leaf().not_after())
}

fn fingerprint(identity: &Arc<Identity>) -> Fingerprint {
    identity.leaf().sha256()
}
