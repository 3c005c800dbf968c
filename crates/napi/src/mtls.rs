//! The client over mutual TLS: the one place where this crate knows of `transport`.

use crate::base_url::BaseUrl;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::request_body::RequestBody;
use crate::result_with_metadata::ResultWithMetadata;

impl<C, V> Client<transport::MtlsClient<RequestBody, C>, V>
where
    C: transport::RawConnector + Clone + Send + Sync + 'static,
{
    /// Makes a client that connects with `connector`, which has the identity, the trust anchors,
    /// the timeouts and, if there is one, the [proxy](transport::Proxy).
    ///
    /// **Time.** A call has 150 seconds, from its start to the last byte of the response, unless
    /// the connector's [`Timeouts`](transport::Timeouts) say something else: a verification
    /// without a callback takes up to [120](crate::verifications::VerifyRequest::LONGEST_CALL), so
    /// less would give up on some that are billed.
    ///
    /// **Retries.** Operations that only read are retried up to twice, by the rules and within the
    /// budget of [`RetryPolicy`](transport::RetryPolicy): if a pooled connection was closed under
    /// them, or if the response is a 429 or 503 whose `Retry-After` is at most 30 seconds. A
    /// verification, a search, a callback and the request for a token are retried only if nothing
    /// of them was sent, since there was no connection yet
    /// ([`only_if_unsent`](transport::RetryPolicy::only_if_unsent)). Another identity of the
    /// connector is tried if the first is rejected before the service could see the request. All of
    /// it happens within the time of the call.
    ///
    /// Its identity is [rotated](transport::MtlsClient::rotate) through
    /// [`service`](Client::service). For anything else, make the transport first and give it, or a
    /// clone of it, to [`Client::new`]:
    ///
    /// ```
    /// use std::time::Duration;
    /// use napi::{BaseUrl, Client, Credentials};
    /// use transport::{Timeouts, MtlsConnectorBuilder};
    ///
    /// # fn client(builder: MtlsConnectorBuilder, credentials: Credentials) -> Result<(), transport::ConfigError> {
    /// let timeouts = Timeouts::default().request(Duration::from_secs(200));
    /// let connector = builder.timeouts(timeouts).build()?;
    /// let transport = transport::MtlsClient::builder(connector).failover_on_http_refusals().build(); // no retries
    /// let client: Client = Client::new(transport.clone(), BaseUrl::MTLS, credentials);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn over_mtls(
        connector: transport::MtlsConnector<C>,
        base_url: BaseUrl,
        credentials: Credentials<V>,
    ) -> Self {
        let transport = transport::MtlsClient::builder(connector)
            .failover_on_http_refusals()
            .retries(transport::RetryPolicy::default().only_if_unsent())
            .build();
        Self::new(transport, base_url, credentials)
    }
}

impl<T> ResultWithMetadata<T> {
    /// Returns the connection that brought the response: its addresses, TLS version, the server's
    /// certificate.
    #[must_use]
    pub fn connection(&self) -> Option<&transport::ConnectionInfo> {
        self.extensions.get()
    }
}

impl Error {
    /// Returns why there was no response, when the client runs over mutual TLS: who rejected whose
    /// certificate, which deadline passed, and on which connection.
    #[must_use]
    pub fn transport(&self) -> Option<&transport::Error> {
        match self {
            Self::Transport { cause, .. } => transport::Error::find(&**cause),
            Self::StillRunning { last } => last.as_ref()?.transport(),
            Self::Token { cause, .. } => cause.transport(),
            _ => None,
        }
    }

    /// Returns whether the server refused the client certificate, or wants one.
    #[must_use]
    pub fn is_client_certificate_rejected(&self) -> bool {
        self.transport()
            .is_some_and(transport::Error::is_client_certificate_rejected)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use transport::Timeouts;

    use crate::verifications::VerifyRequest;

    #[test]
    fn a_call_may_take_longer_than_the_longest_verification() {
        let default = Duration::from_secs(150);
        assert_eq!(Timeouts::default(), Timeouts::default().request(default));
        assert_eq!(VerifyRequest::LONGEST_CALL, Duration::from_secs(120));
        // Enough for a new connection and for the response itself.
        assert!(default - VerifyRequest::LONGEST_CALL >= Duration::from_secs(20 + 5));
    }
}
