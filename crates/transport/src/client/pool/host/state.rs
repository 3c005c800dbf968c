//! The connections and requests of one host, under the host's lock.

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
    /// The host's protocol, as far as it is known.
    pub(super) protocol: Option<Protocol>,
    /// Idle HTTP/1.1 connections, the one used last at the end.
    pub(super) idle: Vec<Arc<Http1<B>>>,
    /// HTTP/2 connections that take requests.
    pub(super) shared: Vec<Arc<Http2<B>>>,
    pub(super) queue: VecDeque<Waiter<B>>,
    pub(super) next_waiter: u64,
    /// Connections being opened, the oldest first.
    pub(super) openings: Vec<Steps>,
    /// All connections that have not ended, whether busy or idle.
    pub(super) open: Vec<Arc<Connection>>,
    /// The pool is drained: connections that are still open at this time are aborted.
    pub(super) drain: Option<Instant>,
    /// No longer in the pool: it has to be looked up again.
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

    /// Takes a connection that can be used now.
    pub(super) fn take(&mut self, now: Instant, idle_timeout: Duration) -> Option<Sender<B>> {
        // A new connection goes to the request that waited for it even if it is expired or dead by
        // now: the request reports the reason.
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
            // The driver may not have run its timer, as when the machine was suspended.
            let is_stale = || http2.is_idle() && connection.idle_since() + idle_timeout < now;
            if !connection.is_new() && is_stale() {
                http2.close();
            }
            let is_good = || http2.is_ready() && !connection.is_retired();
            (connection.is_new() || is_good()) && http2.take_stream()
        });
        free.map(|http2| Sender::Http2(Arc::clone(http2)))
    }

    /// Returns how many connections are to be opened.
    pub(super) fn missing(&self, limits: &Limits) -> usize {
        let waiting = self.queue.len();
        let wanted = match self.protocol {
            Some(Protocol::Http1) => waiting,
            Some(Protocol::Http2) if !self.shared.is_empty() => {
                let are_used_up = self
                    .shared
                    .iter()
                    .all(|http2| http2.streams().may_be_used_up());
                let may_open = limits.when_streams_are_used_up == WhenStreamsAreUsedUp::Connect;
                waiting.min(usize::from(are_used_up && may_open))
            }
            Some(Protocol::Http2) | None => waiting.min(1),
        };
        let taken = self.open.len().saturating_add(self.openings.len());
        let room = limits.max_connections.saturating_sub(taken);
        match wanted.saturating_sub(self.openings.len()) {
            missing if missing == 0 || room == 0 => 0,
            // Connections whose responses have been read are free sooner than new ones are open.
            missing => missing.saturating_sub(self.returning()).min(room),
        }
    }

    /// Returns how many HTTP/1.1 connections are about to be reusable, as far as is known.
    fn returning(&self) -> usize {
        let returning = self
            .open
            .iter()
            .filter(|connection| connection.is_reuse_expected());
        returning.count()
    }

    /// Closes idle connections beyond the limit or not to be kept. Returns why an HTTP/2 connection
    /// ended before its first response, if one did.
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
                // A failure to connect, as TLS 1.3 reports it: the requests that waited for this
                // connection would otherwise open one after the other to get the same error.
                let is_useless = !connection.state().has_responded();
                let reason = connection.failure().filter(|_| is_useless);
                failure = failure.take().or_else(|| reason.cloned());
            }
            is_kept
        });
        failure
    }
}
