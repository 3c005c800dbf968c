//! Less common settings of TLS.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;

use crate::connector::builder::MtlsConnectorBuilder;
use crate::error::config_error::ConfigError;

/// Less common TLS settings.
impl<P> MtlsConnectorBuilder<P> {
    /// Offers TLS 1.3 alone; TLS 1.2 and 1.3 by default.
    ///
    /// TLS 1.2 sends our certificate, with the names in it, in the clear; TLS 1.3 encrypts it. For
    /// a server that is known to support TLS 1.3: should it ever fall back, it is refused with
    /// [`ErrorKind::Tls`](crate::ErrorKind::Tls) before our certificate is sent. It applies to an
    /// `https` proxy as well.
    pub fn tls13_only(mut self) -> Self {
        self.settings.is_tls13_only = true;
        self
    }

    /// Makes TLS configurations from one of rustls, for settings that this builder lacks: record
    /// sizes, certificate compression, Encrypted Client Hello, TLS 1.2 alone. Another crypto
    /// provider is given by [`CryptoProvider::from_rustls`](crate::CryptoProvider::from_rustls).
    ///
    /// **Taken from it** are the crypto provider, which also verifies the server's certificates and
    /// reads the key of the identity; the TLS versions; `enable_sni`, `max_fragment_size`,
    /// `require_ems`, `cert_compressors`, `cert_decompressors`, `send_ticket_request`, and ECH.
    ///
    /// **Not taken** are the certificate verifier (ours uses the [`TrustAnchors`], pins and
    /// revocation lists), the client's certificates, the session store (each identity of each
    /// generation has its own, or a rotation would have no effect), ALPN, the time, the key log,
    /// early data (it can be replayed) and the extraction of secrets. So it may be built with
    /// anything there. An `https` proxy gets the provider alone.
    ///
    /// Its type is rustls's; it changes with rustls's major versions, as that of
    /// [`rustls_client_config`](crate::MtlsConnector::rustls_client_config).
    ///
    /// With [`crypto_provider`](Self::crypto_provider) or [`tls13_only`](Self::tls13_only) beside
    /// it, building fails with [`ConfigError::SetInRustlsBase`].
    ///
    /// ```
    /// use rustls::{ClientConfig, RootCertStore};
    /// use transport::{MtlsConnector, TrustAnchors};
    ///
    /// # let pem = include_str!("../../../tests/vectors/authority.pem");
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// let provider = rustls::crypto::aws_lc_rs::default_provider(); // or one of yours
    /// let mut base = ClientConfig::builder_with_provider(provider.into())
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(RootCertStore::empty())
    ///     .with_no_client_auth();
    /// base.require_ems = true;
    /// let connector = MtlsConnector::builder(TrustAnchors::from_pem(pem)?)
    ///     .rustls_base_config(base)
    ///     .build()?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`TrustAnchors`]: crate::TrustAnchors
    pub fn rustls_base_config(mut self, base: impl Into<Arc<ClientConfig>>) -> Self {
        self.settings.base = Some(base.into());
        self
    }

    /// Sets the name that is sent in SNI (RFC 6066) and verified in the server's certificate,
    /// whatever host the URI names; a DNS name or an IP address.
    ///
    /// For a server that is reached by another name than its own: through a port forward or a
    /// private endpoint. TCP, a proxy and HTTP keep the URI's host. It applies to every server that
    /// this connector connects to; [`resolve`](Self::resolve) does the reverse and leaves the name
    /// alone.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ServerName`] if it is neither a DNS name nor an IP address.
    pub fn server_name(mut self, name: &str) -> Result<Self, ConfigError> {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| ConfigError::ServerName)?;
        self.server_name = Some(name);
        Ok(self)
    }
}
