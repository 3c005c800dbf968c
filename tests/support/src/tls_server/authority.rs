//! One authority for both ends, made when it is asked for.

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use identity::{Identity, Loader};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use transport::{MtlsConnector, MtlsConnectorBuilder, TrustAnchors};

/// Issues the certificates of a server on loopback and of its clients.
#[derive(Debug)]
pub struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// RSA-2048, as the portal wants it. One for all clients: the certificates make the difference.
    client_key: KeyPair,
}

impl Authority {
    /// A new authority, and a new key for its clients.
    ///
    /// # Errors
    ///
    /// If the keys cannot be made.
    pub fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        // Each has a name of its own, or a stranger would be taken for this one with a bad signature.
        let digest = hexadecimal_sha256(key.public_key_raw());
        let name = format!("Authority {digest:.16}");
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            client_key: KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
        })
    }

    /// A certificate for one more client.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn client(&self) -> anyhow::Result<Identity> {
        let (certificate, key) = self.client_pem()?;
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes())?;
        Ok(loaded.into_parts().0)
    }

    /// The same as certificate and key in PEM, for a client in another process.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn client_pem(&self) -> anyhow::Result<(String, String)> {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2040, 1, 1);
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "client.example");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&self.client_key, &self.issuer)?.pem();
        Ok((certificate, self.client_key.serialize_pem()))
    }

    /// Settings of a connector that trusts the servers of this authority alone.
    ///
    /// # Errors
    ///
    /// Never, while the authority's certificate is one.
    pub fn trusted(&self) -> anyhow::Result<MtlsConnectorBuilder> {
        let anchors = TrustAnchors::from_pem(&self.pem).context("our own certificate")?;
        Ok(MtlsConnector::builder(anchors))
    }

    /// Its own certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.der.clone()
    }

    /// Certificate and key of a server that is reached by name or by address.
    pub(crate) fn server(
        &self,
    ) -> anyhow::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        Ok((vec![certificate.der().clone()], key))
    }
}

/// The SHA-256 of something, in lower-case digits.
pub(crate) fn hexadecimal_sha256(data: &[u8]) -> String {
    let digest = digest(&SHA256, data);
    let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
