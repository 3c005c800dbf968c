//! Client certificates that a script refuses, or does not ask for.

use mock_tls::{
    Alert, ClientAuth, ConnectionEvent, Ending, Event, MockServer, Point, Refusal, Script, Verdict,
};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, SupportedProtocolVersion};
use std::io;
use test_client::{heard, tls_error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fault::{alert_sent, kinds_of, start};
use crate::tls_client::{Client, Identity, identity_of};

const ALERTS: [(Alert, AlertDescription); 11] = [
    (Alert::AccessDenied, AlertDescription::AccessDenied),
    (Alert::BadCertificate, AlertDescription::BadCertificate),
    (
        Alert::BadCertificateStatusResponse,
        AlertDescription::BadCertificateStatusResponse,
    ),
    (
        Alert::CertificateExpired,
        AlertDescription::CertificateExpired,
    ),
    (
        Alert::CertificateRequired,
        AlertDescription::CertificateRequired,
    ),
    (
        Alert::CertificateRevoked,
        AlertDescription::CertificateRevoked,
    ),
    (
        Alert::CertificateUnknown,
        AlertDescription::CertificateUnknown,
    ),
    (Alert::DecryptError, AlertDescription::DecryptError),
    (Alert::HandshakeFailure, AlertDescription::HandshakeFailure),
    (Alert::UnknownCa, AlertDescription::UnknownCA),
    (
        Alert::UnsupportedCertificate,
        AlertDescription::UnsupportedCertificate,
    ),
];

fn refusal(alert: Alert, ending: Ending) -> Script {
    Script::new().client_auth(ClientAuth::Refused { alert, ending })
}

fn has_reset(kinds: &[ConnectionEvent]) -> bool {
    kinds.contains(&ConnectionEvent::Reset)
}

#[tokio::test]
async fn every_alert_reaches_the_client_in_either_version() {
    let mock = start().await;
    let identity = identity_of(&mock);
    for (alert, expected) in ALERTS {
        for version in [&TLS12, &TLS13] {
            mock.enqueue(refusal(alert, Ending::AlertThenFin));
            let client = Client::with_versions(mock.ca_certificate_pem(), &identity, &[version]);
            let (peer, received) = client.refused(mock.addr()).await;
            assert_eq!(received, expected, "{version:?}");

            let kinds = kinds_of(&mock, peer).await;
            assert_eq!(alert_sent(&kinds), Some(format!("{expected:?}")));
            assert!(kinds.iter().any(|kind| matches!(
                kind,
                ConnectionEvent::ClientCertificate {
                    verdict: Verdict::Refused {
                        reason: Refusal::Script
                    },
                    ..
                }
            )));
            assert!(!has_reset(&kinds));
        }
    }
}

const ENDINGS: [Ending; 5] = [
    Ending::AlertThenFin,
    Ending::AlertThenReset,
    Ending::AlertThenSilence,
    Ending::Reset,
    Ending::Silence,
];

/// Returns what is on the wire for a client that is refused behind a gate at the verdict.
async fn refused_behind_gate(
    mock: &MockServer,
    identity: &Identity,
    version: &'static SupportedProtocolVersion,
    (alert, ending): (Alert, Ending),
) -> Vec<ConnectionEvent> {
    let gate = format!("{version:?} {alert:?} {ending:?}");
    let script = refusal(alert, ending).gate(Point::BeforeVerdict, gate.as_str());
    mock.enqueue(script);
    let client = Client::with_versions(mock.ca_certificate_pem(), identity, &[version]);
    let tcp = TcpStream::connect(mock.addr()).await.unwrap();
    let peer = tcp.local_addr().unwrap();
    let reached = |event: &Event| {
        event.peer == peer && matches!(event.kind, ConnectionEvent::GateReached { .. })
    };
    let failed = |event: &Event| {
        event.peer == peer && matches!(event.kind, ConnectionEvent::HandshakeFailed { .. })
    };
    let refused = async {
        mock.wait_for(reached).await;
        // No one has judged anything yet.
        let judged = |event: &Event| {
            event.peer == peer && matches!(event.kind, ConnectionEvent::ClientCertificate { .. })
        };
        assert!(!mock.events().iter().any(judged), "{gate}");
        mock.open_gate(&gate);
        mock.wait_for(failed).await;
    };
    // A client of TLS 1.2 is still in its handshake, and one that hears nothing would stay there.
    let end = async {
        let mut stream = client.connect_from(tcp).await?;
        stream.read_u8().await
    };
    if matches!(ending, Ending::Silence) {
        tokio::select! {
            heard = end => panic!("{gate}: {heard:?}"),
            () = refused => {}
        }
        return kinds_of(mock, peer).await;
    }
    let (end, ()) = tokio::join!(end, refused);
    let error = end.unwrap_err();
    match tls_error(&error) {
        Some(rustls::Error::AlertReceived(heard)) => {
            assert!(sends_alert(ending), "{gate}: {heard:?}");
            assert_eq!(heard, alert_of(alert), "{gate}");
        }
        // A reset may take along the alert that was not read.
        _ => {
            assert!(matches!(ending, Ending::AlertThenReset | Ending::Reset));
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{gate}");
        }
    }
    kinds_of(mock, peer).await
}

fn alert_of(alert: Alert) -> AlertDescription {
    let mut found = ALERTS.iter().filter(|(other, _)| *other == alert);
    found.next().unwrap().1
}

#[tokio::test]
async fn alerts_with_every_ending_wait_at_the_gate() {
    let mock = start().await;
    let identity = identity_of(&mock);
    for version in [&TLS12, &TLS13] {
        for (alert, description) in ALERTS {
            for ending in ENDINGS {
                let what = (alert, ending);
                let kinds = refused_behind_gate(&mock, &identity, version, what).await;
                let expected = sends_alert(ending).then(|| format!("{description:?}"));
                assert_eq!(alert_sent(&kinds), expected, "{version:?} {what:?}");
                let resets = matches!(ending, Ending::AlertThenReset | Ending::Reset);
                assert_eq!(has_reset(&kinds), resets, "{version:?} {what:?}");
            }
        }
    }
}

fn sends_alert(ending: Ending) -> bool {
    !matches!(ending, Ending::Reset | Ending::Silence)
}

#[tokio::test]
async fn a_client_without_certificate_is_refused_as_ever() {
    let mock = start().await;
    mock.enqueue(refusal(Alert::UnknownCa, Ending::Reset));
    let (_, alert) = Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.addr())
        .await;
    assert_eq!(alert, AlertDescription::CertificateRequired);
}

/// Returns what is on the wire for a client whose TLS 1.3 handshake is complete and whose
/// certificate is refused, after it has said that it will write no more.
async fn after_handshake(
    mock: &MockServer,
    ending: Ending,
) -> (Vec<u8>, Option<io::ErrorKind>, Vec<ConnectionEvent>) {
    let identity = identity_of(mock);
    mock.enqueue(refusal(Alert::UnknownCa, ending));
    let client = Client::with_versions(mock.ca_certificate_pem(), &identity, &[&TLS13]);
    let (mut tcp, _) = client.connect(mock.addr()).await.unwrap().into_inner();
    let peer = tcp.local_addr().unwrap();
    mock.wait_for(|event| {
        event.peer == peer && matches!(event.kind, ConnectionEvent::HandshakeFailed { .. })
    })
    .await;
    let _reset_already = tcp.shutdown().await;
    let (bytes, end) = heard(tcp).await;
    (bytes, end, kinds_of(mock, peer).await)
}

const ALERT_RECORD: usize = 5 + 2 + 1 + 16; // header, alert, content type, tag

#[tokio::test]
async fn an_alert_and_an_orderly_end() {
    let mock = start().await;
    let (bytes, end, kinds) = after_handshake(&mock, Ending::AlertThenFin).await;
    assert_eq!((bytes.len(), end), (ALERT_RECORD, None));
    assert!(!has_reset(&kinds));
}

#[tokio::test]
async fn an_alert_and_silence() {
    let mock = start().await;
    let (bytes, end, kinds) = after_handshake(&mock, Ending::AlertThenSilence).await;
    assert_eq!((bytes.len(), end), (ALERT_RECORD, None));
    assert_eq!(alert_sent(&kinds).as_deref(), Some("UnknownCA"));
}

#[tokio::test]
async fn an_alert_and_a_reset() {
    let mock = start().await;
    let (bytes, end, kinds) = after_handshake(&mock, Ending::AlertThenReset).await;
    // Whether the alert survives the reset is up to the system.
    assert!([0, ALERT_RECORD].contains(&bytes.len()), "{bytes:?}");
    assert_eq!(end, Some(io::ErrorKind::ConnectionReset));
    assert_eq!(alert_sent(&kinds).as_deref(), Some("UnknownCA"));
    assert!(has_reset(&kinds));
}

#[tokio::test]
async fn a_reset_without_alert() {
    let mock = start().await;
    let (bytes, end, kinds) = after_handshake(&mock, Ending::Reset).await;
    assert_eq!(
        (bytes.len(), end),
        (0, Some(io::ErrorKind::ConnectionReset))
    );
    assert_eq!(alert_sent(&kinds), None);
    assert!(has_reset(&kinds));
}

#[tokio::test]
async fn silence_without_alert() {
    let mock = start().await;
    let (bytes, end, kinds) = after_handshake(&mock, Ending::Silence).await;
    assert_eq!((bytes.len(), end), (0, None));
    assert_eq!(alert_sent(&kinds), None);
    assert!(!has_reset(&kinds));
}

#[tokio::test]
async fn reset_ends_tls12_handshake_without_alert() {
    let mock = start().await;
    let identity = identity_of(&mock);
    mock.enqueue(refusal(Alert::UnknownCa, Ending::Reset));
    let client = Client::with_versions(mock.ca_certificate_pem(), &identity, &[&TLS12]);
    let error = client.connect(mock.addr()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn the_verdict_waits_while_the_client_writes_its_request() {
    let mock = start().await;
    let identity = identity_of(&mock);
    let script = refusal(Alert::CertificateRevoked, Ending::AlertThenFin);
    mock.enqueue(script.gate(Point::BeforeVerdict, "verdict"));
    let client = Client::with_versions(mock.ca_certificate_pem(), &identity, &[&TLS13]);
    let mut stream = client.connect(mock.addr()).await.unwrap();
    let reached = mock
        .wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert_eq!(mock.events().last(), Some(&reached));
    mock.open_gate("verdict");
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(
        tls_error(&error),
        Some(rustls::Error::AlertReceived(
            AlertDescription::CertificateRevoked
        ))
    );
}

#[tokio::test]
async fn no_certificate_is_asked_for_and_the_service_answers() {
    let mock = start().await;
    for policy in [ClientAuth::NotAsked, ClientAuth::Unjudged] {
        mock.enqueue(Script::new().client_auth(policy));
        let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("http/1.1");
        let response = client.get(mock.addr(), "/", None).await;
        assert_eq!(response.status(), 200, "{policy:?}");
    }
}

#[tokio::test]
async fn unjudged_certificate_may_be_of_any_ca() {
    let [mock, elsewhere] = [start().await, start().await];
    let identity = identity_of(&elsewhere);
    let client = Client::new(mock.ca_certificate_pem(), &identity).alpn("http/1.1");
    mock.enqueue(Script::new().client_auth(ClientAuth::Unjudged));
    let path = "/";
    assert_eq!(client.get(mock.addr(), path, None).await.status(), 200);

    // Its session is worth nothing where certificates are judged.
    let (_, alert) = client.refused(mock.addr()).await;
    assert_eq!(alert, AlertDescription::UnknownCA);
}

#[tokio::test]
async fn a_held_certificate_does_not_hold_the_port() {
    let mock = start().await;
    let script = refusal(Alert::UnknownCa, Ending::Reset);
    mock.enqueue(script.gate(Point::BeforeServerHello, "never"));
    let _held = TcpStream::connect(mock.addr()).await.unwrap();
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::ScriptTaken { .. }))
        .await;
    let (_, alert) = Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.addr())
        .await;
    assert_eq!(alert, AlertDescription::CertificateRequired);
}
