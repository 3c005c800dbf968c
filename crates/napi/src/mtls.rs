//! The client over mutual TLS: the one place where this crate knows of `transport`.

use crate::{BaseUrl, Client, Credentials, Error, RequestBody};

/// A client over mutual TLS.
pub type MtlsClient = Client<transport::MtlsClient<RequestBody>>;

impl MtlsClient {
    /// A client that connects with `connector`, which has the identity and the trust anchors.
    ///
    /// For a client whose identity can be [rotated](transport::MtlsClient::rotate), make that client first, keep a clone
    /// of it and give it to [`Client::new`].
    #[must_use]
    pub fn over_mtls(
        connector: transport::MtlsConnector,
        base_url: BaseUrl,
        credentials: Credentials,
    ) -> Self {
        let transport = transport::MtlsClient::builder(connector).failover().build();
        Self::new(transport, base_url, credentials)
    }
}

impl Error {
    /// Why there was no answer, when the client runs over mutual TLS: who refused whose certificate, which deadline
    /// passed, and on which connection.
    #[must_use]
    pub fn transport(&self) -> Option<&transport::Error> {
        match self {
            Self::Transport { source } => transport::Error::find(&**source),
            _ => None,
        }
    }

    /// Whether the server refused the client certificate, or wants one.
    #[must_use]
    pub fn is_client_certificate(&self) -> bool {
        self.transport()
            .is_some_and(transport::Error::is_client_certificate)
    }
}
