//! The connections that one request opened, and how each of them ended.
//!
//! hyper-util loses the reason of a failed connection in several places (an HTTP/2 connection that dies before
//! its first request, an alert between `ready` and the first write), so the reason is kept beside it.

use std::sync::{Arc, Mutex, OnceLock};

use crate::{ConnectionInfo, Error};

/// What became of one connection. Shared by its stream, the pool and the request that opened it.
#[derive(Clone, Default)]
pub(crate) struct ConnectionState(Arc<Facts>);

#[derive(Default)]
struct Facts {
    info: OnceLock<ConnectionInfo>,
    failure: OnceLock<Error>,
}

impl ConnectionState {
    pub(crate) fn established(&self, info: ConnectionInfo) {
        let _ = self.0.info.set(info);
    }

    /// Keeps the first failure; what follows is only its consequence.
    pub(crate) fn failed(&self, error: Error) {
        let _ = self.0.failure.set(error);
    }

    pub(crate) fn info(&self) -> Option<&ConnectionInfo> {
        self.0.info.get()
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.0.failure.get()
    }
}

/// One request on its way.
#[derive(Clone, Default)]
pub(crate) struct Attempt(Arc<Mutex<Vec<ConnectionState>>>);

tokio::task_local! {
    static CURRENT: Attempt;
}

impl Attempt {
    /// Runs a request so that the connections it opens are known to it.
    pub(crate) async fn during<F: Future>(&self, request: F) -> F::Output {
        CURRENT.scope(self.clone(), request).await
    }

    /// A state for a connection about to be opened, known to the request that opens it, if there is one.
    pub(crate) fn new_connection() -> ConnectionState {
        let state = ConnectionState::default();
        let _ = CURRENT.try_with(|attempt| attempt.with(|opened| opened.push(state.clone())));
        state
    }

    pub(crate) fn last_failure(&self) -> Option<Error> {
        self.with(|opened| {
            opened
                .iter()
                .rev()
                .find_map(|state| state.failure().cloned())
        })
    }

    pub(crate) fn last_info(&self) -> Option<ConnectionInfo> {
        self.with(|opened| opened.iter().rev().find_map(|state| state.info().cloned()))
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Vec<ConnectionState>) -> T) -> T {
        use_it(
            &mut self
                .0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}
