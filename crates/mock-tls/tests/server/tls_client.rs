//! Identities and credentials for a client over rustls and hyper.

use mock_tls::{Credentials, MockServer};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
pub(crate) use test_client::{Client, Identity, header};

/// Writes Basic credentials as a header's value.
pub(crate) fn basic(credentials: &Credentials) -> String {
    test_client::basic(credentials.user(), credentials.secret_password())
}

/// Makes an identity that this server accepts.
pub(crate) fn identity_of(server: &MockServer) -> Identity {
    let identity = server.client_identity().unwrap();
    let certificate = CertificateDer::from_pem_slice(identity.certificate_pem().as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.secret_key_pem().as_bytes());
    Identity::new(certificate.unwrap(), key.unwrap())
}
