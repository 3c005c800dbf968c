//! The connections of one generation, kept for the requests that follow.
//!
//! hyper-util's pool cannot be told to drop the idle ones, so each generation has a pool of its own. Leaves out how a
//! request is sent.

use http_body::Body;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};

use super::settings::Settings;
use crate::{
    Generation, MtlsConnector, RawConnector, attempt::LastFailure, connections::Connections,
    deadlines::FOR_EVER,
};

/// A pool and the connector that fills it. Dropping it closes its idle connections; busy ones finish first.
pub(super) struct Pool<B, C> {
    pub(super) connector: MtlsConnector<C>,
    pub(super) client: Client<MtlsConnector<C>, B>,
    pub(super) last_failure: LastFailure,
    /// Those of this pool alone: the connector may be under other clients too, whose identity does not end with ours.
    pub(super) connections: Connections,
}

impl<B, C> Pool<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    pub(super) fn new(connector: MtlsConnector<C>, settings: &Settings<B>) -> Self {
        let connections = Connections::default();
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(settings.idle_timeout.min(FOR_EVER)) // the pool adds it to an instant
            .pool_max_idle_per_host(settings.idle_connections)
            .http1_max_headers(usize::from(settings.head_limits.fields))
            .http1_max_buf_size(settings.head_limits.http1_buffer())
            .http2_max_header_list_size(settings.head_limits.bytes)
            .http2_keep_alive_interval(settings.ping_interval)
            .http2_keep_alive_timeout(settings.ping_timeout)
            // All wait for the first connection then; else each request opens one until the first has said what it speaks.
            .http2_only(connector.is_http2_alone())
            .build(
                connector
                    .clone()
                    .counting(connections.clone())
                    .reading_heads(settings.head_limits),
            );
        Self {
            connector,
            client,
            last_failure: LastFailure::default(),
            connections,
        }
    }
}

impl<B, C> Pool<B, C> {
    pub(super) fn generation(&self) -> Generation {
        self.connector.generation()
    }
}
