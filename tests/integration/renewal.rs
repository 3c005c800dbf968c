//! A client that runs on while its certificates are renewed, retired and revoked.

use std::fs;

use identity::{FileSource, Loader};
use mock_napi::{Account, ConnectionEvent, Event, EventKind};
use napi::{BaseUrl, Client, RequestBody};
use test_support::{Customer, Mock};
use transport::{
    ErrorKind, IdentityReloader, MtlsClient, MtlsConnector, ServerCertificateProblem, TrustFiles,
};

type Transport = MtlsClient<RequestBody>;

/// Makes a client that has no identity yet, and the transport below it, to be rotated.
fn client(mock: &Mock, customer: &Customer) -> (Transport, Client<Transport>) {
    let transport = Transport::builder(mock.trusted().unwrap().build().unwrap())
        .failover()
        .build();
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let client = Client::new(transport.clone(), base_url, customer.credentials().unwrap());
    (transport, client)
}

/// Gets another certificate for the customer's key, and puts both files into the folder.
async fn renew(mock: &Mock, customer: &Customer, name: &str) {
    let request = Customer::request().unwrap().to_pem();
    let issued = mock.portal().certificate(Account::ACME, &request).await;
    let certificate = issued.unwrap().unwrap();
    let path = |ending: &str| customer.folder().join(format!("{name}.{ending}"));
    fs::copy(customer.key_path().unwrap(), path("key")).unwrap();
    fs::write(path("crt"), certificate).unwrap();
}

/// Returns the certificates with which requests were answered, in order.
fn presented(events: &[Event]) -> Vec<String> {
    let answered = events.iter().filter_map(|event| match &event.kind {
        EventKind::Request {
            status: 200,
            client_certificate_sha256: Some(sha256),
            ..
        } => Some(sha256.clone()),
        _ => None,
    });
    answered.collect()
}

#[tokio::test]
async fn renewal_replaces_the_certificate_without_a_failed_request() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let (transport, client) = client(&mock, &customer);
    let source = FileSource::directory(Loader::new(), customer.folder());
    let mut reloader = IdentityReloader::new(transport.clone(), source);
    reloader.poll_once().await;
    client.test_authentication().await.unwrap();

    // The new pair beside the old one, and then the old one goes.
    renew(&mock, &customer, "napi-2").await;
    let mut generation = transport.generation();
    for retired in [false, true] {
        if retired {
            fs::remove_file(customer.certificate_path()).unwrap();
            fs::remove_file(customer.key_path().unwrap()).unwrap();
        }
        for _ in 0..4 {
            reloader.poll_once().await;
            client.test_authentication().await.unwrap();
        }
        assert!(generation < transport.generation(), "{retired}");
        generation = transport.generation();
    }

    let events = mock.portal().events().await.unwrap();
    let presented = presented(&events);
    assert_eq!(presented.len(), 9, "every request was answered");
    assert_ne!(presented.first(), presented.last());
    let failed = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::Connection(ConnectionEvent::HandshakeFailed { .. })
        )
    };
    assert_eq!(events.iter().filter(failed).count(), 0);
}

#[tokio::test]
async fn revoked_certificate_is_skipped_for_a_live_one() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let revoked = customer.identity().unwrap();
    renew(&mock, &customer, "live").await;
    let path = |ending: &str| customer.folder().join(format!("live.{ending}"));
    let live = Loader::new()
        .load_files(&path("crt"), &path("key"))
        .unwrap();
    let serial = revoked.leaf().serial().to_lowercase();
    mock.portal().revoke(Account::ACME, &serial).await.unwrap();

    let (transport, client) = client(&mock, &customer);
    transport.rotate([&revoked, live.identity()]).unwrap();
    let hello = client.test_authentication().await.unwrap();
    assert_eq!(hello, "Hello acme-api");

    let events = mock.portal().events().await.unwrap();
    let digest = live.identity().leaf().sha256().to_string();
    assert_eq!(presented(&events), [digest]);
    let refused = events.iter().filter(|event| {
        matches!(&event.kind, EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent: Some(alert), .. })
            if alert == "CertificateRevoked")
    });
    assert_eq!(refused.count(), 1);
}

// As when a service is moved to a server of another CA: the file with the anchors is exchanged, and
// a first identity is put into the folder, while the client runs.
#[tokio::test]
async fn new_server_ca_is_trusted_once_in_the_file() {
    let (mock, other) = (Mock::start().await.unwrap(), Mock::start().await.unwrap());
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let path = customer.folder().join("ca.pem");
    fs::write(&path, other.ca_pem()).unwrap();
    let mut anchors = TrustFiles::only(&path);
    let connector = MtlsConnector::builder(anchors.load().unwrap()).build();
    let transport = Transport::new(connector.unwrap());
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let credentials = customer.credentials().unwrap();
    let client = Client::new(transport.clone(), base_url, credentials);
    let identities = FileSource::directory(Loader::new(), customer.folder());
    let mut reloader = IdentityReloader::new(transport, identities).and(anchors);
    reloader.poll_once().await;
    let error = client.test_authentication().await.unwrap_err();
    let unknown = ErrorKind::ServerCertificate(ServerCertificateProblem::UnknownIssuer);
    assert_eq!(error.transport().unwrap().kind(), unknown);

    fs::write(&path, mock.ca_pem()).unwrap();
    for _ in 0..2 {
        reloader.poll_once().await;
    }
    let hello = client.test_authentication().await.unwrap();
    assert_eq!(hello, "Hello acme-api");

    let events = mock.portal().events().await.unwrap();
    assert_eq!(presented(&events).len(), 1);
    let refused = events.iter().filter(|event| {
        matches!(&event.kind, EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_received: Some(alert), .. })
            if alert == "UnknownCA")
    });
    assert_eq!(refused.count(), 1);
}
