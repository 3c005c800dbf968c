//! The expected behaviour of the client, as plain data.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;
use transport::ErrorKind;

use super::servers::{Servers, Shown};

/// A generation: its number, its identities in order, and what the host has refused of them, and
/// when.
#[derive(Clone, Debug)]
struct Generation {
    number: u64,
    places: Vec<usize>,
    refused: BTreeMap<usize, Instant>,
    /// Those that have a session, which belongs to this generation alone.
    sessions: BTreeSet<usize>,
    /// The identity that was presented on the connection that is kept, and since when it is idle.
    kept: Option<(usize, Instant)>,
}

/// The settings under which a machine runs.
pub(super) struct Rules {
    pub(super) has_failover: bool,
    pub(super) has_sessions: bool,
    pub(super) keeps_connections: bool,
    pub(super) is_tls12: bool,
}

pub(super) struct Model {
    pub(super) rules: Rules,
    current: Generation,
    prepared: Vec<Generation>,
    newest: u64,
    /// The identities that the reloader has given the client last.
    followed: Vec<usize>,
}

/// The outcome of a request, and the identities that the server is shown on its way.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) outcome: Outcome,
    pub(super) shown: Vec<Shown>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Answered(usize),
    Refused(ErrorKind),
}

const FORGIVEN_AFTER: Duration = Duration::from_secs(5 * 60);
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

impl Generation {
    fn new(number: u64, places: &[usize]) -> Self {
        Self {
            number,
            places: places.to_vec(),
            refused: BTreeMap::new(),
            sessions: BTreeSet::new(),
            kept: None,
        }
    }

    /// Takes the connection that is kept, if it has not been idle for too long.
    fn take_kept(&mut self) -> Option<usize> {
        let (place, since) = self.kept.take()?;
        (since.elapsed() <= IDLE_TIMEOUT).then_some(place)
    }

    fn is_refused(&self, place: usize) -> bool {
        let since = self.refused.get(&place);
        since.is_some_and(|since| since.elapsed() < FORGIVEN_AFTER)
    }

    /// Returns the first that is not refused and valid, else not refused, else valid, else the
    /// first.
    fn choose(&self, servers: &Servers) -> usize {
        self.choose_besides(servers, None)
    }

    /// Chooses as [`choose`](Self::choose) does, but not the skipped one, if there is another.
    fn choose_besides(&self, servers: &Servers, skipped: Option<usize>) -> usize {
        let places = || self.places.iter().copied();
        let first = |accepts: &dyn Fn(usize) -> bool| {
            let mut others = places().filter(|place| Some(*place) != skipped);
            others.find(|place| accepts(*place))
        };
        first(&|place| !self.is_refused(place) && servers.is_valid(place))
            .or_else(|| first(&|place| !self.is_refused(place)))
            .or_else(|| first(&|place| servers.is_valid(place)))
            .or_else(|| first(&|_| true))
            .unwrap_or(self.places[0])
    }

    /// Shows one identity; the server's verdict if that is no. Who resumes a session is not judged.
    fn show(
        &mut self,
        servers: &Servers,
        has_sessions: bool,
        skipped: Option<usize>,
        shown: &mut Vec<Shown>,
    ) -> (usize, Option<ErrorKind>) {
        let place = self.choose_besides(servers, skipped);
        let is_resumed = self.sessions.contains(&place);
        shown.push(Shown { place, is_resumed });
        let verdict = servers.verdict(place).filter(|_| !is_resumed);
        if verdict.is_none() && has_sessions {
            self.sessions.insert(place);
        }
        (place, verdict)
    }

    fn refuse(&mut self, place: usize) {
        self.refused.insert(place, Instant::now());
    }
}

impl Model {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            current: Generation::new(1, &[0]),
            prepared: Vec::new(),
            newest: 1,
            followed: Vec::new(),
        }
    }

    pub(super) fn generation(&self) -> u64 {
        self.current.number
    }

    pub(super) fn first_of(places: &[usize], servers: &Servers) -> usize {
        Generation::new(0, places).choose(servers)
    }

    /// Records that a connector was prepared and forgotten.
    pub(super) fn connected(&mut self) {
        self.newest += 1;
    }

    pub(super) fn rotated(&mut self, places: &[usize]) {
        self.newest += 1;
        self.current = Generation::new(self.newest, places);
    }

    pub(super) fn prepared(&mut self, places: &[usize]) {
        self.newest += 1;
        self.prepared.push(Generation::new(self.newest, places));
    }

    /// Publishes a prepared generation, unless the one in use is newer.
    pub(super) fn published(&mut self, which: usize) {
        let prepared = &self.prepared[which];
        if self.current.number < prepared.number {
            self.current = prepared.clone();
        }
    }

    /// Ends the sessions that time ends. A ticket of TLS 1.3 is good for a week at most (RFC 8446,
    /// section 4.6.1); a session of TLS 1.2 that the server
    /// knows by its number is good for as long as the server has it (RFC 5246, section 7.3).
    pub(super) fn years_passed(&mut self) {
        if !self.rules.is_tls12 {
            self.current.sessions.clear();
        }
    }

    /// Returns the identities of the generation in use.
    pub(super) fn places(&self) -> Vec<usize> {
        self.current.places.clone()
    }

    /// Gives the client what can be used, if that is news to it, as a reloader does. A rotation by
    /// hand since then is undone.
    pub(super) fn reloaded(&mut self, usable: Vec<usize>) {
        if self.followed != self.current.places {
            self.followed.clear();
        }
        if !usable.is_empty() && usable != self.followed {
            self.rotated(&usable);
            self.followed = usable;
        }
    }

    pub(super) fn request(&mut self, servers: &Servers) -> Expected {
        let expected = match self.current.take_kept() {
            Some(place) => Expected {
                outcome: Outcome::Answered(place),
                shown: Vec::new(),
            },
            None => self.connecting(servers),
        };
        if let Outcome::Answered(place) = expected.outcome
            && self.rules.keeps_connections
        {
            self.current.kept = Some((place, Instant::now()));
        }
        expected
    }

    fn connecting(&mut self, servers: &Servers) -> Expected {
        let (mut shown, has_sessions) = (Vec::new(), self.rules.has_sessions);
        let is_protected = !self.rules.is_tls12;
        let generation = &mut self.current;
        let (first, verdict) = generation.show(servers, has_sessions, None, &mut shown);
        // Under TLS 1.2 anyone may have sent the verdict: it is held against the identity once
        // another is taken.
        let skipped = Some(first).filter(|_| !is_protected);
        if verdict.is_some() && is_protected {
            generation.refuse(first);
        }
        let outcome = match verdict {
            None => Outcome::Answered(first),
            Some(refusal) => {
                let is_left = generation
                    .places
                    .iter()
                    .any(|it| *it != first && !generation.is_refused(*it));
                if self.rules.has_failover && is_left {
                    match generation.show(servers, has_sessions, skipped, &mut shown) {
                        (next, None) => {
                            if !is_protected {
                                generation.refuse(first);
                            }
                            Outcome::Answered(next)
                        }
                        (next, Some(_)) => {
                            if is_protected {
                                generation.refuse(next);
                            }
                            Outcome::Refused(refusal)
                        }
                    }
                } else {
                    Outcome::Refused(refusal)
                }
            }
        };
        Expected { outcome, shown }
    }
}
