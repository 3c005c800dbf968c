//! The connections of one generation, by host.
//!
//! hyper-util's pools know only whether a connection can be used: not why it failed, not which
//! waiting request it is reserved for, not how to end it. Leaves out sending a request, and
//! generations.

pub(crate) mod alarm;
pub(crate) mod alarms;
pub(crate) mod checkout;
pub(crate) mod connection;
pub(crate) mod dialer;
mod dispatcher;
mod driver;
mod host;
mod http1;
mod http2;
pub(crate) mod in_flight;
mod left_uploads;
pub(crate) mod limits;

pub(crate) mod outcome;
pub(crate) mod ready;
mod sender;
mod spawner;
mod table;
pub(crate) mod waiter;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use http::uri::Authority;
use http_body::Body;
use tokio::{runtime::Handle, time::Instant};

use crate::client::pool::checkout::Checkout;
use crate::client::pool::dialer::{Dialer, HttpSettings};
use crate::client::pool::host::Availability;
use crate::client::pool::limits::Limits;
use crate::client::pool::ready::Ready;
use crate::client::pool::table::Table;
use crate::connection::generation::Generation;
use crate::connector::MtlsConnector;
use crate::jitter::Jitter;
use crate::net::raw_connector::RawConnector;
use crate::timeouts::{UNLIMITED, from_now};

/// A pool and the connector that fills it. Dropping it closes idle connections and drains busy
/// ones.
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
        let drain_timeout = limits.drain_timeout(connector.timeouts().request);
        let alpn = connector.alpn();
        let limits = Limits {
            idle_timeout: limits.idle_timeout.min(UNLIMITED), // added to an instant, which must not overflow
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

    /// Returns a connection to the host, if one can take a request at once.
    pub(crate) fn take(&self, authority: &Authority, now: Instant) -> Option<Ready<B>> {
        loop {
            let host = self.table.host(authority)?;
            match host.take(now) {
                Availability::Ready(sender) => return Some(Ready::new(sender, host)),
                Availability::Nothing => return None,
                Availability::Gone => {}
            }
        }
    }

    /// Waits for a connection to the host. None for an authority that cannot be part of a URI.
    pub(crate) fn wait(&self, authority: &Authority, runtime: &Handle) -> Option<Checkout<B>> {
        loop {
            let host = self.table.host(authority)?;
            if let Some(checkout) = Checkout::new(host, runtime.clone()) {
                return Some(checkout);
            }
        }
    }

    /// Drains the pool: keeps no connection, closes idle ones, and aborts busy ones after the drain
    /// timeout.
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
