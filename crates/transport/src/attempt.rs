//! The connections that one request opened, and how each of them ended.
//!
//! hyper-util loses the reason of a failed connection in several places (an HTTP/2 connection that dies before
//! its first request, an alert between `ready` and the first write, a request that waits for a connection which
//! another request opens), so the reason is kept beside it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Uri, uri::Authority};
use tokio::time::Instant;

use crate::{ConnectionInfo, Error, connection_state::ConnectionState};

/// The newest failure among all connections of one client.
///
/// hyper-util lets one of several requests open the HTTP/2 connection that all of them will use. When it dies before
/// it is in the pool, the others hear only that their wait is over.
#[derive(Clone, Default)]
pub(crate) struct LastFailure(Arc<Mutex<Option<(Authority, Instant, Error)>>>);

impl LastFailure {
    pub(crate) fn note(&self, authority: &Authority, error: &Error) {
        *locked(&self.0) = Some((authority.clone(), Instant::now(), error.clone()));
    }

    fn since(&self, start: Instant, authority: &Authority) -> Option<Error> {
        match &*locked(&self.0) {
            Some((whose, when, error)) if whose == authority && *when >= start => {
                Some(error.clone())
            }
            _ => None,
        }
    }
}

/// One request on its way.
#[derive(Clone)]
pub(crate) struct Attempt {
    opened: Arc<Mutex<Vec<ConnectionState>>>,
    start: Instant,
    client: LastFailure,
}

tokio::task_local! {
    static CURRENT: Attempt;
}

impl Attempt {
    /// A request that begins now.
    pub(crate) fn new(client: LastFailure) -> Self {
        Self {
            opened: Arc::default(),
            start: Instant::now(),
            client,
        }
    }

    /// Runs a request so that the connections it opens are known to it.
    pub(crate) async fn during<F: Future>(&self, request: F) -> F::Output {
        CURRENT.scope(self.clone(), request).await
    }

    /// The request that this task is working on, if it is one of ours.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// A state for a connection about to be opened, known to the request that opens it.
    pub(crate) fn new_connection(&self, uri: &Uri) -> ConnectionState {
        let state = ConnectionState::of_client(self.client.clone(), uri.authority());
        locked(&self.opened).push(state.clone());
        state
    }

    /// Why the last connection that this request opened failed.
    pub(crate) fn last_failure(&self) -> Option<Error> {
        let opened = locked(&self.opened);
        let failures = opened.iter().rev();
        failures.flat_map(ConnectionState::failure).next().cloned()
    }

    /// Why the connection to `authority` failed that this request waited for and another one opened.
    pub(crate) fn failure_waited_for(&self, authority: &Authority) -> Option<Error> {
        self.client.since(self.start, authority)
    }

    /// The last connection that this request opened.
    pub(crate) fn last_info(&self) -> Option<ConnectionInfo> {
        let opened = locked(&self.opened);
        let infos = opened.iter().rev();
        infos.flat_map(ConnectionState::info).next().cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
