//! One CA for both ends, made when it is asked for.

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use identity::{Identity, Loader};
use mock_tls::{Ca, Leaf, hex, random_serial};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use transport::{MtlsConnector, MtlsConnectorBuilder, TrustAnchors};

/// Issues the certificates of a server on loopback and of its clients.
#[derive(Debug)]
pub struct TestCa {
    ca: Ca,
    /// RSA-2048, as the portal wants it. One for all clients: the certificates make the difference.
    client_key: KeyPair,
}

impl TestCa {
    /// Makes a new CA, and a new key for its clients.
    ///
    /// # Errors
    ///
    /// If the keys cannot be made.
    pub fn new() -> anyhow::Result<Self> {
        // A name of its own, or another CA would be taken for this one with a bad signature.
        let name = format!("Test CA {}", hex(&random_serial()?));
        Ok(Self {
            ca: Ca::named(&name)?,
            client_key: KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
        })
    }

    /// Issues a certificate for one more client.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn client(&self) -> anyhow::Result<Identity> {
        let (certificate, key) = self.client_pem()?;
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes())?;
        Ok(loaded.into_parts().0)
    }

    /// Issues the same as certificate and key in PEM, for a client in another process.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn client_pem(&self) -> anyhow::Result<(String, String)> {
        let leaf = Leaf::client("client.example").valid_years(2020, 2040);
        let issued = self.ca.issue(&leaf, &self.client_key)?;
        Ok((issued.chain_pem(), issued.secret_key_pem().to_owned()))
    }

    /// Issues certificate and key of a server as PEM, for one in another process.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn server_pem(&self) -> anyhow::Result<(String, String)> {
        let leaf = Leaf::server(["localhost", "127.0.0.1"])?;
        let issued = self.ca.issue_with_new_key(&leaf)?;
        Ok((issued.chain_pem(), issued.secret_key_pem().to_owned()))
    }

    /// Returns settings of a connector that trusts the servers of this CA alone.
    ///
    /// # Errors
    ///
    /// Never, while the CA's certificate is one.
    pub fn trusted(&self) -> anyhow::Result<MtlsConnectorBuilder> {
        let anchors = TrustAnchors::from_pem(self.ca.pem()).context("our own certificate")?;
        Ok(MtlsConnector::builder(anchors))
    }

    /// Returns its own certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        self.ca.pem()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.ca.certificate()
    }

    /// Issues certificate and key of a server that is reached by name or by address.
    pub(crate) fn server(
        &self,
    ) -> anyhow::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let leaf = Leaf::server(["localhost", "127.0.0.1"])?;
        let issued = self.ca.issue_with_new_key(&leaf)?;
        Ok((issued.chain().to_vec(), issued.secret_key()))
    }
}

/// Returns the SHA-256 of something, in lower-case digits.
pub(crate) fn hexadecimal_sha256(data: &[u8]) -> String {
    let digest = digest(&SHA256, data);
    let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
