//! The connections to one host, and the requests that wait for one.
//!
//! Until the host's protocol is known, all requests wait for the first connection. HTTP/1.1 then
//! opens as many as there are requests without one, HTTP/2 shares one. Requests are served in their
//! order.

mod changes;
mod state;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Uri, uri::Authority};
use tokio::{runtime::Handle, time::Instant};

use crate::client::pool::host::state::State;
use crate::client::pool::limits::Limits;
use crate::client::pool::sender::Sender;
use crate::client::pool::waiter::{Failure, Place, Waiter};
use crate::connection::steps::Steps;
use crate::tls::client_config::Alpn;

/// One host of a pool.
pub(crate) struct Host<B> {
    pub(super) target: Target,
    limits: Arc<Limits>,
    dial: Arc<dyn Dial<B>>,
    state: Mutex<State<B>>,
    /// The number of waiting requests, readable without the lock.
    waiting: AtomicUsize,
}

/// The addresses of the host in its requests.
pub(super) struct Target {
    pub(super) authority: Authority,
    /// The URI for the connector.
    pub(super) uri: Uri,
    /// The field `Host` of HTTP/1.1.
    pub(super) host: Option<HeaderValue>,
}

/// Opens connections.
pub(super) trait Dial<B>: Send + Sync {
    /// Opens a connection, in a task of its own on this runtime.
    fn dial(&self, host: Arc<Host<B>>, steps: Steps, runtime: &Handle);
}

/// The connection that a request gets at once.
pub(super) enum Availability<B> {
    /// A connection that it can be sent on.
    Ready(Sender<B>),
    /// None; the request has to wait.
    Nothing,
    /// The host is no longer in the pool.
    Gone,
}

impl<B> Host<B> {
    pub(super) fn new(
        target: Target,
        alpn: Alpn,
        limits: Arc<Limits>,
        dial: Arc<dyn Dial<B>>,
        drain: Option<Instant>,
    ) -> Arc<Self> {
        Arc::new(Self {
            target,
            limits,
            dial,
            state: Mutex::new(State::new(alpn, drain)),
            waiting: AtomicUsize::new(0),
        })
    }

    pub(super) fn idle_timeout(&self) -> Duration {
        self.limits.idle_timeout
    }

    pub(super) fn max_age(&self) -> Option<Duration> {
        self.limits.max_age()
    }

    /// Returns a connection, if one can be used at once.
    pub(super) fn take(&self, now: Instant) -> Availability<B> {
        let mut state = self.locked();
        if state.is_gone {
            return Availability::Gone;
        }
        if !state.queue.is_empty() {
            return Availability::Nothing;
        }
        match state.take(now, self.limits.idle_timeout) {
            Some(sender) => Availability::Ready(sender),
            None => Availability::Nothing,
        }
    }

    /// Appends a request to the queue, and opens a connection if one is missing. None if the host
    /// is no longer in the pool.
    pub(super) fn enqueue(self: &Arc<Self>, runtime: Handle) -> Option<Place<B>> {
        let mut state = self.locked();
        if state.is_gone {
            return None;
        }
        let number = state.next_waiter;
        state.next_waiter += 1;
        let (waiter, place) = Waiter::new(number, runtime);
        state.queue.push_back(waiter);
        self.advance(state);
        Some(place)
    }

    /// Removes a request from the queue.
    pub(super) fn leave_queue(&self, number: u64) {
        let mut state = self.locked();
        // Numbers ascend along the queue.
        let place = state.queue.binary_search_by_key(&number, Waiter::number);
        let waiter = place.ok().and_then(|place| state.queue.remove(place));
        self.waiting.store(state.queue.len(), Ordering::SeqCst);
        drop(state);
        // Outside the lock: the channel wakes its other end.
        drop(waiter);
    }

    /// Returns the progress of the connection being opened for a request; none if there is none.
    pub(super) fn progress(&self, number: u64) -> Option<Steps> {
        let state = self.locked();
        let place = state
            .queue
            .iter()
            .position(|waiter| waiter.number() == number)?;
        let last = state.openings.len().checked_sub(1)?;
        state.openings.get(place.min(last)).cloned()
    }

    /// Removes the host from the pool if it has no connection and no waiting request.
    pub(super) fn remove_if_empty(&self) -> bool {
        let mut state = self.locked();
        state.is_gone |=
            state.open.is_empty() && state.openings.is_empty() && state.queue.is_empty();
        state.is_gone
    }

    pub(super) fn has_waiters(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Serves waiting requests, for which there may be room.
    pub(super) fn serve(self: &Arc<Self>) {
        if self.has_waiters() {
            self.advance(self.locked());
        }
    }

    /// Serves waiting requests, closes connections that are not to be kept, and opens missing ones.
    fn advance(self: &Arc<Self>, mut state: MutexGuard<'_, State<B>>) {
        let now = Instant::now();
        // Returned after the lock is released, since returning takes it.
        let mut unwanted = Vec::new();
        while !state.queue.is_empty()
            && let Some(mut sender) = state.take(now, self.limits.idle_timeout)
        {
            loop {
                let Some(waiter) = state.queue.pop_front() else {
                    unwanted.push(sender);
                    break;
                };
                match waiter.serve(sender) {
                    Ok(()) => break,
                    Err(unserved) => sender = unserved,
                }
            }
        }
        let failure = state.close_unwanted(self.limits.max_idle);
        let failed = match &failure {
            Some(_) if state.shared.is_empty() => std::mem::take(&mut state.queue),
            _ => VecDeque::new(),
        };
        let mut dials = Vec::new();
        for _ in 0..state.missing(&self.limits) {
            let steps = Steps::default();
            let waiter = state.queue.get(state.openings.len());
            let waiter = waiter.or_else(|| state.queue.back());
            if let Some(waiter) = waiter {
                // On the runtime of a request that waits for it; any other may have ended.
                dials.push((steps.clone(), waiter.runtime().clone()));
                state.openings.push(steps);
            }
        }
        self.waiting.store(state.queue.len(), Ordering::SeqCst);
        drop(state);
        for sender in unwanted {
            self.give_back(sender);
        }
        for waiter in failed {
            if let Some(failure) = &failure {
                waiter.fail(Failure::Error(failure.clone()));
            }
        }
        for (steps, runtime) in dials {
            self.dial.dial(Arc::clone(self), steps, &runtime);
        }
    }

    fn locked(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
