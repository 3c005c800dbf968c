//! The connections of one identity of one generation.
//!
//! hyper-util's pool finds a connection by scheme and host alone and cannot be told to drop the idle ones, so each
//! identity has a pool of its own. Leaves out which of them a request goes to.

use std::time::Duration;

use http_body::Body;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use identity::Fingerprint;

use super::failover::Refusals;
use crate::{MtlsConnector, RawConnector, attempt::LastFailure};

/// Connections that nobody uses are closed after this time, before most servers and firewalls do it.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// All requests share one HTTP/2 connection; while one of them waits, the server is asked for a sign of life this
/// often, so that a connection that a firewall has dropped is not used until each request meets its deadline.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long the server has for the sign.
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// A pool and the connector that fills it. Dropping it closes its idle connections; busy ones finish first.
pub(super) struct Pool<B, C> {
    pub(super) connector: MtlsConnector<C>,
    pub(super) client: Client<MtlsConnector<C>, B>,
    pub(super) last_failure: LastFailure,
    pub(super) refusals: Refusals,
    /// Whose identity it is; none if the connector was built with what it has.
    pub(super) leaf: Option<Fingerprint>,
}

impl<B, C> Pool<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    pub(super) fn new(connector: MtlsConnector<C>, leaf: Option<Fingerprint>) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .http2_keep_alive_interval(HTTP2_PING_INTERVAL)
            .http2_keep_alive_timeout(HTTP2_PING_TIMEOUT)
            .build(connector.clone());
        Self {
            connector,
            client,
            last_failure: LastFailure::default(),
            refusals: Refusals::default(),
            leaf,
        }
    }
}
