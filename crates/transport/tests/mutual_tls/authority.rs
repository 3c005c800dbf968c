//! Certificates of the tests: an authority made for each test, as rcgen makes them.

use std::sync::LazyLock;

use identity::{Identity, Loader};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationList,
    CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyPair, PKCS_RSA_SHA256, RevokedCertParams, RsaKeySize, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// One RSA key for all clients of the tests; the certificates make the difference.
static CLIENT_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap());

pub(crate) struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, if another authority has signed it: a server sends it along.
    intermediate: Option<CertificateDer<'static>>,
}

pub(crate) struct ServerCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Test Authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::with(Self::params(name))
    }

    /// An authority whose own certificate is good until the new year given.
    pub(crate) fn until(year: i32) -> Self {
        let mut params = Self::params("Test Authority");
        params.not_after = date_time_ymd(year, 1, 1);
        Self::with(params)
    }

    fn with(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            intermediate: None,
        }
    }

    /// An authority beneath this one.
    pub(crate) fn intermediate(&self, name: &str, serial: u64) -> Self {
        let mut params = Self::params(name);
        params.serial_number = Some(serial.into());
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            intermediate: Some(certificate.der().clone()),
        }
    }

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params
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

    pub(crate) fn numbered_server(&self, name: &str, serial: u64) -> ServerCertificate {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.serial_number = Some(serial.into());
        self.sign_server(params)
    }

    /// A certificate for a key that there is already.
    pub(crate) fn server_of(&self, key: &KeyPair, name: &str) -> ServerCertificate {
        self.sign_for(key, CertificateParams::new([name.to_owned()]).unwrap())
    }

    fn sign_server(&self, params: CertificateParams) -> ServerCertificate {
        self.sign_for(&KeyPair::generate().unwrap(), params)
    }

    fn sign_for(&self, key: &KeyPair, params: CertificateParams) -> ServerCertificate {
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        let leaf = certificate.der().clone();
        ServerCertificate {
            chain: [leaf]
                .into_iter()
                .chain(self.intermediate.clone())
                .collect(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// A list with these serial numbers on it, good from 2020 until the year given.
    pub(crate) fn crl(&self, revoked: &[u64], until: i32) -> CertificateRevocationList {
        let revoked = revoked.iter().map(|&serial| RevokedCertParams {
            serial_number: serial.into(),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap()
    }

    pub(crate) fn client(&self) -> Identity {
        let (certificate, key) = self.client_pem(2020, 2040);
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes());
        loaded.unwrap().into_parts().0
    }

    /// Certificate, valid from one new year to another, and key.
    pub(crate) fn client_pem(&self, from: i32, to: i32) -> (String, String) {
        self.client_of(&CLIENT_KEY, from, to)
    }

    /// As [`client_pem`](Self::client_pem), with a P-256 key.
    pub(crate) fn elliptic_client_pem(&self) -> (String, String) {
        self.client_of(&KeyPair::generate().unwrap(), 2020, 2040)
    }

    fn client_of(&self, key: &KeyPair, from: i32, to: i32) -> (String, String) {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params
            .distinguished_name
            .push(DnType::CommonName, "client.example");
        params
            .extended_key_usages
            .push(ExtendedKeyUsagePurpose::ClientAuth);
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}
