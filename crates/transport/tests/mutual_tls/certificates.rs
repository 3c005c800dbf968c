//! Certificates of the tests, from CAs of `mock-tls` that are made for each test.

use std::sync::LazyLock;

use identity::{Identity, Loader};
use mock_tls::{Ca, IssuedCertificate, Leaf};
use rcgen::{CertificateRevocationList, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};

/// One RSA key for all clients of the tests; the certificates make the difference.
static CLIENT_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap());

/// Makes a CA whose name all that come from here share.
pub(crate) fn new_ca() -> Ca {
    named_ca("Test CA")
}

pub(crate) fn named_ca(name: &str) -> Ca {
    Ca::named(name).unwrap()
}

/// Makes a CA whose own certificate ends with the new year given.
pub(crate) fn ca_until(year: i32) -> Ca {
    Ca::named_until("Test CA", date_time_ymd(year, 1, 1)).unwrap()
}

/// The certificates that the tests ask a CA for.
pub(crate) trait Issue {
    fn server(&self, name: &str) -> IssuedCertificate;

    fn expired_server(&self, name: &str) -> IssuedCertificate;

    fn numbered_server(&self, name: &str, serial: u64) -> IssuedCertificate;

    /// Issues a certificate for a key that there is already.
    fn server_of(&self, key: &KeyPair, name: &str) -> IssuedCertificate;

    /// Makes a list with these serial numbers on it, good from 2020 until the year given.
    fn crl(&self, revoked: &[u64], until: i32) -> CertificateRevocationList;

    fn client(&self) -> Identity;

    /// Returns a certificate, valid from one new year to another, and its key, both as PEM.
    fn client_pem(&self, from: i32, to: i32) -> (String, String);

    /// Returns the same as [`client_pem`](Self::client_pem), with a P-256 key.
    fn elliptic_client_pem(&self) -> (String, String);
}

impl Issue for Ca {
    fn server(&self, name: &str) -> IssuedCertificate {
        self.issue_with_new_key(&server_leaf(name)).unwrap()
    }

    fn expired_server(&self, name: &str) -> IssuedCertificate {
        let leaf = server_leaf(name).valid_years(2020, 2021);
        self.issue_with_new_key(&leaf).unwrap()
    }

    fn numbered_server(&self, name: &str, serial: u64) -> IssuedCertificate {
        let leaf = server_leaf(name).serial(serial);
        self.issue_with_new_key(&leaf).unwrap()
    }

    fn server_of(&self, key: &KeyPair, name: &str) -> IssuedCertificate {
        self.issue(&server_leaf(name), key).unwrap()
    }

    fn crl(&self, revoked: &[u64], until: i32) -> CertificateRevocationList {
        let (from, until) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        let revoked = revoked.iter().copied();
        self.revocation_list_of(revoked, from, until).unwrap()
    }

    fn client(&self) -> Identity {
        let (certificate, key) = self.client_pem(2020, 2040);
        let loaded = Loader::new().load(certificate.as_bytes(), key.as_bytes());
        loaded.unwrap().into_parts().0
    }

    fn client_pem(&self, from: i32, to: i32) -> (String, String) {
        pem(self.issue(&client_leaf().valid_years(from, to), &CLIENT_KEY))
    }

    fn elliptic_client_pem(&self) -> (String, String) {
        pem(self.issue_with_new_key(&client_leaf().valid_years(2020, 2040)))
    }
}

fn server_leaf(name: &str) -> Leaf {
    Leaf::server([name]).unwrap()
}

fn client_leaf() -> Leaf {
    Leaf::client("client.example")
}

fn pem(issued: Result<IssuedCertificate, mock_tls::Error>) -> (String, String) {
    let issued = issued.unwrap();
    (issued.chain_pem(), issued.secret_key_pem().to_owned())
}
