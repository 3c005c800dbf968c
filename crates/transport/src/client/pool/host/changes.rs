//! What happens to the connections of a host, from their opening to their end.
//!
//! Each change goes on to those who wait, and to what is to be kept, with the same lock.

use std::sync::Arc;

use tokio::time::Instant;

use crate::client::pool::connection::{Connection, Home};
use crate::client::pool::host::Host;
use crate::client::pool::host::state::Protocol;
use crate::client::pool::http1::Http1;
use crate::client::pool::sender::Sender;
use crate::client::pool::waiter::Failure;
use crate::connection::steps::Steps;

impl<B> Host<B> {
    /// A connection has been opened.
    pub(crate) fn opened(self: &Arc<Self>, steps: &Steps, sender: Sender<B>) {
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
    pub(crate) fn not_opened(self: &Arc<Self>, steps: &Steps, failure: &Failure) {
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
    pub(crate) fn park(self: &Arc<Self>, http1: &Arc<Http1<B>>) {
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
    pub(crate) fn give_back(self: &Arc<Self>, sender: Sender<B>) {
        match sender {
            Sender::Http1(http1) => self.park(&http1),
            Sender::Http2(http2) => {
                http2.connection().keep();
                http2.connection().stream_ended();
            }
        }
    }

    /// A connection that seemed about to come back has not: those who count on it have others opened.
    pub(crate) fn returns_late(self: &Arc<Self>, connection: &Connection) {
        // With the lock in between, whoever begins to wait sees this, or is seen here.
        connection.returns_late();
        self.go_on(self.locked());
    }

    /// Gives a connection no new request; closes it when it is idle.
    pub(crate) fn retire(self: &Arc<Self>, connection: &Connection) {
        connection.mark_retired();
        self.go_on(self.locked());
    }

    /// A connection has ended.
    pub(crate) fn forget(self: &Arc<Self>, connection: &Connection) {
        let is_it = |other: &Arc<Connection>| std::ptr::eq(Arc::as_ptr(other), connection);
        connection.mark_retired();
        let mut state = self.locked();
        state.open.retain(|other| !is_it(other));
        state.idle.retain(|other| !is_it(other.connection()));
        self.go_on(state);
    }

    /// Closes a connection that has been idle for long enough. Since when it is idle, if it goes on being so.
    pub(crate) fn end_idle(
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
    pub(crate) fn drain(self: &Arc<Self>, end: Instant) {
        let mut state = self.locked();
        state.drain = Some(state.drain.map_or(end, |earlier| earlier.min(end)));
        for connection in &state.open {
            connection.drain_by(end);
        }
        self.go_on(state);
    }

    /// Has the number of streams of a connection looked at again.
    pub(crate) fn look_again(&self, connection: &Connection) {
        for http2 in &self.locked().shared {
            if std::ptr::eq(Arc::as_ptr(http2.connection()), connection) {
                http2.streams().look_again();
            }
        }
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
