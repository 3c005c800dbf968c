//! The clients that the server accepts, and those that it refuses.

use mock_tls::{ConnectionEvent, MockServer, Refusal, ServerCertificate, Verdict};

use crate::client::{events_of, get};

fn verdicts(events: &[ConnectionEvent]) -> Vec<Verdict> {
    let verdict = |event: &ConnectionEvent| match event {
        ConnectionEvent::ClientCertificate { verdict, .. } => Some(*verdict),
        _ => None,
    };
    events.iter().filter_map(verdict).collect()
}

fn alert_sent(events: &[ConnectionEvent]) -> Option<&str> {
    events.iter().find_map(|event| match event {
        ConnectionEvent::HandshakeFailed { alert_sent, .. } => alert_sent.as_deref(),
        _ => None,
    })
}

#[tokio::test]
async fn client_of_the_server_is_served() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    let response = get(&server, Some(&identity)).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");

    let events = events_of(&server, 1).await;
    let [
        ConnectionEvent::Accepted,
        ConnectionEvent::ClientCertificate {
            sha256,
            verdict: Verdict::Accepted,
            serial,
            ..
        },
        ConnectionEvent::HandshakeCompleted { resumed: false, .. },
        ConnectionEvent::RequestServed {
            status: 200,
            client_certificate_sha256,
            ..
        },
        ConnectionEvent::Closed,
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(client_certificate_sha256.as_ref(), Some(sha256));
    assert_eq!(serial.as_deref(), Some(identity.serial()));
}

#[tokio::test]
async fn client_without_certificate_is_refused() {
    let server = MockServer::builder().start().await.unwrap();
    let error = get(&server, None).await.unwrap_err();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
    let events = events_of(&server, 1).await;
    assert_eq!(alert_sent(&events), Some("CertificateRequired"));
    assert_eq!(verdicts(&events), []);
}

#[tokio::test]
async fn client_of_another_server_is_refused() {
    let server = MockServer::builder().start().await.unwrap();
    let other = MockServer::builder().start().await.unwrap();
    let stranger = other.client_identity().unwrap();
    let error = get(&server, Some(&stranger)).await.unwrap_err();
    assert!(error.to_string().contains("UnknownCA"), "{error}");
    let events = events_of(&server, 1).await;
    let reason = Refusal::UnknownCa;
    assert_eq!(verdicts(&events), [Verdict::Refused { reason }]);
    assert_eq!(alert_sent(&events), Some("UnknownCA"));
}

#[tokio::test]
async fn revoked_client_is_refused_and_the_other_is_not() {
    let server = MockServer::builder().start().await.unwrap();
    let [revoked, other] = [(); 2].map(|()| server.client_identity().unwrap());
    get(&server, Some(&revoked)).await.unwrap();
    server.revoke(&revoked);
    let error = get(&server, Some(&revoked)).await.unwrap_err();
    assert!(error.to_string().contains("CertificateRevoked"), "{error}");
    get(&server, Some(&other)).await.unwrap();
    let reason = Refusal::Revoked;
    let events = events_of(&server, 2).await;
    assert_eq!(verdicts(&events), [Verdict::Refused { reason }]);
}

#[tokio::test]
async fn clock_of_the_server_ends_a_certificate() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    server.server().clock().set(100 * 24 * 60 * 60);
    let error = get(&server, Some(&identity)).await.unwrap_err();
    assert!(error.to_string().contains("CertificateExpired"), "{error}");
    let reason = Refusal::Expired;
    let events = events_of(&server, 1).await;
    assert_eq!(verdicts(&events), [Verdict::Refused { reason }]);
}

#[tokio::test]
async fn server_of_another_name_is_refused_by_the_client() {
    let server = MockServer::builder()
        .server_certificate(ServerCertificate::OtherName)
        .start()
        .await
        .unwrap();
    let identity = server.client_identity().unwrap();
    get(&server, Some(&identity)).await.unwrap_err();
    let events = events_of(&server, 1).await;
    let heard = events.iter().any(|event| {
        matches!(event, ConnectionEvent::HandshakeFailed { alert_received: Some(alert), .. }
            if alert == "BadCertificate" || alert == "CertificateUnknown")
    });
    assert!(heard, "{events:?}");

    server
        .change_server_certificate(ServerCertificate::Valid)
        .unwrap();
    get(&server, Some(&identity)).await.unwrap();
}
