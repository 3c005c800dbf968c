//! The requests and the silence of one connection, by which it is known when to give it up.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use slab::Slab;
use tokio::time::Instant;

use crate::timeouts::Timeouts;

/// The requests in progress on one connection.
#[derive(Debug)]
pub(crate) struct Requests(Mutex<State>);

#[derive(Debug)]
struct State {
    /// For each request, the time since which the caller has not taken the next piece of its
    /// response; none while it is the server that is waited for.
    untaken: Slab<Option<Instant>>,
    idle_since: Instant,
    /// The time of the first byte of a head that is not complete.
    head_since: Option<Instant>,
    unframed: Unframed,
    /// The time at which the caller was told that the connection takes no more requests.
    closing_since: Option<Instant>,
}

/// A response that ends with the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unframed {
    /// There is none.
    None,
    /// The end of the connection must not look like its end.
    Begun,
    /// Once it is written, any end of the connection is its end.
    Whole,
}

/// A request in progress; it ends on drop.
#[derive(Debug)]
pub(crate) struct RequestInProgress {
    requests: Arc<Requests>,
    key: usize,
}

/// The loss of a caller if its connection is cut; the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// There is no request.
    Nothing,
    /// Of each request the response, which it does not take.
    UntakenResponses,
}

/// The time that a caller has for a piece of a response in any case: it comes over a network.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time for which requests may be on their way when the caller is told to send no more.
const ON_THE_WAY: Duration = Duration::from_secs(10);

impl Requests {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            untaken: Slab::new(),
            idle_since: now,
            head_since: None,
            unframed: Unframed::None,
            closing_since: None,
        }))
    }

    /// Notes a request whose head is complete.
    pub(crate) fn begin(self: &Arc<Self>) -> RequestInProgress {
        let mut state = self.locked();
        state.head_since = None;
        let key = state.untaken.insert(None);
        RequestInProgress {
            requests: Arc::clone(self),
            key,
        }
    }

    /// Notes that the caller is told to send no more requests.
    pub(crate) fn close(&self, now: Instant) {
        self.locked().closing_since.get_or_insert(now);
    }

    /// Checks whether a request that begins now comes from a caller that was told to send none. One
    /// of HTTP/2 says when it has heard that, and may never do so.
    pub(crate) fn is_closed(&self, now: Instant) -> bool {
        let since = self.locked().closing_since;
        since.is_some_and(|since| now.saturating_duration_since(since) >= ON_THE_WAY)
    }

    /// Notes bytes of a caller: between requests, they are a part of a head.
    pub(crate) fn received(&self, now: Instant) {
        let mut state = self.locked();
        if state.untaken.is_empty() {
            state.head_since.get_or_insert(now);
        }
    }

    /// Returns the response whose end nothing tells but that of the connection.
    pub(crate) fn unframed(&self) -> Unframed {
        self.locked().unframed
    }

    /// Returns what is lost if the connection is cut now, and the time since which it is no more
    /// than that; none while a request goes on.
    pub(crate) fn loss(&self, now: Instant) -> Option<(Loss, Instant)> {
        let state = self.locked();
        let mut untaken = state.untaken.iter().map(|(_, since)| *since);
        let Some(first) = untaken.next() else {
            return Some((Loss::Nothing, state.idle_since));
        };
        // One of them may still be at the server, and cost money.
        let last = untaken.try_fold(first?, |last, since| Some(last.max(since?)))?;
        let is_late = now.saturating_duration_since(last) >= PATIENCE;
        is_late.then_some((Loss::UntakenResponses, last))
    }

    /// Returns the time at which the connection or one of its requests is to be given up, if
    /// nothing happens until then.
    pub(crate) fn deadline(&self, timeouts: &Timeouts, now: Instant) -> Instant {
        let state = self.locked();
        if state.untaken.is_empty() {
            let idle = state.idle_since + timeouts.idle;
            return match state.head_since {
                Some(since) => since + timeouts.head,
                None => idle,
            };
        }
        let untaken = state.untaken.iter().filter_map(|(_, since)| *since).min();
        untaken.unwrap_or(now) + timeouts.response
    }

    /// Returns the time at which the last of its requests is to be given up, if nothing happens
    /// until then; now, if there is none.
    pub(crate) fn end(&self, timeouts: &Timeouts, now: Instant) -> Instant {
        let state = self.locked();
        let untaken = state.untaken.iter();
        let last = untaken.map(|(_, since)| since.unwrap_or(now)).max();
        last.map_or(now, |since| since + timeouts.response)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RequestInProgress {
    /// Notes a piece of the response that was handed over and not yet taken.
    pub(crate) fn handed_over(&self) {
        self.note(Some(Instant::now()));
    }

    /// Notes that the caller has taken all that there is.
    pub(crate) fn taken(&self) {
        self.note(None);
    }

    /// Notes that the response ends with the connection, which takes no more requests.
    pub(crate) fn end_with_connection(&self) {
        self.requests.locked().unframed = Unframed::Begun;
    }

    /// Notes that all of such a response has been handed over.
    pub(crate) fn ends_whole(&self) {
        self.requests.locked().unframed = Unframed::Whole;
    }

    fn note(&self, untaken: Option<Instant>) {
        if let Some(since) = self.requests.locked().untaken.get_mut(self.key) {
            *since = untaken;
        }
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        let mut state = self.requests.locked();
        state.untaken.try_remove(self.key);
        if state.untaken.is_empty() {
            state.idle_since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn timeouts() -> Timeouts {
        Timeouts::default()
            .head(2 * SECOND)
            .response(3 * SECOND)
            .idle(10 * SECOND)
    }

    #[tokio::test(start_paused = true)]
    async fn each_silence_has_its_deadline() {
        let start = Instant::now();
        let requests = Arc::new(Requests::new(start));
        let deadline = |requests: &Requests| requests.deadline(&timeouts(), Instant::now()) - start;
        assert_eq!(deadline(&requests), 10 * SECOND);
        requests.received(start + SECOND);
        requests.received(start + 2 * SECOND);
        assert_eq!(deadline(&requests), 3 * SECOND, "of the first byte");
        let request = requests.begin();
        request.handed_over();
        tokio::time::advance(SECOND).await;
        assert_eq!(deadline(&requests), 3 * SECOND, "since it was handed over");
        request.taken();
        assert_eq!(deadline(&requests), 4 * SECOND, "looked at again then");
        drop(request);
        assert_eq!(deadline(&requests), 11 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_on_their_way_are_taken_for_ten_seconds() {
        let start = Instant::now();
        let requests = Requests::new(start);
        assert!(!requests.is_closed(start + 60 * SECOND));
        requests.close(start);
        requests.close(start + 5 * SECOND); // once told, it is told
        assert!(!requests.is_closed(start + 9 * SECOND));
        assert!(requests.is_closed(start + 10 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn connection_can_be_cut_unless_a_request_goes_on() {
        let start = Instant::now();
        let requests = Arc::new(Requests::new(start));
        let loss = |now| requests.loss(start + now);
        assert_eq!(loss(SECOND), Some((Loss::Nothing, start)));
        let (unread, other) = (requests.begin(), requests.begin());
        unread.handed_over();
        assert_eq!(loss(9 * SECOND), None, "the server is waited for");
        tokio::time::advance(SECOND).await;
        other.handed_over();
        assert_eq!(loss(2 * SECOND - Duration::from_millis(1)), None);
        let untaken = (Loss::UntakenResponses, start + SECOND);
        assert_eq!(loss(2 * SECOND), Some(untaken));
        other.taken();
        assert_eq!(loss(9 * SECOND), None);
        drop((unread, other));
        assert_eq!(loss(SECOND), Some((Loss::Nothing, start + SECOND)));
    }

    #[tokio::test(start_paused = true)]
    async fn connection_ends_with_the_last_of_its_requests() {
        let start = Instant::now();
        let requests = Arc::new(Requests::new(start));
        let end = |now| requests.end(&timeouts(), start + now) - start;
        let (unread, other) = (requests.begin(), requests.begin());
        unread.handed_over();
        assert_eq!(end(9 * SECOND), 12 * SECOND, "the server is waited for");
        tokio::time::advance(SECOND).await;
        other.handed_over();
        assert_eq!(end(9 * SECOND), 4 * SECOND);
        drop(other);
        assert_eq!(end(9 * SECOND), 3 * SECOND);
        drop(unread);
        assert_eq!(end(9 * SECOND), 9 * SECOND);
    }
}
