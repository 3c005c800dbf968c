//! A certificate chain and the private key of its first certificate.

use std::fmt;

use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::KeyPair;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::Error;
use crate::leaf::Leaf;
use crate::random::random_serial;

/// A certificate chain, leaf first and without the root, and the private key of the leaf.
///
/// `Debug` shows the length of the chain only.
pub struct IssuedCertificate {
    chain: Vec<CertificateDer<'static>>,
    secret_key: PrivatePkcs8KeyDer<'static>,
    secret_key_pem: String,
}

impl IssuedCertificate {
    /// Puts a chain, leaf first, and the key of its leaf together; whether they match is not
    /// checked.
    #[must_use]
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Self {
        Self {
            chain,
            secret_key: PrivatePkcs8KeyDer::from(key.serialize_der()),
            secret_key_pem: key.serialize_pem(),
        }
    }

    /// Makes a certificate that its own key has signed.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] if the contents cannot be encoded.
    pub fn self_signed(leaf: &Leaf, key: &KeyPair) -> Result<Self, Error> {
        let params = leaf.numbered(&random_serial()?);
        let certificate = params.self_signed(key).map_err(Error::certificate)?;
        Ok(Self::new(vec![certificate.into()], key))
    }

    /// Adds a certificate at the end of the chain, whether it belongs there or not.
    #[must_use]
    pub fn followed_by(mut self, certificate: CertificateDer<'static>) -> Self {
        self.chain.push(certificate);
        self
    }

    /// Returns the chain, leaf first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// Returns the chain as PEM, leaf first.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        let block =
            |certificate: &CertificateDer<'_>| Pem::new("CERTIFICATE", certificate.to_vec());
        let blocks: Vec<_> = self.chain.iter().map(block).collect();
        // LF on every system, as OpenSSL writes it; the crate's default is CRLF.
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        pem::encode_many_config(&blocks, config)
    }

    /// Returns the unencrypted private key, PKCS#8.
    #[must_use]
    pub fn secret_key(&self) -> PrivateKeyDer<'static> {
        self.secret_key.clone_key().into()
    }

    /// Returns the unencrypted private key, PKCS#8 as PEM.
    #[must_use]
    pub fn secret_key_pem(&self) -> &str {
        &self.secret_key_pem
    }
}

impl fmt::Debug for IssuedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCertificate")
            .field("certificates", &self.chain.len())
            .finish_non_exhaustive()
    }
}
