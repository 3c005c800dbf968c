//! The connections to one host, and the requests that wait for one.
//!
//! While it is not known what the host speaks, all wait for the first connection. HTTP/1.1 then opens as many as there
//! are requests without one, HTTP/2 shares one. Whoever waits is served in the order of their coming.

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

use crate::client::pool::connection::{Connection, Home};
use crate::client::pool::host::state::{Protocol, State};
use crate::client::pool::http1::Http1;
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

    /// A connection has been opened.
    pub(super) fn opened(self: &Arc<Self>, steps: &Steps, sender: Sender<B>) {
        let connection = sender.connection();
        // It may have been refused meanwhile, as TLS 1.3 lets a server do after the handshake.
        if let Some(failure) = connection.failure() {
            let failure = Failure::Error(failure.clone());
            return self.not_opened(steps, &failure);
        }
        let mut state = self.locked();
        state.openings.retain(|it| !it.is_same(steps));
        if let Some(end) = state.drain {
            connection.drain_by(end);
        }
        if !connection.has_ended() {
            state.open.push(Arc::clone(connection));
        }
        if state.queue.is_empty() {
            connection.keep();
        }
        match sender {
            Sender::Http1(http1) => {
                state.protocol = Some(Protocol::Http1);
                state.idle.push(http1);
            }
            Sender::Http2(http2) => {
                state.protocol = Some(Protocol::Http2);
                state.shared.push(http2);
            }
        }
        self.go_on(state);
    }

    /// A connection could not be opened. While it is shared, or may be, its failure is that of all who wait; else of one
    /// of them, if there are not enough others on their way. If the task was dropped, all are told, who open one
    /// themselves then: where it was, there may be no runtime any more.
    pub(super) fn not_opened(self: &Arc<Self>, steps: &Steps, failure: &Failure) {
        let mut state = self.locked();
        state.openings.retain(|it| !it.is_same(steps));
        let told = match (failure, state.protocol) {
            (Failure::Error(_), Some(Protocol::Http1)) => {
                let without = state.queue.len().saturating_sub(state.openings.len());
                state.queue.drain(..without.min(1)).collect()
            }
            _ => std::mem::take(&mut state.queue),
        };
        self.go_on(state);
        for waiter in told {
            waiter.tell(failure.clone());
        }
    }

    /// An HTTP/1.1 connection has come back, or was not needed.
    pub(super) fn park(self: &Arc<Self>, http1: &Arc<Http1<B>>) {
        let connection = http1.connection();
        connection.keep();
        connection.idle_from(Instant::now());
        let mut state = self.locked();
        state.idle.push(Arc::clone(http1));
        // So it is after almost every request, and then there is nothing else to do.
        let is_wanted = state.queue.is_empty() && state.drain.is_none();
        if is_wanted && !connection.is_retired() && state.idle.len() <= self.limits.max_idle {
            return;
        }
        self.go_on(state);
    }

    /// A connection that was handed to one who had gone away.
    pub(super) fn give_back(self: &Arc<Self>, sender: Sender<B>) {
        match sender {
            Sender::Http1(http1) => self.park(&http1),
            Sender::Http2(http2) => {
                http2.connection().keep();
                http2.connection().stream_ended();
            }
        }
    }

    /// A connection that seemed about to come back has not: those who count on it have others opened.
    pub(super) fn returns_late(self: &Arc<Self>, connection: &Connection) {
        // With the lock in between, whoever begins to wait sees this, or is seen here.
        connection.returns_late();
        self.go_on(self.locked());
    }

    /// Gives a connection no new request; closes it when it is idle.
    pub(super) fn retire(self: &Arc<Self>, connection: &Connection) {
        connection.mark_retired();
        self.go_on(self.locked());
    }

    /// A connection has ended.
    pub(super) fn forget(self: &Arc<Self>, connection: &Connection) {
        let is_it = |other: &Arc<Connection>| std::ptr::eq(Arc::as_ptr(other), connection);
        connection.mark_retired();
        let mut state = self.locked();
        state.open.retain(|other| !is_it(other));
        state.idle.retain(|other| !is_it(other.connection()));
        self.go_on(state);
    }

    /// Closes a connection that has been idle for long enough. Since when it is idle, if it goes on being so.
    pub(super) fn end_idle(
        self: &Arc<Self>,
        connection: &Connection,
        now: Instant,
    ) -> Option<Instant> {
        let is_it = |other: &Arc<Connection>| std::ptr::eq(Arc::as_ptr(other), connection);
        let mut state = self.locked();
        let is_idle = state.idle.iter().any(|it| is_it(it.connection()))
            || (state.shared.iter()).any(|it| is_it(it.connection()) && it.is_idle());
        if !is_idle {
            return None;
        }
        let since = connection.idle_since();
        if now < since + self.limits.idle_timeout {
            return Some(since);
        }
        connection.mark_retired();
        state.close_retired();
        None
    }

    /// Cuts what is open at this time, closes what is idle now, and keeps nothing any more.
    pub(super) fn drain(self: &Arc<Self>, end: Instant) {
        let mut state = self.locked();
        state.drain = Some(state.drain.map_or(end, |earlier| earlier.min(end)));
        for connection in &state.open {
            connection.drain_by(end);
        }
        self.go_on(state);
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

    /// Has the number of streams of a connection looked at again.
    pub(super) fn look_again(&self, connection: &Connection) {
        for http2 in &self.locked().shared {
            if std::ptr::eq(Arc::as_ptr(http2.connection()), connection) {
                http2.streams().look_again();
            }
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

impl<B: Send + 'static> Home for Host<B> {
    fn retire(self: Arc<Self>, connection: &Connection) {
        Self::retire(&self, connection);
    }

    fn serve(self: Arc<Self>) {
        Self::serve(&self);
    }

    fn has_waiting(&self) -> bool {
        self.is_waited_for()
    }
}
