//! Stored vectors, certificates made on the spot, and a loader whose clock stands still.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use identity::{Error, Loaded, Loader, Passphrase};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Returns 1 January 2030, in the validity of every stored certificate.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_893_456_000)
}

pub(crate) fn loader() -> Loader {
    Loader::new().validate_at(now())
}

/// Loads without a passphrase.
pub(crate) fn load(certificate: &[u8], key: &[u8]) -> Result<Loaded, Error> {
    loader().load(certificate, key)
}

/// Loads an encrypted key with the passphrase of the vectors.
pub(crate) fn load_encrypted(certificate: &[u8], key: &[u8]) -> Result<Loaded, Error> {
    loader().passphrase(passphrase()).load(certificate, key)
}

/// Loads the stored certificate with another key.
pub(crate) fn load_key(key: &[u8]) -> Result<Loaded, Error> {
    load(&vector("cert.pem"), key)
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("correct horse")
}

pub(crate) fn vector_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "vectors", name]
        .iter()
        .collect()
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    std::fs::read(vector_path(name)).expect("stored vector")
}

pub(crate) fn vector_text(name: &str) -> String {
    String::from_utf8(vector(name)).expect("stored vector is text")
}

/// The key that belongs to the stored certificate, for certificates made in a test.
pub(crate) static CLIENT_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::from_pem(&vector_text("key.pem")).expect("key vector"));

/// A CA made for a test.
pub(crate) struct TestCa {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl TestCa {
    /// Returns a root.
    pub(crate) fn root(name: &str) -> Self {
        let (params, key) = (ca_params(name), KeyPair::generate().unwrap());
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Returns a CA below this one.
    pub(crate) fn below(&self, name: &str) -> Self {
        let (params, key) = (ca_params(name), KeyPair::generate().unwrap());
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Returns a certificate for the key of another CA.
    pub(crate) fn certify(&self, name: &str, other: &Self) -> String {
        let params = ca_params(name);
        let certificate = params.signed_by(other.issuer.key(), &self.issuer);
        certificate.unwrap().pem()
    }

    /// Returns a certificate for the stored key.
    pub(crate) fn issue(&self, params: &CertificateParams) -> String {
        params.signed_by(&*CLIENT_KEY, &self.issuer).unwrap().pem()
    }
}

/// Returns the parameters of a plain client certificate.
pub(crate) fn client() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "client.example.com");
    params
}

/// Returns the parameters of a CA certificate.
pub(crate) fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.use_authority_key_identifier_extension = true;
    params
}
