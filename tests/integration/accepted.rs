//! From an empty folder to "Hello".

use csr::{
    CertificationRequest, EncryptionParams, Passphrase, Protection, RequestFiles, RsaKey, Subject,
};
use identity::Loader;
use mock_napi::{Account, ConnectionEvent, EventKind, Verdict};
use napi::{BaseUrl, Client};
use test_support::{Customer, Mock};
use transport::Alpn;

use crate::kinds;

#[tokio::test]
async fn new_key_becomes_a_certificate_accepted_by_the_service() {
    let mock = Mock::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();

    // The customer: a key under a passphrase, and a request.
    let key = RsaKey::generate().unwrap();
    let subject = Subject::builder()
        .country("CA")
        .state("British Columbia")
        .locality("Vancouver")
        .organization("Acme Identity Inc.")
        .common_name("napi.acme.example")
        .dns_name("napi-2.acme.example")
        .build()
        .unwrap();
    let request = CertificationRequest::builder(&subject).sign(&key).unwrap();
    let files = RequestFiles::new(folder.path(), "napi").unwrap();
    let passphrase = Passphrase::new("correct horse").unwrap();
    let params = EncryptionParams::default().iterations(1_000).unwrap();
    files
        .write(&key, Protection::Passphrase(&passphrase, params), &request)
        .unwrap();

    // The portal.
    let request = std::fs::read_to_string(files.request_path()).unwrap();
    let certificate = mock
        .portal()
        .certificate(Account::ACME, &request)
        .await
        .unwrap()
        .unwrap();
    let certificate_path = folder.path().join("napi.pem");
    std::fs::write(&certificate_path, certificate).unwrap();

    // The client.
    let passphrase = identity::Passphrase::new("correct horse");
    let loaded = Loader::new()
        .passphrase(passphrase)
        .load_files(&certificate_path, &files.key_path())
        .unwrap();
    assert!(
        loaded.report().findings().is_empty(),
        "{:?}",
        loaded.report()
    );
    assert_eq!(
        loaded.identity().leaf().common_name(),
        Some("napi.acme.example")
    );
    let connector = mock
        .trusted()
        .unwrap()
        .identity(loaded.identity())
        .build()
        .unwrap();
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let credentials = Customer::new(Account::ACME).unwrap().credentials().unwrap();
    let client = Client::over_mtls(connector, base_url, credentials);
    assert_eq!(
        client.say_hello("Joe Napoli").await.unwrap(),
        "Hello Joe Napoli"
    );
    assert_eq!(
        client.test_authentication().await.unwrap(),
        "Hello acme-api"
    );

    // What the server saw of it.
    let presented = loaded.identity().leaf().sha256().to_string();
    let events = mock.portal().events().await.unwrap();
    assert!(kinds(&events).iter().any(|kind| matches!(
        kind,
        EventKind::Connection(ConnectionEvent::ClientCertificate { sha256, verdict: Verdict::Accepted, .. }) if *sha256 == presented
    )));
    let requests: Vec<_> = kinds(&events)
        .into_iter()
        .filter_map(|kind| match kind {
            EventKind::Request {
                path,
                status,
                user,
                account,
                ..
            } => Some((path.as_str(), *status, user.as_deref(), account.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(
        requests,
        [
            (
                "/connection/v1/sayhello/Joe%20Napoli",
                200,
                None,
                Some("acme")
            ),
            (
                "/connection/v1/testauthentication",
                200,
                Some("acme-api"),
                Some("acme")
            ),
        ]
    );
}

#[tokio::test]
async fn both_versions_of_http_reach_the_service() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    for (alpn, name) in [(Alpn::Http11, "http/1.1"), (Alpn::Http2, "h2")] {
        let settings = mock
            .trusted()
            .unwrap()
            .identity(&customer.identity().unwrap())
            .alpn(alpn);
        let client = Client::over_mtls(
            settings.build().unwrap(),
            mock.base_url().parse().unwrap(),
            customer.credentials().unwrap(),
        );
        assert_eq!(
            client.test_authentication().await.unwrap(),
            "Hello acme-api"
        );

        let events = mock.portal().events().await.unwrap();
        let spoken = kinds(&events)
            .into_iter()
            .rev()
            .find_map(|kind| match kind {
                EventKind::Connection(ConnectionEvent::HandshakeCompleted { alpn, .. }) => {
                    Some(alpn.as_deref())
                }
                _ => None,
            });
        assert_eq!(spoken, Some(Some(name)));
    }
}

#[tokio::test]
async fn many_calls_at_once_share_the_client() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let client = customer.client(&mock).unwrap();

    let calls: Vec<_> = (0..32)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.say_hello(&number.to_string()).await })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap(), format!("Hello {number}"));
    }

    let events = mock.portal().events().await.unwrap();
    let served = kinds(&events)
        .into_iter()
        .filter(|kind| matches!(kind, EventKind::Request { status: 200, .. }))
        .count();
    assert_eq!(served, 32);
}
