//! What the client has to do, as plain data.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;
use transport::ErrorKind;

use super::world::World;

/// A generation: its number, its identities in order, and what the host has refused of them, and when.
#[derive(Clone, Debug)]
struct Generation {
    number: u64,
    places: Vec<usize>,
    refused: BTreeMap<usize, Instant>,
}

pub(super) struct Model {
    has_failover: bool,
    pub(super) is_tls12: bool,
    current: Generation,
    prepared: Option<Generation>,
    newest: u64,
    /// What the follower has given the client last.
    followed: Vec<usize>,
}

/// What a request comes to, and whom the server is shown on its way.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) outcome: Outcome,
    pub(super) shown: Vec<usize>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Answered(usize),
    Refused(ErrorKind),
}

const FORGIVEN_AFTER: Duration = Duration::from_secs(5 * 60);

impl Generation {
    fn new(number: u64, places: &[usize]) -> Self {
        Self {
            number,
            places: places.to_vec(),
            refused: BTreeMap::new(),
        }
    }

    fn is_refused(&self, place: usize) -> bool {
        let since = self.refused.get(&place);
        since.is_some_and(|since| since.elapsed() < FORGIVEN_AFTER)
    }

    /// The first that is not refused and valid, else not refused, else valid, else the first.
    fn choose(&self, world: &World) -> usize {
        let first = |accepts: &dyn Fn(usize) -> bool| {
            self.places.iter().copied().find(|place| accepts(*place))
        };
        first(&|place| !self.is_refused(place) && world.is_valid(place))
            .or_else(|| first(&|place| !self.is_refused(place)))
            .or_else(|| first(&|place| world.is_valid(place)))
            .unwrap_or(self.places[0])
    }

    /// Shows one identity; the server's verdict if that is no.
    fn show(&mut self, world: &World, shown: &mut Vec<usize>) -> (usize, Option<ErrorKind>) {
        let place = self.choose(world);
        shown.push(place);
        let verdict = world.verdict(place);
        if verdict.is_some() {
            self.refused.insert(place, Instant::now());
        }
        (place, verdict)
    }
}

impl Model {
    pub(super) fn new(has_failover: bool, is_tls12: bool) -> Self {
        Self {
            has_failover,
            is_tls12,
            current: Generation::new(1, &[0]),
            prepared: None,
            newest: 1,
            followed: Vec::new(),
        }
    }

    pub(super) fn generation(&self) -> u64 {
        self.current.number
    }

    pub(super) fn first_of(places: &[usize], world: &World) -> usize {
        Generation::new(0, places).choose(world)
    }

    /// A connector was prepared and forgotten.
    pub(super) fn connected(&mut self) {
        self.newest += 1;
    }

    pub(super) fn rotated(&mut self, places: &[usize]) {
        self.newest += 1;
        self.current = Generation::new(self.newest, places);
    }

    pub(super) fn prepared(&mut self, places: &[usize]) {
        self.newest += 1;
        self.prepared = Some(Generation::new(self.newest, places));
    }

    /// A newer generation stays.
    pub(super) fn published(&mut self) {
        if let Some(prepared) = &self.prepared
            && self.current.number < prepared.number
        {
            self.current = prepared.clone();
        }
    }

    /// A follower gives the client what can be used, if that is news to it.
    pub(super) fn reloaded(&mut self, usable: Vec<usize>) {
        if !usable.is_empty() && usable != self.followed {
            self.rotated(&usable);
            self.followed = usable;
        }
    }

    pub(super) fn request(&mut self, world: &World) -> Expected {
        let mut shown = Vec::new();
        let generation = &mut self.current;
        let (first, verdict) = generation.show(world, &mut shown);
        let outcome = match verdict {
            None => Outcome::Answered(first),
            Some(refusal) => {
                let is_left = generation
                    .places
                    .iter()
                    .any(|it| !generation.is_refused(*it));
                if self.has_failover && is_left {
                    match generation.show(world, &mut shown) {
                        (next, None) => Outcome::Answered(next),
                        (_, Some(_)) => Outcome::Refused(refusal),
                    }
                } else {
                    Outcome::Refused(refusal)
                }
            }
        };
        Expected { outcome, shown }
    }
}
