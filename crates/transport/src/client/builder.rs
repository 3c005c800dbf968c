//! The settings of a client.

use std::{error::Error as StdError, fmt, marker::PhantomData, sync::Arc, time::Duration};

use http_body::Body;

use crate::client::MtlsClient;
use crate::client::exchange::HttpRefusals;
use crate::client::generations::{Generations, PoolSettings};
use crate::client::pool::dialer::{HttpSettings, Pings};
use crate::client::pool::limits::{Limits, WhenStreamsAreUsedUp};
use crate::client::propagation::Propagation;
use crate::client::retry::RetryPolicy;
use crate::client::stack::Layers;
use crate::connector::MtlsConnector;
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;

/// Settings of an [`MtlsClient`], all optional; [`MtlsClient::builder`] starts them.
///
/// ```no_run
/// # fn example(connector: transport::MtlsConnector) {
/// use std::time::Duration;
/// use transport::{MtlsClient, RetryPolicy};
///
/// let client: MtlsClient<http_body_util::Full<bytes::Bytes>> = MtlsClient::builder(connector)
///     .failover_on_http_refusals()
///     .retries(RetryPolicy::default())
///     .max_response_body(8 * 1024 * 1024)
///     .max_connection_age(Duration::from_secs(600))
///     .build();
/// # }
/// ```
#[must_use]
pub struct MtlsClientBuilder<B, C = TcpConnector> {
    connector: MtlsConnector<C>,
    limits: Limits,
    http: HttpSettings,
    layers: Layers,
    bodies: PhantomData<fn(B)>,
}

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Starts a builder of a client that connects with `connector`.
    pub fn builder(connector: MtlsConnector<C>) -> MtlsClientBuilder<B, C> {
        MtlsClientBuilder::new(connector)
    }
}

impl<B, C> MtlsClientBuilder<B, C> {
    fn new(connector: MtlsConnector<C>) -> Self {
        Self {
            connector,
            limits: Limits::default(),
            http: HttpSettings::default(),
            layers: Layers::default(),
            bodies: PhantomData,
        }
    }

    /// Sets the time after which idle connections are closed; 50 seconds unless set.
    pub fn pool_idle_timeout(mut self, idle_timeout: Duration) -> Self {
        self.limits.idle_timeout = idle_timeout;
        self
    }

    /// Sets how many idle HTTP/1.1 connections to one host are kept; no limit unless set.
    pub fn pool_max_idle_per_host(mut self, pool_max_idle_per_host: usize) -> Self {
        self.limits.max_idle = pool_max_idle_per_host;
        self
    }

    /// Sets the age after which a connection is closed with its next response, up to a tenth more
    /// or less; 30 minutes unless set.
    ///
    /// A busy connection, as those of HTTP/2 are, otherwise stays with one server although its name
    /// resolves to others by now. `None` sets no limit.
    pub fn max_connection_age(mut self, max_connection_age: impl Into<Option<Duration>>) -> Self {
        self.limits.max_age = max_connection_age.into();
        self
    }

    /// Sets the drain timeout: after a rotation, connections of the replaced generation are aborted
    /// when it has passed, up to a tenth more or less; a fifth more than the timeout of a request
    /// unless set, so that a rotation ends no request.
    ///
    /// Requests that are still in progress on them fail with
    /// [`ErrorKind::IdentityRotated`](crate::ErrorKind::IdentityRotated), and the server may have
    /// processed them. Longer than the timeout of a request, it has an effect on tunnels alone.
    pub fn drain_timeout(mut self, drain_timeout: Duration) -> Self {
        self.limits.drain_timeout = Some(drain_timeout);
        self
    }

    /// Sets the most bytes that a response body may have; no limit unless set.
    ///
    /// A longer one is [`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge): at once if the
    /// server announces its length, else when the limit is exceeded.
    pub fn max_response_body(mut self, max_response_body: u64) -> Self {
        self.layers.exchange.max_response_body = Some(max_response_body);
        self
    }

    /// Sets the most bytes that the head of a response may have, status line and header fields
    /// together; 300 KiB unless set.
    ///
    /// Under HTTP/2 the size before compression counts, and 32 bytes more for each field ([RFC
    /// 9113, section 6.5.2]). A longer one is
    /// [`ErrorKind::UnreadableHead`](crate::ErrorKind::UnreadableHead), and under HTTP/2, from
    /// twice the limit on, [`ErrorKind::Http`](crate::ErrorKind::Http) with a text that names the
    /// limit; at most a few times this many bytes are buffered.
    ///
    /// [RFC 9113, section 6.5.2]: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
    pub fn max_response_head(mut self, bytes: u32) -> Self {
        self.http.heads.bytes = bytes;
        self.layers.exchange.heads.bytes = bytes;
        self
    }

    /// Sets the most header fields that a response may have, counting each line; 1000 unless set.
    ///
    /// More are [`ErrorKind::UnreadableHead`](crate::ErrorKind::UnreadableHead).
    pub fn max_response_fields(mut self, fields: u16) -> Self {
        self.http.heads.fields = fields;
        self.layers.exchange.heads.fields = fields;
        self
    }

    /// Returns responses that reject our certificate, instead of making
    /// [errors](crate::HttpRefusal) of those that certainly do.
    pub fn pass_through_http_refusals(mut self) -> Self {
        self.layers.exchange.http_refusals = HttpRefusals::PassThrough;
        self
    }

    /// Sets the most connections to one host; no limit unless set.
    ///
    /// A request beyond it waits until one is free, behind earlier ones, within its timeout: if
    /// that expires, the error is in [`Phase::Queue`](crate::Phase::Queue), and the request has not
    /// been sent. 0 counts as 1.
    pub fn pool_max_connections_per_host(mut self, max_connections: usize) -> Self {
        self.limits.max_connections = max_connections.max(1);
        self
    }

    /// Sets the handling of a request while all HTTP/2 streams that the server allows are in use;
    /// it waits unless set.
    pub fn when_streams_are_used_up(mut self, then: WhenStreamsAreUsedUp) -> Self {
        self.limits.when_streams_are_used_up = then;
        self
    }

    /// Sets interval and timeout of the pings of an HTTP/2 connection while a request waits; 20
    /// seconds each unless set, at least 10 milliseconds. `None` sends none.
    ///
    /// A connection whose pings are not acknowledged is closed, so that one that a firewall has
    /// dropped is not used until each request has timed out.
    pub fn http2_pings(mut self, interval: impl Into<Option<Duration>>, timeout: Duration) -> Self {
        self.http.pings = Pings::new(interval.into(), timeout);
        self
    }

    /// Sends a request once more with the next identity if the server has rejected the first before
    /// it could see the request.
    ///
    /// That is when an alert about our certificate ends a new connection before any response, and
    /// before the server has shown that it accepts the certificate: whatever the method, the
    /// request has not reached HTTP. An identity that a host has rejected is passed over for that
    /// host for five minutes. Under TLS 1.2 such an alert is not protected, so the identity is
    /// passed over only once the host has accepted another. If the host rejects the second too, the
    /// error is about the first, and both are logged. One deadline applies to both.
    ///
    /// The part of a body that was read is kept for this up to the [limit](Self::replay_limit), at
    /// no cost for [`Bytes`](bytes::Bytes).
    pub fn failover(mut self) -> Self {
        self.layers.has_failover = true;
        self
    }

    /// Fails over as [`failover`](Self::failover) does, and also after a response that is
    /// [certain](crate::HttpRefusal::is_certain) to reject the certificate.
    ///
    /// nginx rejects in no other way, for example a revoked certificate, so this is the one to
    /// choose where the server in front of a service is unknown. By then that server has read the
    /// head of the request, and perhaps its body, and has not passed it on. Only its own page
    /// counts: the service's own response stays a response, whatever it quotes, and the request is
    /// not sent again for it.
    pub fn failover_on_http_refusals(mut self) -> Self {
        self.layers.exchange.http_refusals = HttpRefusals::FailOver;
        self.failover()
    }

    /// Sends requests again where that is safe; see [`RetryPolicy`]. Bodies are kept as for
    /// [`failover`](Self::failover).
    pub fn retries(mut self, retries: RetryPolicy) -> Self {
        self.layers.retries = Some(retries);
        self
    }

    /// Sets how many bytes of a request body are kept for sending it again; 8 MiB unless set.
    ///
    /// A body of which more has been read when a connection fails is not sent again: the failure is
    /// returned.
    pub fn replay_limit(mut self, replay_limit: usize) -> Self {
        self.layers.replay_limit = replay_limit;
        self
    }

    /// Propagates the context of traces to the server with each request that is sent; none unless
    /// set.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.layers.propagation = Some(propagation);
        self
    }
}

impl<B, C> MtlsClientBuilder<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Builds the client, which keeps the connector's timeouts.
    #[must_use]
    pub fn build(self) -> MtlsClient<B, C> {
        let timeout = self.connector.timeouts().request;
        let settings = PoolSettings {
            limits: Arc::new(self.limits),
            http: self.http,
        };
        let pool = settings.pool(self.connector);
        let generations = Generations::starting_with(pool, settings);
        MtlsClient::over(Arc::new(generations), Arc::new(self.layers), timeout)
    }
}

impl<B, C> fmt::Debug for MtlsClientBuilder<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClientBuilder")
            .field("connector", &self.connector)
            .field("failover", &self.layers.has_failover)
            .finish_non_exhaustive()
    }
}
