//! Certificates of the tests: an authority made for each test, as rcgen makes them.

use std::sync::LazyLock;

use identity::{Identity, Loader};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// One RSA key for all clients of the tests; the certificates make the difference.
static CLIENT_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap());

pub(crate) struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) struct ServerCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Test Authority");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.der.clone()
    }

    pub(crate) fn server(&self, name: &str) -> ServerCertificate {
        self.sign_server(CertificateParams::new([name.to_owned()]).unwrap())
    }

    pub(crate) fn expired_server(&self, name: &str) -> ServerCertificate {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign_server(params)
    }

    fn sign_server(&self, params: CertificateParams) -> ServerCertificate {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        ServerCertificate {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    pub(crate) fn client(&self) -> Identity {
        let (certificate, key) = self.client_pem(2020, 2040);
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes());
        loaded.unwrap().into_parts().0
    }

    /// Certificate, valid from one new year to another, and key.
    pub(crate) fn client_pem(&self, from: i32, to: i32) -> (String, String) {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params
            .distinguished_name
            .push(DnType::CommonName, "client.example");
        params
            .extended_key_usages
            .push(ExtendedKeyUsagePurpose::ClientAuth);
        let certificate = params.signed_by(&*CLIENT_KEY, &self.issuer).unwrap();
        (certificate.pem(), CLIENT_KEY.serialize_pem())
    }
}
