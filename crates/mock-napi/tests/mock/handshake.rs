//! The clients that the TLS handshake accepts, the alerts to the others, and the log of both.

use hyper::StatusCode;
use mock_napi::{
    Account, ConnectionEvent, Event, EventKind, MockNapi, Point, Refusal, Script,
    ServerCertificate, Verdict,
};
use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::AlertDescription;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, Identity, header, issued, portal, upload, with_key};
use crate::request::{KEY, OTHER_KEY, Request};

const HELLO: &str = "/connection/v1/sayhello/you";

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

/// Connects with both TLS versions: the client hears `alert`, the log has `reason` and the alert.
async fn is_refused(
    mock: &MockNapi,
    identity: &Identity,
    alert: AlertDescription,
    reason: Option<Refusal>,
) {
    for version in [&TLS12, &TLS13] {
        let client = Client::with_versions(mock.ca_certificate_pem(), identity, &[version]);
        let (peer, received) = client.refused(mock.mtls_addr()).await;
        assert_eq!(received, alert, "{version:?}");
        let closed = |event: &Event| {
            event.peer == peer && event.kind == EventKind::Connection(ConnectionEvent::Closed)
        };
        mock.wait_for(closed).await;

        let events = mock.events().into_iter().filter(|event| event.peer == peer);
        let kinds: Vec<_> = events.map(|event| event.kind).collect();
        let verdicts: Vec<_> = kinds.iter().filter_map(verdict).collect();
        let expected: Vec<_> = reason
            .map(|reason| Verdict::Refused { reason })
            .into_iter()
            .collect();
        assert_eq!(verdicts, expected);
        let sent = kinds.iter().find_map(|kind| match kind {
            EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent, .. }) => {
                alert_sent.clone()
            }
            _ => None,
        });
        assert_eq!(sent, Some(format!("{alert:?}")));
        let completed = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::Connection(ConnectionEvent::HandshakeCompleted { .. })
            )
        };
        assert!(!kinds.iter().any(completed));
    }
}

/// Checks the same for a certificate that the portal issues by this query.
async fn issued_is_refused(query: &str, alert: AlertDescription, reason: Refusal) {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, query).await;
    is_refused(&mock, &identity, alert, Some(reason)).await;
}

fn verdict(kind: &EventKind) -> Option<Verdict> {
    match kind {
        EventKind::Connection(ConnectionEvent::ClientCertificate { verdict, .. }) => Some(*verdict),
        _ => None,
    }
}

#[tokio::test]
async fn a_live_certificate_is_let_in_with_either_version() {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    for (version, name) in [(&TLS12, "TLSv1.2"), (&TLS13, "TLSv1.3")] {
        let client = Client::with_versions(mock.ca_certificate_pem(), &identity, &[version])
            .alpn("http/1.1");
        let response = client.get(mock.mtls_addr(), HELLO, None).await;
        assert_eq!(response.status(), StatusCode::OK);

        let completed = mock
            .events()
            .into_iter()
            .rev()
            .find_map(|event| match event.kind {
                EventKind::Connection(ConnectionEvent::HandshakeCompleted {
                    tls_version,
                    alpn,
                    server_name,
                    resumed,
                    ..
                }) => Some((tls_version, alpn, server_name, resumed)),
                _ => None,
            });
        let (tls_version, alpn, server_name, resumed) = completed.unwrap();
        assert_eq!(tls_version, name);
        assert_eq!(alpn.as_deref(), Some("http/1.1"));
        assert_eq!(server_name.as_deref(), Some("localhost"));
        assert!(!resumed);
    }
}

#[tokio::test]
async fn the_events_of_a_connection_come_in_order() {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    Client::new(mock.ca_certificate_pem(), &identity)
        .get(mock.mtls_addr(), HELLO, None)
        .await;
    mock.wait_for(|event| event.kind == EventKind::Connection(ConnectionEvent::Closed))
        .await;

    let events = mock.events();
    let sequences: Vec<_> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (0..events.len() as u64).collect::<Vec<_>>());
    let [_issued, accepted, certificate, completed, request, closed] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(
        accepted.kind,
        EventKind::Connection(ConnectionEvent::Accepted)
    );
    assert_eq!(verdict(&certificate.kind), Some(Verdict::Accepted));
    let EventKind::Connection(ConnectionEvent::HandshakeCompleted {
        key_exchange_group, ..
    }) = &completed.kind
    else {
        panic!("{completed:?}");
    };
    assert_eq!(key_exchange_group.as_deref(), Some("X25519MLKEM768"));
    assert!(matches!(request.kind, EventKind::Request { .. }));
    assert_eq!(closed.kind, EventKind::Connection(ConnectionEvent::Closed));
    assert!(
        [certificate, completed, request]
            .iter()
            .all(|event| event.peer == accepted.peer)
    );
}

#[tokio::test]
async fn a_second_connection_resumes_and_keeps_its_account() {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    client.get(mock.mtls_addr(), HELLO, None).await;
    client.get(mock.mtls_addr(), HELLO, None).await;

    let resumed: Vec<_> = mock.events().iter().filter_map(resumed).collect();
    assert_eq!(resumed, [false, true]);
    let last = mock
        .events()
        .into_iter()
        .rev()
        .find_map(|event| match event.kind {
            EventKind::Request {
                account,
                client_certificate_sha256,
                ..
            } => Some((account, client_certificate_sha256)),
            _ => None,
        });
    let (account, sha256) = last.unwrap();
    assert_eq!(account.as_deref(), Some("acme"));
    assert!(sha256.is_some());
}

fn resumed(event: &Event) -> Option<bool> {
    match event.kind {
        EventKind::Connection(ConnectionEvent::HandshakeCompleted { resumed, .. }) => Some(resumed),
        _ => None,
    }
}

#[tokio::test]
async fn no_certificate_is_refused() {
    let mock = start().await;
    is_refused(
        &mock,
        &Identity::NONE,
        AlertDescription::CertificateRequired,
        None,
    )
    .await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let mock = start().await;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = Request::good().params();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = params.signed_by(&*KEY, &ca).unwrap();
    let identity = with_key(leaf.into(), &KEY);
    let reason = Some(Refusal::UnknownCa);
    is_refused(&mock, &identity, AlertDescription::UnknownCA, reason).await;
}

#[tokio::test]
async fn a_certificate_of_another_start_is_refused_as_unknown() {
    let [mock, other] = [start().await, start().await];
    let identity = issued(&other, Account::ACME, "").await;
    let reason = Some(Refusal::UnknownCa);
    is_refused(&mock, &identity, AlertDescription::UnknownCA, reason).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let alert = AlertDescription::CertificateExpired;
    issued_is_refused("?valid_to=-10", alert, Refusal::Expired).await;
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    let alert = AlertDescription::CertificateExpired;
    issued_is_refused("?valid_from=1000", alert, Refusal::NotYetValid).await;
}

#[tokio::test]
async fn a_certificate_for_servers_is_refused() {
    let alert = AlertDescription::UnsupportedCertificate;
    issued_is_refused("?usage=server", alert, Refusal::WrongUsage).await;
}

#[tokio::test]
async fn a_certificate_that_the_portal_had_signed_elsewhere_is_refused() {
    let alert = AlertDescription::UnknownCA;
    issued_is_refused("?issuer=unknown", alert, Refusal::UnknownCa).await;
}

#[tokio::test]
async fn usage_and_issuer_of_the_real_portal_are_accepted() {
    let mock = start().await;
    let query = "?usage=client&issuer=known";
    let identity = issued(&mock, Account::ACME, query).await;
    let response = Client::new(mock.ca_certificate_pem(), &identity)
        .get(mock.mtls_addr(), HELLO, None)
        .await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_certificate_that_is_revoked_during_the_handshake_is_refused() {
    let mock = start().await;
    let issued = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let certificate = CertificateDer::from_pem_slice(issued.body()).unwrap();
    let identity = with_key(certificate, &KEY);
    mock.enqueue(Script::new().gate(Point::BeforeVerdict, "verdict"));
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    let revoke = async {
        mock.wait_for(|event| {
            matches!(
                event.kind,
                EventKind::Connection(ConnectionEvent::GateReached { .. })
            )
        })
        .await;
        let path = format!("/portal/v1/certificates/{}", header(&issued, "x-serial"));
        portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;
        mock.open_gate("verdict");
    };
    let ((_, alert), ()) = tokio::join!(client.refused(mock.mtls_addr()), revoke);
    assert_eq!(alert, AlertDescription::CertificateRevoked);
    let verdicts: Vec<_> = mock
        .events()
        .iter()
        .filter_map(|event| verdict(&event.kind))
        .collect();
    let reason = Refusal::Revoked;
    assert_eq!(verdicts, [Verdict::Refused { reason }]);
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let mock = start().await;
    let response = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let certificate = CertificateDer::from_pem_slice(response.body()).unwrap();
    let identity = with_key(certificate, &KEY);
    let before = Client::new(mock.ca_certificate_pem(), &identity)
        .get(mock.mtls_addr(), HELLO, None)
        .await;
    assert_eq!(before.status(), StatusCode::OK);

    let path = format!("/portal/v1/certificates/{}", header(&response, "x-serial"));
    portal(&mock, "DELETE", &path, Some(Account::ACME.portal()), "").await;
    let reason = Some(Refusal::Revoked);
    is_refused(
        &mock,
        &identity,
        AlertDescription::CertificateRevoked,
        reason,
    )
    .await;
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused() {
    let mock = start().await;
    let response = upload(&mock, Account::ACME, "", Request::good().pem()).await;
    let certificate = CertificateDer::from_pem_slice(response.body()).unwrap();
    let identity = with_key(certificate, &OTHER_KEY);
    let reason = Some(Refusal::BadSignature);
    is_refused(&mock, &identity, AlertDescription::DecryptError, reason).await;
}

#[tokio::test]
async fn the_alert_arrives_although_the_client_wrote_first() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let mut stream = client.connect(mock.mtls_addr()).await.unwrap();
    let mut written = Ok(());
    for _ in 0..16 {
        written = written.and(stream.write_all(&[b'x'; 4096]).await);
    }
    assert!(written.is_ok());
    let error = stream.read_u8().await.unwrap_err();
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let expected = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
    assert_eq!(inner, Some(&expected));
}

#[tokio::test]
async fn another_protocol_than_http_is_refused() {
    let mock = start().await;
    let identity = issued(&mock, Account::ACME, "").await;
    let client = Client::new(mock.ca_certificate_pem(), &identity).alpn("imap");
    let (_, alert) = client.refused(mock.mtls_addr()).await;
    assert_eq!(alert, AlertDescription::NoApplicationProtocol);
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_a_failed_handshake() {
    let mock = start().await;
    let stream = TcpStream::connect(mock.mtls_addr()).await.unwrap();
    drop(stream);
    mock.wait_for(|event| event.kind == EventKind::Connection(ConnectionEvent::Closed))
        .await;
    let events = mock.events();
    let [_, failed, _] = events.as_slice() else {
        panic!("{events:?}")
    };
    let EventKind::Connection(ConnectionEvent::HandshakeFailed {
        alert_sent,
        alert_received,
        ..
    }) = &failed.kind
    else {
        panic!("{failed:?}");
    };
    assert_eq!((alert_sent, alert_received), (&None, &None));
}

/// Returns the client's verdict on the server, and the alert that the server gets for it.
async fn server_is_refused(kind: ServerCertificate, alert: &str) -> rustls::Error {
    let mock = MockNapi::builder()
        .server_certificate(kind)
        .start()
        .await
        .unwrap();
    let identity = issued(&mock, Account::ACME, "").await;
    let error = Client::new(mock.ca_certificate_pem(), &identity)
        .connect(mock.mtls_addr())
        .await
        .unwrap_err();
    let failed = |event: &Event| {
        matches!(
            event.kind,
            EventKind::Connection(ConnectionEvent::HandshakeFailed { .. })
        )
    };
    let EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_received, .. }) =
        mock.wait_for(failed).await.kind
    else {
        unreachable!("the predicate just said so");
    };
    assert_eq!(alert_received.as_deref(), Some(alert));
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .unwrap()
        .clone()
}

#[tokio::test]
async fn an_expired_server_is_what_the_client_sees() {
    let error = server_is_refused(ServerCertificate::Expired, "CertificateExpired").await;
    assert!(matches!(
        error,
        rustls::Error::InvalidCertificate(rustls::CertificateError::ExpiredContext { .. })
    ));
}

#[tokio::test]
async fn a_server_of_another_name_is_what_the_client_sees() {
    let error = server_is_refused(ServerCertificate::OtherName, "BadCertificate").await;
    assert!(matches!(
        error,
        rustls::Error::InvalidCertificate(rustls::CertificateError::NotValidForNameContext { .. })
    ));
}

#[tokio::test]
async fn client_rejects_server_of_unknown_ca() {
    let error = server_is_refused(ServerCertificate::UnknownCa, "UnknownCA").await;
    assert!(matches!(
        error,
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer)
    ));
}
