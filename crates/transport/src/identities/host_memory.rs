//! The memory of what hosts have requested and rejected, for the identities of one generation.
//!
//! Leaves out the choice of an identity.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::uri::Authority;
use tokio::time::Instant;

/// The most recently used hosts, the newest last. An identity is known by its index among the
/// candidates.
#[derive(Debug, Default)]
pub(crate) struct HostMemory(Mutex<Vec<Host>>);

#[derive(Debug)]
struct Host {
    authority: Authority,
    rejections: Vec<(usize, Instant)>,
    /// The candidate that the next connection does not use.
    skipped: Option<usize>,
    fits: Vec<Fit>,
    /// The candidates whose last full handshake had no CertificateRequest.
    not_requested: Vec<usize>,
}

/// The fit of an identity for a server's CertificateRequest; the greater, the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    /// Its key supports one of the server's signature schemes.
    pub(crate) signs: bool,
    /// It was issued by one of the server's `certificate_authorities`, or the server named none.
    pub(crate) is_hinted_at: bool,
}

/// The notes on one host at one instant.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    rejected: Vec<usize>,
    fits: Vec<Fit>,
    not_requested: Vec<usize>,
}

impl Notes {
    pub(crate) fn is_rejected(&self, candidate: usize) -> bool {
        self.rejected.contains(&candidate)
    }

    /// Checks whether the session being resumed was established without a CertificateRequest.
    pub(crate) fn was_not_requested(&self, candidate: usize) -> bool {
        self.not_requested.contains(&candidate)
    }

    /// Returns the fit of a candidate; all are alike where nothing is known.
    pub(crate) fn fit(&self, candidate: usize) -> Fit {
        self.fits.get(candidate).copied().unwrap_or_default()
    }
}

impl HostMemory {
    /// Notes that the server has rejected this candidate.
    pub(crate) fn note_rejection(&self, authority: &Authority, candidate: usize) {
        let now = Instant::now();
        self.change(authority, |host| {
            host.rejections
                .retain(|(other, since)| *other != candidate && is_recent(*since, now));
            host.rejections.push((candidate, now));
        });
    }

    /// Makes one connection use another candidate, without a note against this one.
    pub(crate) fn skip_once(&self, authority: &Authority, candidate: usize) {
        self.change(authority, |host| host.skipped = Some(candidate));
    }

    /// Takes the candidate to be skipped, once.
    pub(crate) fn take_skipped(&self, authority: &Authority) -> Option<usize> {
        let mut hosts = self.locked();
        let host = hosts.iter_mut().find(|host| host.is(authority))?;
        host.skipped.take()
    }

    /// Notes how the candidates fit the server's CertificateRequest.
    pub(crate) fn note_fits(&self, authority: &Authority, fits: Vec<Fit>) {
        self.change(authority, |host| host.fits = fits);
    }

    /// Notes whether a full handshake had a CertificateRequest.
    pub(crate) fn note_request(&self, authority: &Authority, candidate: usize, is_requested: bool) {
        self.change(authority, |host| {
            host.not_requested.retain(|other| *other != candidate);
            if !is_requested {
                host.not_requested.push(candidate);
            }
        });
    }

    pub(crate) fn of(&self, authority: &Authority) -> Notes {
        let hosts = self.locked();
        let Some(host) = hosts.iter().find(|host| host.is(authority)) else {
            return Notes::default();
        };
        let rejections = host.rejections.iter();
        let recent = rejections.filter(|(_, since)| is_recent(*since, Instant::now()));
        Notes {
            rejected: recent.map(|(candidate, _)| *candidate).collect(),
            fits: host.fits.clone(),
            not_requested: host.not_requested.clone(),
        }
    }

    /// Changes the notes on a host, which becomes the newest.
    fn change(&self, authority: &Authority, change: impl FnOnce(&mut Host)) {
        let mut hosts = self.locked();
        let known = hosts.iter().position(|host| host.is(authority));
        let mut host = match known {
            Some(place) => hosts.remove(place),
            None => Host {
                authority: authority.clone(),
                rejections: Vec::new(),
                skipped: None,
                fits: Vec::new(),
                not_requested: Vec::new(),
            },
        };
        change(&mut host);
        // The first is the one that has not changed for longest.
        if hosts.len() >= MOST_HOSTS {
            hosts.remove(0);
        }
        hosts.push(host);
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Host>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    /// Compares authorities. Ignoring case is slow and rarely needed, so the exact comparison comes
    /// first.
    fn is(&self, authority: &Authority) -> bool {
        let (own, other) = (self.authority.as_str(), authority.as_str());
        own.len() == other.len() && (own == other || self.authority == *authority)
    }
}

fn is_recent(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < REJECTION_LIFETIME
}

/// The time for which a rejected identity is passed over. The reason may be temporary, such as an
/// outdated revocation list at the server; another attempt costs one handshake.
const REJECTION_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The number of hosts that are remembered; a client has a few.
const MOST_HOSTS: usize = 64;

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rejection_is_forgotten_after_five_minutes() {
        let memory = HostMemory::default();
        let [one, other] = ["one.example", "other.example:444"].map(Authority::from_static);
        memory.note_rejection(&one, 0);
        assert!(memory.of(&one).is_rejected(0));
        assert!(!memory.of(&one).is_rejected(1) && !memory.of(&other).is_rejected(0));
        advance(REJECTION_LIFETIME - Duration::from_millis(1)).await;
        assert!(memory.of(&one).is_rejected(0));
        advance(Duration::from_millis(1)).await;
        assert!(!memory.of(&one).is_rejected(0));
    }

    #[tokio::test(start_paused = true)]
    async fn number_of_remembered_hosts_is_bounded() {
        let memory = HostMemory::default();
        let host = |number| Authority::try_from(format!("{number}.example")).unwrap();
        for number in 0..=MOST_HOSTS {
            memory.note_rejection(&host(number), 0);
            memory.note_rejection(&host(number), 0);
        }
        assert!(
            !memory.of(&host(0)).is_rejected(0),
            "the oldest is forgotten"
        );
        assert!((1..=MOST_HOSTS).all(|number| memory.of(&host(number)).is_rejected(0)));
        let hosts = memory.locked();
        assert_eq!(hosts.len(), MOST_HOSTS);
        assert!(hosts.iter().all(|host| host.rejections.len() == 1));
    }

    #[test]
    fn usable_key_outranks_certificate_authority() {
        let signs = Fit {
            signs: true,
            is_hinted_at: false,
        };
        let hinted = Fit {
            signs: false,
            is_hinted_at: true,
        };
        assert!(signs > hinted && hinted > Fit::default());
    }
}
