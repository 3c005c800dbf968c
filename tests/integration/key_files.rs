//! The files of `csr` in the hands of `identity`.

use csr::{EncryptionParams, Protection, RequestFiles};
use identity::{Error, Loader, Passphrase};
use mock_napi::{Account, ConnectionEvent, EventKind};
use test_support::{Customer, Mock};

/// Returns a customer's certificate, and its key once more under the passphrase "correct horse".
async fn encrypted(mock: &Mock) -> (Customer, RequestFiles) {
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let files = RequestFiles::new(customer.folder(), "encrypted").unwrap();
    let passphrase = csr::Passphrase::new("correct horse").unwrap();
    let params = EncryptionParams::default().iterations(1_000).unwrap();
    let protection = Protection::Passphrase(&passphrase, params);
    files
        .write(
            Customer::key().unwrap(),
            protection,
            &Customer::request().unwrap(),
        )
        .unwrap();
    (customer, files)
}

#[tokio::test]
async fn an_encrypted_key_opens_with_its_passphrase_and_no_other() {
    let mock = Mock::start().await.unwrap();
    let (customer, files) = encrypted(&mock).await;
    let load = |passphrase: Option<&str>| {
        let loader = match passphrase {
            Some(passphrase) => Loader::new().passphrase(Passphrase::new(passphrase)),
            None => Loader::new(),
        };
        loader.load_files(&customer.certificate_path(), &files.key_path())
    };

    assert!(load(Some("correct horse")).is_ok());
    assert!(matches!(
        load(Some("Correct horse")),
        Err(Error::PassphraseOrDamaged)
    ));
    assert!(matches!(load(None), Err(Error::PassphraseRequired)));
    // Nothing was sent while the key could not be opened.
    let events = mock.portal().events().await.unwrap();
    assert!(!events.iter().any(|event| matches!(
        event.kind,
        EventKind::Connection(ConnectionEvent::HandshakeCompleted { .. })
    )));
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_is_refused() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let other = csr::RsaKey::generate().unwrap();

    let certificate = std::fs::read(customer.certificate_path()).unwrap();
    let key = other.to_secret_pkcs8_pem();
    let loaded = Loader::new().load(&certificate, key.as_bytes());

    assert!(matches!(loaded, Err(Error::KeyMismatch { .. })));
}
