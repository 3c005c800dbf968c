//! The connections that one request opened, and how each of them ended.
//!
//! hyper-util loses the reason of a failed connection in several places (an HTTP/2 connection that dies before
//! its first request, an alert between `ready` and the first write, a request that waits for a connection which
//! another request opens), so the reason is kept beside it.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use http::{Uri, uri::Authority};
use tokio::time::Instant;

use crate::{ConnectionInfo, Error};

/// What became of one connection. Shared by its stream, the pool and the request that opened it.
#[derive(Clone, Default)]
pub(crate) struct ConnectionState(Arc<Facts>);

#[derive(Default)]
struct Facts {
    info: OnceLock<ConnectionInfo>,
    failure: OnceLock<Error>,
    has_answered: AtomicBool,
    /// Whom to tell of the failure besides.
    client: Option<(LastFailure, Authority)>,
}

impl ConnectionState {
    pub(crate) fn established(&self, info: ConnectionInfo) {
        let _ = self.0.info.set(info);
    }

    /// Keeps the first failure; what follows is only its consequence.
    pub(crate) fn failed(&self, error: Error) {
        if let Some((client, authority)) = &self.0.client {
            client.note(authority, &error);
        }
        let _ = self.0.failure.set(error);
    }

    /// The server has answered a request on it.
    pub(crate) fn answered(&self) {
        self.0.has_answered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_answered(&self) -> bool {
        self.0.has_answered.load(Ordering::Relaxed)
    }

    pub(crate) fn info(&self) -> Option<&ConnectionInfo> {
        self.0.info.get()
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.0.failure.get()
    }
}

/// The newest failure among all connections of one client.
///
/// hyper-util lets one of several requests open the HTTP/2 connection that all of them will use. When it dies before
/// it is in the pool, the others hear only that their wait is over.
#[derive(Clone, Default)]
pub(crate) struct LastFailure(Arc<Mutex<Option<(Authority, Instant, Error)>>>);

impl LastFailure {
    fn note(&self, authority: &Authority, error: &Error) {
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

    /// A state for a connection about to be opened, known to the request that opens it, if there is one.
    pub(crate) fn new_connection(uri: &Uri) -> ConnectionState {
        let opened = CURRENT.try_with(|attempt| {
            let state = ConnectionState(Arc::new(Facts {
                client: uri
                    .authority()
                    .map(|authority| (attempt.client.clone(), authority.clone())),
                ..Facts::default()
            }));
            locked(&attempt.opened).push(state.clone());
            state
        });
        opened.unwrap_or_default()
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
