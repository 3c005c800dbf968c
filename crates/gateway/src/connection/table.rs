//! The open connections, of which one makes room for a new one.
//!
//! A peer may have three times as many as are free, as of the places of requests.

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
    peer: Peer,
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

    /// Takes a place for a new connection; none if all are taken, or the share of its peer, and no
    /// connection can make room.
    ///
    /// One makes room that is idle, or else one whose responses are not taken, of the peer with the
    /// most of them: of none with fewer than the new one's, so that no one closes the connections
    /// of others by opening new ones.
    pub(crate) fn place(&self, origin: Origin, now: Instant) -> Option<Place> {
        let mut open = self.locked();
        open.accepted += 1;
        let peer = origin.peer(open.accepted);
        open.make_room(self.limit, peer, now)?;
        let requests = Arc::new(Requests::new(now));
        let evict = Arc::new(Notify::new());
        let key = open.entries.insert(Entry {
            peer,
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
    /// Evicts a connection if there are as many as there may be, of all or of the peer; none if it
    /// cannot.
    fn make_room(&mut self, limit: usize, peer: Peer, now: Instant) -> Option<()> {
        // Those that are evicted are on their way out, and bounded by those that are accepted.
        let staying = self.entries.iter().filter(|(_, it)| !it.is_evicted);
        let held = staying.clone().filter(|(_, it)| it.peer == peer).count();
        let free = limit.saturating_sub(staying.clone().count());
        if held < free.saturating_mul(TIMES_FREE) {
            return Some(());
        }
        let mut of_peers = HashMap::<Peer, usize>::new();
        for (_, entry) in staying {
            *of_peers.entry(entry.peer).or_default() += 1;
        }
        let candidates = self.entries.iter_mut().filter(|(_, it)| !it.is_evicted);
        let candidates = candidates.filter_map(|(_, entry)| {
            let of_peer = of_peers.get(&entry.peer).copied().unwrap_or_default();
            let (loss, since) = entry.requests.loss(now)?;
            (of_peer >= held).then_some(((loss, Reverse(of_peer), since), entry))
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

    /// Opens connections of a user, each with a request, until no more are taken.
    fn busy(connections: &Connections, user: u32) -> Vec<(Place, RequestInProgress)> {
        let place = || connections.place(Origin::User(user), Instant::now());
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
        let greedy = busy(&connections, 1);
        assert_eq!(greedy.len(), 768);
        let idle = connections.place(Origin::User(2), Instant::now()).unwrap();
        // It may have no more, though one of another is idle.
        assert!(busy(&connections, 1).is_empty());
        assert!(!connections.locked().entries[idle.key].is_evicted);
        assert_eq!(busy(&connections, 3).len(), 192);
    }

    #[tokio::test(start_paused = true)]
    async fn untaken_responses_make_room_when_none_is_idle() {
        let connections = Connections::new(4);
        let few: Vec<_> = busy(&connections, 1).into_iter().take(1).collect();
        let many = busy(&connections, 2);
        assert_eq!(many.len(), 3);
        let new = || {
            let place = connections.place(Origin::Loopback, Instant::now())?;
            let request = place.requests().begin();
            Some((place, request))
        };
        let untaken = [&many[1], &many[2], &few[0]];
        for (_, request) in untaken {
            request.handed_over();
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert!(new().is_none(), "they come over a network");
        tokio::time::advance(Duration::from_secs(1)).await;
        let mut taken = Vec::new();
        for (place, _) in untaken {
            taken.push(new().unwrap());
            place.evicted().await;
        }
        assert!(new().is_none(), "the last one waits for the server");
    }
}
