//! We refuse the server: an unknown CA, an expired certificate, another name.

use mock_napi::{Account, ConnectionEvent, EventKind, ServerCertificate};
use test_support::{Customer, Mock};
use transport::{ErrorKind, Phase, ServerCertificateProblem};

use crate::kinds;

/// Returns our verdict on a server with this certificate, and the alert that it got.
async fn verdict_on(certificate: ServerCertificate) -> (ErrorKind, Option<String>) {
    let mock = Mock::with_server_certificate(certificate).await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();

    let error = customer
        .client(&mock)
        .unwrap()
        .test_authentication()
        .await
        .unwrap_err();

    let error = error.transport().unwrap();
    assert_eq!(error.phase(), Phase::Tls);
    let local_addr = error.connection().unwrap().local_addr().unwrap();
    let events = mock.portal().events_of(local_addr).await.unwrap();
    // A server that we do not trust must not even see our certificate, nor the request.
    assert!(!kinds(&events).iter().any(|kind| matches!(
        kind,
        EventKind::Connection(ConnectionEvent::ClientCertificate { .. })
            | EventKind::Request { .. }
    )));
    let alert = kinds(&events).into_iter().find_map(|kind| match kind {
        EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_received, .. }) => {
            alert_received.clone()
        }
        _ => None,
    });
    (error.kind(), alert)
}

#[tokio::test]
async fn a_server_of_an_unknown_authority() {
    let (kind, alert) = verdict_on(ServerCertificate::UnknownCa).await;
    assert_eq!(
        kind,
        ErrorKind::ServerCertificate(ServerCertificateProblem::UnknownIssuer)
    );
    assert_eq!(alert.as_deref(), Some("UnknownCA"));
}

#[tokio::test]
async fn a_server_whose_certificate_has_expired() {
    let (kind, alert) = verdict_on(ServerCertificate::Expired).await;
    assert_eq!(
        kind,
        ErrorKind::ServerCertificate(ServerCertificateProblem::Expired)
    );
    assert_eq!(alert.as_deref(), Some("CertificateExpired"));
}

#[tokio::test]
async fn a_server_with_the_certificate_of_another_name() {
    let (kind, alert) = verdict_on(ServerCertificate::OtherName).await;
    assert_eq!(
        kind,
        ErrorKind::ServerCertificate(ServerCertificateProblem::WrongName)
    );
    assert_eq!(alert.as_deref(), Some("BadCertificate"));
}
