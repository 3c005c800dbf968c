//! The open connections, of which one makes room for a new one.
//!
//! Whoever opens them may have three times as many as are free, as of the places of requests. Those
//! that cannot be told apart, as on loopback, have such a share together, and count as one when one
//! of them makes room: whoever runs here could else have those closed that others keep.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slab::Slab;
use tokio::{sync::Notify, time::Instant};

use crate::peer::{Origin, Peer};
use crate::places::TIMES_FREE;
use crate::requests::Requests;
use crate::telemetry::CountedConnection;

/// The connections of a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    open: Arc<Mutex<Open>>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Open {
    entries: Slab<Entry>,
    /// The number of connections so far.
    accepted: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    origin: Origin,
    requests: Arc<Requests>,
    evict: Arc<Notify>,
    is_evicted: bool,
}

/// The place of one connection; it is free on drop.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Connections,
    key: usize,
    peer: Peer,
    requests: Arc<Requests>,
    evict: Arc<Notify>,
    _counted: CountedConnection,
}

impl Connections {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            open: Arc::default(),
            limit,
        }
    }

    /// Takes a place for a new connection; none if all are taken, or the share of its origin, and
    /// no connection can make room.
    ///
    /// One makes room that is idle, or else one whose responses are not taken, of the origin with
    /// the most of them: of none with fewer than the new one's, so that no one closes the
    /// connections of others by opening new ones.
    pub(crate) fn place(&self, origin: Origin, now: Instant) -> Option<Place> {
        let mut open = self.locked();
        open.accepted += 1;
        let peer = origin.peer(open.accepted);
        open.make_room(self.limit, origin, now)?;
        let requests = Arc::new(Requests::new(now));
        let evict = Arc::new(Notify::new());
        let key = open.entries.insert(Entry {
            origin,
            requests: Arc::clone(&requests),
            evict: Arc::clone(&evict),
            is_evicted: false,
        });
        Some(Place {
            connections: self.clone(),
            key,
            peer,
            requests,
            evict,
            _counted: CountedConnection::new(),
        })
    }

    /// Evicts all, as if each had been idle for longest.
    #[cfg(test)]
    pub(crate) fn evict_all(&self) {
        for (_, entry) in &self.locked().entries {
            entry.evict.notify_one();
        }
    }

    fn locked(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Evicts a connection if there are as many as there may be, of all or of the origin; none if
    /// it cannot.
    fn make_room(&mut self, limit: usize, origin: Origin, now: Instant) -> Option<()> {
        // Those that are evicted are on their way out, and bounded by those that are accepted.
        let staying = self.entries.iter().filter(|(_, it)| !it.is_evicted);
        let held = staying.clone().filter(|(_, it)| it.origin == origin);
        let held = held.count();
        let free = limit.saturating_sub(staying.clone().count());
        if held < free.saturating_mul(TIMES_FREE) {
            return Some(());
        }
        let mut of_origins = HashMap::<Origin, usize>::new();
        for (_, entry) in staying {
            *of_origins.entry(entry.origin).or_default() += 1;
        }
        let candidates = self.entries.iter_mut().filter(|(_, it)| !it.is_evicted);
        let candidates = candidates.filter_map(|(_, entry)| {
            let count = of_origins.get(&entry.origin).copied().unwrap_or_default();
            let (loss, since) = entry.requests.loss(now)?;
            (count >= held).then_some(((loss, Reverse(count), since), entry))
        });
        let (_, chosen) = candidates.min_by_key(|(order, _)| *order)?;
        chosen.is_evicted = true;
        chosen.evict.notify_one();
        Some(())
    }
}

impl Place {
    /// Returns the peer at the other end.
    pub(crate) fn peer(&self) -> Peer {
        self.peer
    }

    pub(crate) fn requests(&self) -> &Arc<Requests> {
        &self.requests
    }

    /// Waits until the connection has to make room.
    pub(crate) async fn evicted(&self) {
        self.evict.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.locked().entries.try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::requests::RequestInProgress;

    #[tokio::test(start_paused = true)]
    async fn longest_idle_makes_room_and_busy_ones_stay() {
        let connections = Connections::new(2);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let busy = connections.place(Origin::Loopback, at(0)).unwrap();
        let request = busy.requests().begin();
        let idle = connections.place(Origin::Loopback, at(1)).unwrap();
        let third = connections.place(Origin::Loopback, at(2)).unwrap();
        idle.evicted().await;
        let other = third.requests().begin();
        assert!(
            connections.place(Origin::Loopback, at(3)).is_none(),
            "none is idle"
        );
        drop(other);
        assert!(connections.place(Origin::Loopback, at(4)).is_some());
        drop((request, busy, idle, third));
        assert!(connections.locked().entries.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn peer_with_most_connections_makes_room() {
        let connections = Connections::new(4);
        let start = Instant::now();
        let place = |user, seconds| {
            let at = start + Duration::from_secs(seconds);
            connections.place(Origin::User(user), at).unwrap()
        };
        let _others = (place(1, 0), place(2, 1));
        let many = [place(3, 2), place(3, 3)];
        // It has more of them, if not the longest idle.
        let _new = place(3, 4);
        many[0].evicted().await;
        let _third = place(2, 5);
        many[1].evicted().await;
    }

    /// Opens connections, each with a request, until no more are taken.
    fn busy(connections: &Connections, origin: Origin) -> Vec<(Place, RequestInProgress)> {
        let place = || connections.place(origin, Instant::now());
        let begun = || {
            let place = place()?;
            let request = place.requests().begin();
            Some((place, request))
        };
        std::iter::from_fn(begun).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn busy_peer_leaves_room_for_others() {
        let connections = Connections::new(1024);
        let greedy = busy(&connections, Origin::User(1));
        assert_eq!(greedy.len(), 768);
        let idle = connections.place(Origin::User(2), Instant::now()).unwrap();
        // It may have no more, though one of another is idle.
        assert!(busy(&connections, Origin::User(1)).is_empty());
        assert!(!connections.locked().entries[idle.key].is_evicted);
        assert_eq!(busy(&connections, Origin::User(3)).len(), 192);
    }

    #[tokio::test(start_paused = true)]
    async fn loopback_has_one_share_of_connections() {
        let connections = Connections::new(1024);
        let local = busy(&connections, Origin::Loopback);
        assert_eq!(local.len(), 768);
        let user = busy(&connections, Origin::User(1));
        assert_eq!(user.len(), 192);
        drop(local);
        assert_eq!(busy(&connections, Origin::Loopback).len(), 624);
    }

    #[tokio::test(start_paused = true)]
    async fn loopback_makes_room_for_itself() {
        let connections = Connections::new(8);
        let place = |origin| connections.place(origin, Instant::now()).unwrap();
        // Longer idle than all others.
        let user = [place(Origin::User(1)), place(Origin::User(1))];
        let mut local = Vec::new();
        for _ in 0..64 {
            tokio::time::advance(Duration::from_millis(1)).await;
            local.push(place(Origin::Loopback));
        }
        let is_evicted = |place: &Place| connections.locked().entries[place.key].is_evicted;
        assert!(!user.iter().any(is_evicted));
        let (evicted, kept) = local.split_at(59);
        assert!(evicted.iter().all(is_evicted) && !kept.iter().any(is_evicted));
        // The user may have more, and loopback, which has the most, makes room.
        let _third = place(Origin::User(1));
        let _fourth = place(Origin::User(1));
        assert!(!user.iter().any(is_evicted) && is_evicted(&kept[0]));
    }

    #[tokio::test(start_paused = true)]
    async fn untaken_responses_make_room_when_none_is_idle() {
        let connections = Connections::new(4);
        let few: Vec<_> = busy(&connections, Origin::User(1))
            .into_iter()
            .take(1)
            .collect();
        let many = busy(&connections, Origin::User(2));
        assert_eq!(many.len(), 3);
        let new = |user| {
            let place = connections.place(Origin::User(user), Instant::now())?;
            let request = place.requests().begin();
            Some((place, request))
        };
        let untaken = [&many[1], &many[2], &few[0]];
        for (_, request) in untaken {
            request.handed_over();
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert!(new(3).is_none(), "they come over a network");
        tokio::time::advance(Duration::from_secs(1)).await;
        let mut taken = Vec::new();
        for (user, (place, _)) in (3..).zip(untaken) {
            taken.push(new(user).unwrap());
            place.evicted().await;
        }
        assert!(new(9).is_none(), "the last one waits for the server");
    }
}
