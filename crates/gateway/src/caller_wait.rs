//! The wait for the next piece of a caller's body, seen from where the body has been handed on.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use tokio::time::Instant;

/// The wait of one body. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct CallerWait(Arc<Mutex<Wait>>);

#[derive(Default)]
struct Wait {
    since: Option<Instant>,
    is_given_up: bool,
    /// Of the task that waits.
    waker: Option<Waker>,
}

impl CallerWait {
    pub(crate) fn begin(&self, now: Instant) {
        self.locked().since = Some(now);
    }

    pub(crate) fn end(&self) {
        let mut wait = self.locked();
        (wait.since, wait.waker) = (None, None);
    }

    /// Returns the time since which the caller's next piece is what the request waits for.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.locked().since
    }

    /// Ends the wait: the body fails, as its place is needed.
    pub(crate) fn give_up(&self) {
        let waker = {
            let mut wait = self.locked();
            wait.is_given_up = true;
            wait.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    #[cfg(test)]
    pub(crate) fn is_given_up(&self) -> bool {
        self.locked().is_given_up
    }

    /// Checks whether the wait was ended; if not, the task is woken when it is.
    pub(crate) fn poll_given_up(&self, waker: &Waker) -> bool {
        let mut wait = self.locked();
        match &mut wait.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        wait.is_given_up
    }

    fn locked(&self) -> MutexGuard<'_, Wait> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CallerWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerWait").finish_non_exhaustive()
    }
}
