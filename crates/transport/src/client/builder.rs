//! The settings of a client.

use std::{fmt, sync::Arc, time::Duration};

use http_body::Body;

use super::{
    MtlsClient,
    pool::Pool,
    retry::Retries,
    rotation::Generations,
    settings::{HttpRefusals, Settings},
};
use crate::{MtlsConnector, RawConnector, TcpConnector};

/// Settings of an [`MtlsClient`]; [`MtlsClient::builder`] starts them, and every one may be left out.
///
/// ```no_run
/// # fn example(connector: transport::MtlsConnector) {
/// use std::time::Duration;
/// use transport::{MtlsClient, Retries};
///
/// let client: MtlsClient<http_body_util::Full<bytes::Bytes>> = MtlsClient::builder(connector)
///     .failover_on_http_refusals()
///     .retries(Retries::default())
///     .answer_limit(8 * 1024 * 1024)
///     .connection_age(Duration::from_secs(600))
///     .build();
/// # }
/// ```
#[must_use]
pub struct MtlsClientBuilder<B, C = TcpConnector> {
    connector: MtlsConnector<C>,
    settings: Settings<B>,
}

impl<B, C> MtlsClientBuilder<B, C> {
    pub(super) fn new(connector: MtlsConnector<C>) -> Self {
        let settings = Settings::default();
        Self {
            connector,
            settings,
        }
    }

    /// Connections that nobody uses are closed after this time; 50 seconds unless set.
    pub fn idle_timeout(mut self, idle_timeout: Duration) -> Self {
        self.settings.idle_timeout = idle_timeout;
        self
    }

    /// How many unused HTTP/1.1 connections to one host are kept; as many as there are unless set.
    pub fn idle_connections(mut self, idle_connections: usize) -> Self {
        self.settings.idle_connections = idle_connections;
        self
    }

    /// A connection that has stood for so long, a tenth more or less by chance, is closed after its next answer; 30
    /// minutes unless set.
    ///
    /// So that a busy one, as those of HTTP/2 are, follows where the name leads and what the server has become. `None`
    /// is for ever.
    pub fn connection_age(mut self, connection_age: impl Into<Option<Duration>>) -> Self {
        self.settings.connection_age = connection_age.into();
        self
    }

    /// After a rotation, connections of the identity that was replaced are cut when this time has passed, a tenth
    /// more or less by chance; 150 seconds unless set.
    ///
    /// What is under way on them by then fails with [`ErrorKind::Retired`](crate::ErrorKind::Retired). More than a
    /// request's deadline is of no use.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// The most bytes that the body of an answer may have; no limit unless set.
    ///
    /// A longer one is [`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge): at once if the server says its
    /// length beforehand, else when the limit is passed.
    pub fn answer_limit(mut self, answer_limit: u64) -> Self {
        self.settings.answer_limit = Some(answer_limit);
        self
    }

    /// The most bytes that the head of a response may have, status line and header fields together; 300 KiB unless set.
    ///
    /// Under HTTP/2 the size before compression, and 32 bytes more for each field
    /// ([RFC 9113, section 6.5.2]). A longer one is
    /// [`ErrorKind::UnreadableHead`](crate::ErrorKind::UnreadableHead); no more than a few times this is kept of it.
    ///
    /// [RFC 9113, section 6.5.2]: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
    pub fn max_response_head(mut self, bytes: u32) -> Self {
        self.settings.head_limits.bytes = bytes;
        self
    }

    /// The most header fields that a response may have, each line counted; 1000 unless set.
    ///
    /// More are [`ErrorKind::UnreadableHead`](crate::ErrorKind::UnreadableHead). Under HTTP/1.1, each response takes 64
    /// bytes for each of as many fields as are allowed, whether they come or not.
    pub fn max_response_fields(mut self, fields: u16) -> Self {
        self.settings.head_limits.fields = fields;
        self
    }

    /// Hands on answers that refuse our certificate, instead of making [errors](crate::HttpRefusal) of those that are
    /// certain.
    pub fn http_refusals_as_answers(mut self) -> Self {
        self.settings.http_refusals = HttpRefusals::Answers;
        self
    }
}

impl<B: Clone, C> MtlsClientBuilder<B, C> {
    /// Sends a request once more with the next identity if the server has refused the first before it could see
    /// the request.
    ///
    /// That is when an alert about our certificate ends a new connection before any answer, and before the server has
    /// shown that it takes the certificate: whatever the method, the request has not reached HTTP. An identity that a host has refused is passed over for that host for five minutes.
    /// Under TLS 1.2 such an alert is not protected, so it is passed over only once the host has taken another.
    /// If the host refuses the second too, the error is about the first, and both have been logged. The deadline is one
    /// for both.
    ///
    /// For this every body is cloned before it is sent, which is cheap for [`Bytes`](bytes::Bytes).
    pub fn failover(mut self) -> Self {
        self.settings.failover = Some(B::clone);
        self
    }

    /// As [`failover`](Self::failover), and also where a server rejects the certificate by a response that is
    /// [certain](crate::HttpRefusal::is_certain) to be such a rejection.
    ///
    /// nginx rejects in no other way, a revoked certificate among them, so this is the one to take where it is not known
    /// what stands before a service. The server has read the head of the request then, and perhaps its body; it is the
    /// server in front, which has not passed it on. Only its own page counts: what the service says itself is its
    /// response, whatever it quotes, and the request is not sent again for it.
    pub fn failover_on_http_refusals(mut self) -> Self {
        self.settings.http_refusals = HttpRefusals::FailedOver;
        self.failover()
    }

    /// Sends requests again where that is safe; see [`Retries`]. Every body is cloned before it is sent.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.settings.retries = Some((B::clone, retries));
        self
    }
}

impl<B, C> MtlsClientBuilder<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// The client, which keeps the connector's deadlines.
    #[must_use]
    pub fn build(self) -> MtlsClient<B, C> {
        let pool = Pool::new(self.connector, &self.settings);
        MtlsClient {
            generations: Arc::new(Generations::starting_with(Arc::new(pool))),
            settings: Arc::new(self.settings),
        }
    }
}

impl<B, C> fmt::Debug for MtlsClientBuilder<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClientBuilder")
            .field("connector", &self.connector)
            .field("failover", &self.settings.failover.is_some())
            .finish_non_exhaustive()
    }
}
