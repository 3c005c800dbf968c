//! The places of requests in progress, shared among peers.
//!
//! There is no queue: a request gets a place or a 503 at once. So that no peer takes what the next
//! one needs, each may have three times as many places as are free (the dynamic thresholds of
//! Choudhury and Hahne, for buffers of switches): one alone has three quarters of all, two that
//! want everything settle at three sevenths each, and there is room for one more. Connections that
//! cannot be told apart, as on loopback, are peers with such a share together: one program may have
//! opened all of them. When there is no place, the request whose caller has kept us waiting for
//! longest makes room for a peer that has none at all.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use slab::Slab;
use tokio::time::Instant;

use crate::caller_wait::CallerWait;
use crate::peer::Peer;

/// The places of a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Places(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    free: usize,
    /// Of each peer that has any, the number of its places.
    held: HashMap<Peer, usize>,
    /// The number of places of all connections that cannot be told apart.
    held_by_connections: usize,
    taken: Slab<Taken>,
    /// Before this, no caller can have kept us waiting for long enough.
    next_search: Option<Instant>,
}

#[derive(Debug)]
struct Taken {
    /// None once another request has got the place.
    peer: Option<Peer>,
    wait: CallerWait,
}

/// The place of one request; it is free on drop.
#[derive(Debug)]
pub(crate) struct RequestPlace {
    places: Places,
    key: usize,
}

/// The times that a peer may have of what is free.
pub(crate) const TIMES_FREE: usize = 3;

/// The time that a caller is waited for in any case: an upload comes in pieces.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time between two searches that find no one, so that a 503 costs next to nothing.
const BETWEEN_SEARCHES: Duration = Duration::from_millis(10);

impl Places {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: limit,
            held: HashMap::new(),
            held_by_connections: 0,
            taken: Slab::new(),
            next_search: None,
        })))
    }

    /// Takes a place for a request of a peer, whose body is waited for as `wait` says; none if the
    /// peer has its share, or if there is none.
    pub(crate) fn take(&self, peer: Peer, wait: &CallerWait, now: Instant) -> Option<RequestPlace> {
        let mut state = self.locked();
        let held = state.held.get(&peer).copied().unwrap_or_default();
        let held_together = match peer.is_connection() {
            true => state.held_by_connections,
            false => held,
        };
        if held_together < state.free.saturating_mul(TIMES_FREE) {
            state.free -= 1;
        } else if held > 0 || !state.take_from_slowest(peer, now) {
            return None;
        }
        *state.held.entry(peer).or_default() += 1;
        state.held_by_connections += usize::from(peer.is_connection());
        let key = state.taken.insert(Taken {
            peer: Some(peer),
            wait: wait.clone(),
        });
        Some(RequestPlace {
            places: self.clone(),
            key,
        })
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives up the request whose caller has been waited for longest; returns whether there is one.
    ///
    /// For a connection that cannot be told apart, one of those, unless they have none.
    fn take_from_slowest(&mut self, peer: Peer, now: Instant) -> bool {
        if self.next_search.is_some_and(|next| now < next) {
            return false;
        }
        let candidates = self.taken.iter_mut();
        let is_from_all = !peer.is_connection() || self.held_by_connections == 0;
        let candidates = candidates.filter(|(_, taken)| {
            let peer = taken.peer;
            peer.is_some_and(|peer| is_from_all || peer.is_connection())
        });
        let candidates = candidates.filter_map(|(_, taken)| {
            let since = taken.wait.since()?;
            (now.saturating_duration_since(since) >= PATIENCE).then_some((since, taken))
        });
        let Some((_, slowest)) = candidates.min_by_key(|(since, _)| *since) else {
            self.next_search = Some(now + BETWEEN_SEARCHES);
            return false;
        };
        slowest.wait.give_up();
        if let Some(peer) = slowest.peer.take() {
            self.leave(peer);
        }
        true
    }

    fn leave(&mut self, peer: Peer) {
        self.held_by_connections -= usize::from(peer.is_connection());
        if let Entry::Occupied(mut held) = self.held.entry(peer) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

impl Drop for RequestPlace {
    fn drop(&mut self) {
        let mut state = self.places.locked();
        if let Some(Taken {
            peer: Some(peer), ..
        }) = state.taken.try_remove(self.key)
        {
            state.free += 1;
            state.leave(peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Peer = Peer::User(1);
    const OTHER: Peer = Peer::User(2);

    /// Takes as many places as a peer gets.
    fn fill(places: &Places, peer: Peer) -> Vec<RequestPlace> {
        let take = || places.take(peer, &CallerWait::default(), Instant::now());
        std::iter::from_fn(take).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn greedy_peers_leave_room_for_others() {
        let places = Places::new(256);
        let greedy = fill(&places, ONE);
        assert_eq!(greedy.len(), 192);
        let others: Vec<_> = (0..3)
            .map(|it| fill(&places, Peer::User(10 + it)))
            .collect();
        let counts: Vec<_> = others.iter().map(Vec::len).collect();
        assert_eq!(counts, [48, 12, 3]);
        drop((greedy, others));
        assert_eq!(fill(&places, OTHER).len(), 192);
        let state = places.locked();
        assert!(state.held.is_empty() && state.free == 256, "{state:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn connections_have_one_share_together() {
        let places = Places::new(256);
        let take = |number: u64| {
            let peer = Peer::Connection(number / 64);
            places.take(peer, &CallerWait::default(), Instant::now())
        };
        let connections: Vec<_> = (0..7 * 64).filter_map(take).collect();
        assert_eq!(connections.len(), 192);
        assert_eq!(fill(&places, ONE).len(), 48);
        drop(connections);
        let state = places.locked();
        assert_eq!((state.held_by_connections, state.free), (0, 256));
    }

    #[tokio::test(start_paused = true)]
    async fn connections_make_room_among_themselves() {
        let places = Places::new(4);
        let take = |peer, wait: &CallerWait| places.take(peer, wait, Instant::now());
        let (user, connection, busy) = <(CallerWait, CallerWait, CallerWait)>::default();
        let _user = take(ONE, &user).unwrap();
        user.begin(Instant::now());
        connection.begin(Instant::now());
        let _connection = take(Peer::Connection(1), &connection).unwrap();
        let _others: Vec<_> = (2..4)
            .map(|number| take(Peer::Connection(number), &busy).unwrap())
            .collect();
        tokio::time::advance(PATIENCE).await;
        let _new = take(Peer::Connection(4), &busy).unwrap();
        assert!(connection.is_given_up() && !user.is_given_up());
        assert!(take(Peer::Connection(5), &busy).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn single_place_can_be_had() {
        let places = Places::new(1);
        let first = fill(&places, ONE);
        assert_eq!(first.len(), 1);
        assert!(fill(&places, OTHER).is_empty());
        drop(first);
        assert_eq!(fill(&places, OTHER).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn slowest_caller_makes_room_when_all_are_taken() {
        let places = Places::new(2);
        let take =
            |number, wait: &CallerWait| places.take(Peer::Connection(number), wait, Instant::now());
        let (slow, slower, busy) = <(CallerWait, CallerWait, CallerWait)>::default();
        let first = take(1, &slower).unwrap();
        let _second = take(2, &slow).unwrap();
        slower.begin(Instant::now());
        tokio::time::advance(Duration::from_millis(500)).await;
        slow.begin(Instant::now());
        tokio::time::advance(Duration::from_millis(499)).await;
        assert!(take(3, &busy).is_none(), "an upload comes in pieces");
        tokio::time::advance(BETWEEN_SEARCHES).await;
        assert!(take(1, &busy).is_none(), "it has as many itself");
        let third = take(3, &busy).unwrap();
        assert!(slower.is_given_up() && !slow.is_given_up());
        // Its place is another's.
        drop(first);
        assert!(take(4, &busy).is_none());
        drop(third);
        assert!(take(4, &busy).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn caller_that_goes_on_keeps_its_place() {
        let places = Places::new(1);
        let wait = CallerWait::default();
        let _place = places.take(ONE, &wait, Instant::now()).unwrap();
        wait.begin(Instant::now());
        tokio::time::advance(2 * PATIENCE).await;
        wait.end();
        assert!(fill(&places, OTHER).is_empty());
        assert!(!wait.is_given_up());
    }
}
