//! The connections of one generation, by host.
//!
//! hyper-util's pools know nothing of a connection but whether it can be used: not why it failed, not for whom it is
//! kept, not how to end it. Leaves out how a request is sent, and generations.

pub(crate) mod alarm;
pub(crate) mod alarms;
pub(crate) mod connection;
mod dispatcher;
mod driver;
mod host;
mod http1;
mod http2;
pub(crate) mod in_flight;
pub(crate) mod limits;
pub(crate) mod opening;
pub(crate) mod outcome;
pub(crate) mod ready;
mod sender;
mod spawner;
mod table;
pub(crate) mod waiter;
pub(crate) mod waiting;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use http::uri::Authority;
use http_body::Body;
use tokio::{runtime::Handle, time::Instant};

use crate::client::pool::host::Taken;
use crate::client::pool::limits::Limits;
use crate::client::pool::opening::{Dialer, HttpSettings};
use crate::client::pool::ready::Ready;
use crate::client::pool::table::Table;
use crate::client::pool::waiting::Waiting;
use crate::connection::generation::Generation;
use crate::connector::MtlsConnector;
use crate::jitter::Jitter;
use crate::net::raw_connector::RawConnector;
use crate::timeouts::{UNLIMITED, from_now};

/// A pool and the connector that fills it. Dropped, it closes its idle connections; busy ones have their drain timeout.
pub(crate) struct Pool<B, C> {
    pub(crate) connector: MtlsConnector<C>,
    table: Table<B>,
    drain_timeout: Duration,
}

impl<B, C> Pool<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    pub(crate) fn new(connector: MtlsConnector<C>, limits: &Limits, http: HttpSettings) -> Self {
        let dialer = Dialer {
            connector: connector.clone().reading_heads(http.heads),
            http,
        };
        let drain_timeout = limits.drain_timeout;
        let alpn = connector.alpn();
        let limits = Limits {
            idle_timeout: limits.idle_timeout.min(UNLIMITED), // it is added to an instant
            ..limits.clone()
        };
        Self {
            connector,
            table: Table::new(alpn, Arc::new(limits), Arc::new(dialer)),
            drain_timeout,
        }
    }
}

impl<B, C> Pool<B, C> {
    pub(crate) fn generation(&self) -> Generation {
        self.connector.generation()
    }

    /// A connection to the host, if there is one that takes a request at once.
    pub(crate) fn take(&self, authority: &Authority, now: Instant) -> Option<Ready<B>> {
        loop {
            let host = self.table.host(authority)?;
            match host.take(now) {
                Taken::Ready(sender) => return Some(Ready::new(sender, host)),
                Taken::Nothing => return None,
                Taken::Gone => {}
            }
        }
    }

    /// A connection to the host, as soon as there is one. None for an authority that no URI can be made of.
    pub(crate) fn wait(&self, authority: &Authority, runtime: &Handle) -> Option<Waiting<B>> {
        loop {
            let host = self.table.host(authority)?;
            if let Some(waiting) = Waiting::new(host, runtime.clone()) {
                return Some(waiting);
            }
        }
    }

    /// Keeps nothing any more, closes what is idle, and cuts what still is under way when the drain timeout has passed.
    pub(crate) fn drain(&self) {
        let timeout = Jitter::draw().of(self.drain_timeout);
        self.table.drain(from_now(timeout));
    }
}

impl<B, C> Drop for Pool<B, C> {
    fn drop(&mut self) {
        self.drain();
    }
}
