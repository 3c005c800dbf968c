//! The identity that a client presents.

use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A client certificate with its key, or none.
#[derive(Clone, Debug)]
pub struct Identity(Option<Arc<SingleCertAndKey>>);

impl Identity {
    /// No certificate.
    pub const NONE: Self = Self(None);

    /// Puts a certificate and a key together, without a check that they match.
    #[must_use]
    pub fn new(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> Self {
        let provider = aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = CertifiedKey::new(vec![certificate], key);
        Self(Some(Arc::new(certified.into())))
    }

    pub(crate) fn resolver(&self) -> Option<Arc<dyn ResolvesClientCert>> {
        self.0.clone().map(|identity| identity as _)
    }
}
