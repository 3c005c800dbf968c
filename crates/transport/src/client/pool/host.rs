//! The connections to one host, and the requests that wait for one.
//!
//! While it is not known what the host speaks, all wait for the first connection. HTTP/1.1 then opens as many as there
//! are requests without one, HTTP/2 shares one. Whoever waits is served in the order of their coming.

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
    /// How many wait, to be known without the lock.
    waiting: AtomicUsize,
}

/// How the host is addressed.
pub(super) struct Target {
    pub(super) authority: Authority,
    /// What the connector is called with.
    pub(super) uri: Uri,
    /// The field `Host` of HTTP/1.1.
    pub(super) host: Option<HeaderValue>,
}

/// Opens connections.
pub(super) trait Dial<B>: Send + Sync {
    /// Opens one, in a task of its own on this runtime.
    fn dial(&self, host: Arc<Host<B>>, steps: Steps, runtime: &Handle);
}

/// What a request gets at once.
pub(super) enum Taken<B> {
    /// A connection that it can be sent on.
    Ready(Sender<B>),
    /// None; it has to wait.
    Nothing,
    /// The host is not in the pool any more.
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

    /// A connection, if one can be used at once.
    pub(super) fn take(&self, now: Instant) -> Taken<B> {
        let mut state = self.locked();
        if state.is_gone {
            return Taken::Gone;
        }
        if !state.queue.is_empty() {
            return Taken::Nothing;
        }
        match state.take(now, self.limits.idle_timeout) {
            Some(sender) => Taken::Ready(sender),
            None => Taken::Nothing,
        }
    }

    /// Puts a request at the end of the queue. Opens a connection if that is what is missing. None if the host is not in
    /// the pool any more.
    pub(super) fn enqueue(self: &Arc<Self>, runtime: Handle) -> Option<Place<B>> {
        let mut state = self.locked();
        if state.is_gone {
            return None;
        }
        let number = state.next_waiter;
        state.next_waiter += 1;
        let (waiter, place) = Waiter::new(number, runtime);
        state.queue.push_back(waiter);
        self.go_on(state);
        Some(place)
    }

    /// One who waits has gone away.
    pub(super) fn give_up(&self, number: u64) {
        let mut state = self.locked();
        let place = state.queue.binary_search_by_key(&number, Waiter::number);
        let gone = place.ok().and_then(|place| state.queue.remove(place));
        self.waiting.store(state.queue.len(), Ordering::SeqCst);
        drop(state);
        drop(gone);
    }

    /// The step that is being taken for one who waits; none if nothing is being opened.
    pub(super) fn whereabouts(&self, number: u64) -> Option<Steps> {
        let state = self.locked();
        let place = state.queue.iter().position(|it| it.number() == number)?;
        let last = state.openings.len().checked_sub(1)?;
        state.openings.get(place.min(last)).cloned()
    }

    /// Takes it out of the pool if nothing is left of it.
    pub(super) fn go_if_empty(&self) -> bool {
        let mut state = self.locked();
        state.is_gone |=
            state.open.is_empty() && state.openings.is_empty() && state.queue.is_empty();
        state.is_gone
    }

    pub(super) fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// There may be room for those who wait.
    pub(super) fn serve(self: &Arc<Self>) {
        if self.is_waited_for() {
            self.go_on(self.locked());
        }
    }

    /// Gives those who wait what there is, closes what is not to be kept, and opens what is missing.
    fn go_on(self: &Arc<Self>, mut state: MutexGuard<'_, State<B>>) {
        let now = Instant::now();
        // Given back without the lock, which that takes.
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
        let told = match &failure {
            Some(_) if state.shared.is_empty() => std::mem::take(&mut state.queue),
            _ => VecDeque::new(),
        };
        let mut dials = Vec::new();
        for _ in 0..state.missing(&self.limits) {
            let steps = Steps::default();
            let waiter = state.queue.get(state.openings.len());
            let waiter = waiter.or_else(|| state.queue.back());
            if let Some(waiter) = waiter {
                dials.push((steps.clone(), waiter.runtime().clone()));
                state.openings.push(steps);
            }
        }
        self.waiting.store(state.queue.len(), Ordering::SeqCst);
        drop(state);
        for sender in unwanted {
            self.give_back(sender);
        }
        for waiter in told {
            if let Some(failure) = &failure {
                waiter.tell(Failure::Error(failure.clone()));
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
