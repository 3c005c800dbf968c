//! What there is of one host at a moment, under the host's lock.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::client::pool::connection::Connection;
use crate::client::pool::http1::Http1;
use crate::client::pool::http2::Http2;
use crate::client::pool::limits::{Limits, WhenStreamsAreUsedUp};
use crate::client::pool::sender::Sender;
use crate::client::pool::waiter::Waiter;
use crate::connection::steps::Steps;
use crate::error::Error;
use crate::tls::client_config::Alpn;

pub(super) struct State<B> {
    /// What the host speaks, as far as is known.
    pub(super) protocol: Option<Protocol>,
    /// HTTP/1.1 connections that no request uses, the one used last at the end.
    pub(super) idle: Vec<Arc<Http1<B>>>,
    /// HTTP/2 connections that take requests.
    pub(super) shared: Vec<Arc<Http2<B>>>,
    pub(super) queue: VecDeque<Waiter<B>>,
    pub(super) next_waiter: u64,
    /// Connections being opened, the oldest first.
    pub(super) openings: Vec<Steps>,
    /// All connections that have not ended, whatever they do.
    pub(super) open: Vec<Arc<Connection>>,
    /// Its identity has been replaced: what is open is cut at this time.
    pub(super) drain: Option<Instant>,
    /// Out of the pool: it is to be looked up again.
    pub(super) is_gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

impl<B> State<B> {
    pub(super) fn new(alpn: Alpn, drain: Option<Instant>) -> Self {
        Self {
            protocol: match alpn {
                Alpn::Http11 => Some(Protocol::Http1),
                Alpn::Http2 => Some(Protocol::Http2),
                Alpn::Http2AndHttp11 => None,
            },
            idle: Vec::new(),
            shared: Vec::new(),
            queue: VecDeque::new(),
            next_waiter: 0,
            openings: Vec::new(),
            open: Vec::new(),
            drain,
            is_gone: false,
        }
    }

    /// A connection that takes a request now.
    pub(super) fn take(&mut self, now: Instant, idle_timeout: Duration) -> Option<Sender<B>> {
        // A new one is for whoever waited for it, be it too old from the beginning or dead by now: they hear why.
        while let Some(http1) = self.idle.pop() {
            let connection = http1.connection();
            let is_good = || {
                let is_fresh = now <= connection.idle_since() + idle_timeout;
                http1.is_ready() && is_fresh && !connection.is_retired()
            };
            if connection.is_new() || is_good() {
                return Some(Sender::Http1(http1));
            }
            http1.close();
        }
        let free = self.shared.iter().find(|http2| {
            let connection = http2.connection();
            // Its driver may not have been able to look at the clock, as when the machine was asleep.
            let is_stale = || http2.is_idle() && connection.idle_since() + idle_timeout < now;
            if !connection.is_new() && is_stale() {
                http2.close();
            }
            let is_good = || http2.is_ready() && !connection.is_retired();
            (connection.is_new() || is_good()) && http2.take_stream()
        });
        free.map(|http2| Sender::Http2(Arc::clone(http2)))
    }

    /// How many connections are to be opened.
    pub(super) fn missing(&self, limits: &Limits) -> usize {
        let waiting = self.queue.len();
        let wanted = match self.protocol {
            Some(Protocol::Http1) => waiting,
            Some(Protocol::Http2) if !self.shared.is_empty() => {
                let are_used_up = self.shared.iter().all(|it| it.streams().may_be_used_up());
                let may_open = limits.when_streams_are_used_up == WhenStreamsAreUsedUp::Connect;
                waiting.min(usize::from(are_used_up && may_open))
            }
            Some(Protocol::Http2) | None => waiting.min(1),
        };
        let taken = self.open.len().saturating_add(self.openings.len());
        let room = limits.max_connections.saturating_sub(taken);
        match wanted.saturating_sub(self.openings.len()) {
            missing if missing == 0 || room == 0 => 0,
            // Those whose responses have been read are there sooner than any that is opened.
            missing => missing.saturating_sub(self.returning()).min(room),
        }
    }

    /// How many HTTP/1.1 connections come back in this moment, as far as can be seen.
    fn returning(&self) -> usize {
        let returning = self.open.iter().filter(|it| it.is_returning());
        returning.count()
    }

    /// Closes what is idle beyond the limit or not to be kept. Why an HTTP/2 connection ended before it was of use, if
    /// one did.
    pub(super) fn close_unwanted(&mut self, max_idle: usize) -> Option<Error> {
        let is_drained = self.drain.is_some();
        let surplus = match is_drained {
            true => self.idle.len(),
            false => self.idle.len().saturating_sub(max_idle),
        };
        for http1 in self.idle.drain(..surplus) {
            http1.close();
        }
        if is_drained {
            for http2 in self.shared.drain(..) {
                http2.close();
            }
        }
        self.close_retired()
    }

    pub(super) fn close_retired(&mut self) -> Option<Error> {
        self.idle.retain(|http1| {
            let is_kept = !http1.connection().is_retired();
            if !is_kept {
                http1.close();
            }
            is_kept
        });
        let mut failure = None;
        self.shared.retain(|http2| {
            let connection = http2.connection();
            let is_kept = !connection.is_retired() && http2.is_ready();
            if !is_kept {
                http2.close();
                // It is a failure to connect then, as TLS 1.3 has it: those who waited for it would all open one after
                // the other to hear the same.
                let is_useless = !connection.state().has_responded();
                let reason = connection.failure().filter(|_| is_useless);
                failure = failure.take().or_else(|| reason.cloned());
            }
            is_kept
        });
        failure
    }
}
