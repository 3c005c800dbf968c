//! Changes of the connections of a host, from their opening to their end.
//!
//! Each change is passed on to waiting requests, and to the limits, under the same lock.

use std::sync::Arc;

use tokio::time::Instant;

use crate::client::pool::connection::{Connection, ConnectionOwner};
use crate::client::pool::host::Host;
use crate::client::pool::host::state::Protocol;
use crate::client::pool::http1::Http1;
use crate::client::pool::sender::Sender;
use crate::client::pool::waiter::Failure;
use crate::connection::steps::Steps;

impl<B> Host<B> {
    /// Adds a connection that has been opened.
    pub(crate) fn opened(self: &Arc<Self>, steps: &Steps, sender: Sender<B>) {
        let connection = sender.connection();
        // The server may have rejected it meanwhile, as TLS 1.3 lets it after the handshake.
        if let Some(failure) = connection.failure() {
            let failure = Failure::Error(failure.clone());
            return self.not_opened(steps, &failure);
        }
        let mut state = self.locked();
        state.openings.retain(|opening| !opening.is_same(steps));
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
        self.advance(state);
    }

    /// Reports a connection that could not be opened. While connections are shared, or may be, the
    /// failure is that of all waiting requests; else of one, if too few connections are being
    /// opened for the rest. If the task was dropped, all are notified and open one themselves: its
    /// runtime may have ended.
    pub(crate) fn not_opened(self: &Arc<Self>, steps: &Steps, failure: &Failure) {
        let mut state = self.locked();
        state.openings.retain(|opening| !opening.is_same(steps));
        let failed = match (failure, state.protocol) {
            (Failure::Error(_), Some(Protocol::Http1)) => {
                let without = state.queue.len().saturating_sub(state.openings.len());
                state.queue.drain(..without.min(1)).collect()
            }
            _ => std::mem::take(&mut state.queue),
        };
        self.advance(state);
        for waiter in failed {
            waiter.fail(failure.clone());
        }
    }

    /// Takes back an HTTP/1.1 connection that is reusable, or was not needed.
    pub(crate) fn park(self: &Arc<Self>, http1: &Arc<Http1<B>>) {
        let connection = http1.connection();
        connection.keep();
        connection.idle_from(Instant::now());
        let mut state = self.locked();
        state.idle.push(Arc::clone(http1));
        // The case after almost every request, in which nothing else is to be done.
        let is_wanted = state.queue.is_empty() && state.drain.is_none();
        if is_wanted && !connection.is_retired() && state.idle.len() <= self.limits.max_idle {
            return;
        }
        self.advance(state);
    }

    /// Takes back a connection that was reserved for a request that gave up.
    pub(crate) fn give_back(self: &Arc<Self>, sender: Sender<B>) {
        match sender {
            Sender::Http1(http1) => self.park(&http1),
            Sender::Http2(http2) => {
                http2.connection().keep();
                http2.connection().stream_ended();
            }
        }
    }

    /// Notes that a connection expected to be reusable is not: requests counting on it have others
    /// opened.
    pub(crate) fn reuse_is_late(self: &Arc<Self>, connection: &Connection) {
        // Under the lock: a request that begins to wait either sees this, or is seen here.
        connection.reuse_is_late();
        self.advance(self.locked());
    }

    /// Gives a connection no new request; closes it when it is idle.
    pub(crate) fn retire(self: &Arc<Self>, connection: &Connection) {
        connection.mark_retired();
        self.advance(self.locked());
    }

    /// Removes a connection that has ended.
    pub(crate) fn remove(self: &Arc<Self>, connection: &Connection) {
        let is_this = |other: &Arc<Connection>| std::ptr::eq(Arc::as_ptr(other), connection);
        connection.mark_retired();
        let mut state = self.locked();
        state.open.retain(|other| !is_this(other));
        state.idle.retain(|other| !is_this(other.connection()));
        self.advance(state);
    }

    /// Closes a connection that has been idle for too long. Returns since when it is idle, if it
    /// stays so.
    pub(crate) fn end_idle(
        self: &Arc<Self>,
        connection: &Connection,
        now: Instant,
    ) -> Option<Instant> {
        let is_this = |other: &Arc<Connection>| std::ptr::eq(Arc::as_ptr(other), connection);
        let mut state = self.locked();
        let is_idle = state.idle.iter().any(|http1| is_this(http1.connection()))
            || (state.shared.iter()).any(|http2| is_this(http2.connection()) && http2.is_idle());
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

    /// Drains the host: aborts connections that are open at `end`, closes idle ones, keeps none.
    pub(crate) fn drain(self: &Arc<Self>, end: Instant) {
        let mut state = self.locked();
        state.drain = Some(state.drain.map_or(end, |earlier| earlier.min(end)));
        for connection in &state.open {
            connection.drain_by(end);
        }
        self.advance(state);
    }

    /// Makes the limit of streams of a connection be read again.
    pub(crate) fn recheck_streams(&self, connection: &Connection) {
        for http2 in &self.locked().shared {
            if std::ptr::eq(Arc::as_ptr(http2.connection()), connection) {
                http2.streams().recheck();
            }
        }
    }
}

impl<B: Send + 'static> ConnectionOwner for Host<B> {
    fn retire(self: Arc<Self>, connection: &Connection) {
        Self::retire(&self, connection);
    }

    fn serve(self: Arc<Self>) {
        Self::serve(&self);
    }

    fn has_waiting(&self) -> bool {
        self.has_waiters()
    }
}
