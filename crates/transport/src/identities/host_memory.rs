//! What the hosts have said of the identities of one generation.
//!
//! Leaves out how an identity is chosen by it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::uri::Authority;
use tokio::time::Instant;

/// The hosts that were talked to of late, the newest last. An identity is known by its place among the candidates.
#[derive(Debug, Default)]
pub(crate) struct HostMemory(Mutex<Vec<Host>>);

#[derive(Debug)]
struct Host {
    authority: Authority,
    refusals: Vec<(usize, Instant)>,
    /// The candidate that the next connection is not opened with.
    skipped: Option<usize>,
    fits: Vec<Fit>,
    /// The candidates whose last full handshake went without a word about certificates.
    unasked: Vec<usize>,
}

/// How well an identity fits what a server asks for; the greater, the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit {
    /// Its key can sign in a scheme that the server offers.
    pub(crate) signs: bool,
    /// It was issued by an authority that the server hints at, or the server gives no hint.
    pub(crate) is_hinted_at: bool,
}

/// What is known of one host, at one instant.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    refused: Vec<usize>,
    fits: Vec<Fit>,
    unasked: Vec<usize>,
}

impl Notes {
    pub(crate) fn refused(&self, candidate: usize) -> bool {
        self.refused.contains(&candidate)
    }

    /// Was this candidate never asked for when the session was made that is resumed now?
    pub(crate) fn was_unasked(&self, candidate: usize) -> bool {
        self.unasked.contains(&candidate)
    }

    /// All are alike where nothing is known.
    pub(crate) fn fit(&self, candidate: usize) -> Fit {
        self.fits.get(candidate).copied().unwrap_or_default()
    }
}

impl HostMemory {
    /// The server has refused this candidate.
    pub(crate) fn note_refusal(&self, authority: &Authority, candidate: usize) {
        let now = Instant::now();
        self.change(authority, |host| {
            host.refusals
                .retain(|(other, since)| *other != candidate && is_recent(*since, now));
            host.refusals.push((candidate, now));
        });
    }

    /// One connection is to be opened with another candidate, and nothing is held against this one.
    pub(crate) fn skip_once(&self, authority: &Authority, candidate: usize) {
        self.change(authority, |host| host.skipped = Some(candidate));
    }

    /// The candidate to be skipped, once.
    pub(crate) fn take_skipped(&self, authority: &Authority) -> Option<usize> {
        let mut hosts = self.locked();
        let host = hosts.iter_mut().find(|host| host.is(authority))?;
        host.skipped.take()
    }

    /// The server has told in a handshake what it wants.
    pub(crate) fn note_fits(&self, authority: &Authority, fits: Vec<Fit>) {
        self.change(authority, |host| host.fits = fits);
    }

    /// A full handshake has shown whether the server asks.
    pub(crate) fn note_asked(&self, authority: &Authority, candidate: usize, is_asked: bool) {
        self.change(authority, |host| {
            host.unasked.retain(|other| *other != candidate);
            if !is_asked {
                host.unasked.push(candidate);
            }
        });
    }

    pub(crate) fn of(&self, authority: &Authority) -> Notes {
        let hosts = self.locked();
        let Some(host) = hosts.iter().find(|host| host.is(authority)) else {
            return Notes::default();
        };
        let refusals = host.refusals.iter();
        let recent = refusals.filter(|(_, since)| is_recent(*since, Instant::now()));
        Notes {
            refused: recent.map(|(candidate, _)| *candidate).collect(),
            fits: host.fits.clone(),
            unasked: host.unasked.clone(),
        }
    }

    /// Changes what is known of a host, which thereby is the newest.
    fn change(&self, authority: &Authority, change: impl FnOnce(&mut Host)) {
        let mut hosts = self.locked();
        let known = hosts.iter().position(|host| host.is(authority));
        let mut host = match known {
            Some(place) => hosts.remove(place),
            None => Host {
                authority: authority.clone(),
                refusals: Vec::new(),
                skipped: None,
                fits: Vec::new(),
                unasked: Vec::new(),
            },
        };
        change(&mut host);
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
    /// Names are compared without regard to case, which is rarely needed and slow.
    fn is(&self, authority: &Authority) -> bool {
        let (own, other) = (self.authority.as_str(), authority.as_str());
        own.len() == other.len() && (own == other || self.authority == *authority)
    }
}

fn is_recent(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < FORGIVEN_AFTER
}

/// How long an identity is passed over. A server may have refused it for a passing reason, such as a list of revoked
/// certificates that was out of date; to try again costs one handshake.
const FORGIVEN_AFTER: Duration = Duration::from_secs(5 * 60);
/// Hosts that are kept in mind; a client talks to a few.
const MOST_HOSTS: usize = 64;

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_forgiven_after_five_minutes() {
        let memory = HostMemory::default();
        let [one, other] = ["one.example", "other.example:444"].map(Authority::from_static);
        memory.note_refusal(&one, 0);
        assert!(memory.of(&one).refused(0));
        assert!(!memory.of(&one).refused(1) && !memory.of(&other).refused(0));
        advance(FORGIVEN_AFTER - Duration::from_millis(1)).await;
        assert!(memory.of(&one).refused(0));
        advance(Duration::from_millis(1)).await;
        assert!(!memory.of(&one).refused(0));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_kept_than_a_client_talks_to_hosts() {
        let memory = HostMemory::default();
        let host = |number| Authority::try_from(format!("{number}.example")).unwrap();
        for number in 0..=MOST_HOSTS {
            memory.note_refusal(&host(number), 0);
            memory.note_refusal(&host(number), 0);
        }
        assert!(!memory.of(&host(0)).refused(0), "the oldest is forgotten");
        assert!((1..=MOST_HOSTS).all(|number| memory.of(&host(number)).refused(0)));
        let hosts = memory.locked();
        assert_eq!(hosts.len(), MOST_HOSTS);
        assert!(hosts.iter().all(|host| host.refusals.len() == 1));
    }

    #[test]
    fn a_key_that_can_sign_counts_more_than_a_hint() {
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
