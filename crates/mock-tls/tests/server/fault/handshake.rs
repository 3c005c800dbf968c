//! The parameters that a script negotiates, and handshakes that come in pieces or not at all.

use std::io;

use mock_tls::{
    Alpn, ClientAuth, ConnectionEvent, Handshake, KeyExchange, MockServer, Script,
    ServerCertificate, Tickets, Versions,
};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, CertificateError, SupportedProtocolVersion};
use test_client::{heard, tls_error};
use tokio::net::TcpStream;

use crate::fault::{kinds_of, start};
use crate::tls_client::{Client, Identity, identity_of};

const HELLO: &str = "/";

fn unasked() -> Script {
    Script::new().client_auth(ClientAuth::NotAsked)
}

/// Connects with a script and returns what the log says of the handshake.
async fn completed(mock: &MockServer, client: &Client) -> ConnectionEvent {
    let stream = client.connect(mock.addr()).await.unwrap();
    let peer = stream.get_ref().0.local_addr().unwrap();
    drop(stream);
    let kinds = kinds_of(mock, peer).await.into_iter();
    let mut completed =
        kinds.filter(|kind| matches!(kind, ConnectionEvent::HandshakeCompleted { .. }));
    completed.next().unwrap()
}

#[tokio::test]
async fn one_version_only() {
    let mock = start().await;
    let cases: [(
        _,
        &'static SupportedProtocolVersion,
        &'static SupportedProtocolVersion,
    ); 2] = [
        (Versions::Tls12, &TLS12, &TLS13),
        (Versions::Tls13, &TLS13, &TLS12),
    ];
    for (versions, good, bad) in cases {
        mock.repeat(unasked().versions(versions));
        let good = Client::with_versions(mock.ca_certificate_pem(), &Identity::NONE, &[good]);
        completed(&mock, &good).await;
        let bad = Client::with_versions(mock.ca_certificate_pem(), &Identity::NONE, &[bad]);
        let (_, alert) = bad.refused(mock.addr()).await;
        assert_eq!(alert, AlertDescription::ProtocolVersion, "{versions:?}");
    }
}

#[tokio::test]
async fn no_key_exchange_group_in_common() {
    let mock = start().await;
    for version in [&TLS12, &TLS13] {
        mock.enqueue(unasked().key_exchange(KeyExchange::NoneInCommon));
        let client = Client::with_versions(mock.ca_certificate_pem(), &Identity::NONE, &[version]);
        let (_, alert) = client.refused(mock.addr()).await;
        assert_eq!(alert, AlertDescription::HandshakeFailure, "{version:?}");
    }
}

#[tokio::test]
async fn another_key_share_is_asked_for() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    mock.enqueue(unasked().key_exchange(KeyExchange::Secp384r1));
    mock.enqueue(unasked());
    let first = completed(&mock, &client).await;
    assert!(
        matches!(
            &first,
            ConnectionEvent::HandshakeCompleted { hello_retry_request: true, key_exchange_group: Some(group), .. }
                if group == "secp384r1"
        ),
        "{first:?}"
    );
    let second = completed(
        &mock,
        &Client::new(mock.ca_certificate_pem(), &Identity::NONE),
    )
    .await;
    assert!(matches!(
        second,
        ConnectionEvent::HandshakeCompleted {
            hello_retry_request: false,
            ..
        }
    ));
}

#[tokio::test]
async fn no_application_protocol_and_another() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("http/1.1");
    mock.enqueue(unasked().alpn(Alpn::Ignored));
    assert!(matches!(
        completed(&mock, &client).await,
        ConnectionEvent::HandshakeCompleted { alpn: None, .. }
    ));
    for alpn in [Alpn::Other, Alpn::Http2] {
        mock.enqueue(unasked().alpn(alpn));
        let (_, alert) = client.refused(mock.addr()).await;
        assert_eq!(alert, AlertDescription::NoApplicationProtocol, "{alpn:?}");
    }
}

/// Returns whether the second of two connections of one client resumes.
async fn resumes(mock: &MockServer, client: &Client) -> bool {
    client.get(mock.addr(), HELLO, None).await;
    client.get(mock.addr(), HELLO, None).await;
    let last = mock
        .events()
        .into_iter()
        .rev()
        .find_map(|event| match event.kind {
            ConnectionEvent::HandshakeCompleted { resumed, .. } => Some(resumed),
            _ => None,
        });
    last.unwrap()
}

#[tokio::test]
async fn tickets_may_be_many_or_none_or_refused() {
    let mock = start().await;
    let identity = identity_of(&mock);
    for (tickets, expected) in [
        (Tickets::Default, true),
        (Tickets::Many { count: 8 }, true),
        (Tickets::None, false),
        (Tickets::Refused, false),
    ] {
        mock.repeat(Script::new().tickets(tickets));
        let client = Client::new(mock.ca_certificate_pem(), &identity).alpn("http/1.1");
        assert_eq!(resumes(&mock, &client).await, expected, "{tickets:?}");
    }
}

#[tokio::test]
async fn the_server_certificate_changes_between_two_connections() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let mut shown = Vec::new();
    mock.enqueue(unasked());
    mock.enqueue(unasked().server_certificate(ServerCertificate::Valid));
    for _ in 0..2 {
        let stream = client.connect(mock.addr()).await.unwrap();
        let chain = stream.get_ref().1.peer_certificates().unwrap();
        shown.push(chain[0].clone());
    }
    assert_ne!(shown[0], shown[1]);
}

#[tokio::test]
async fn a_bad_server_certificate_is_shown_once() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    for kind in [
        ServerCertificate::Expired,
        ServerCertificate::OtherName,
        ServerCertificate::SelfSigned,
        ServerCertificate::UnknownCa,
    ] {
        mock.enqueue(unasked().server_certificate(kind));
        mock.enqueue(unasked());
        let error = tls_error(&client.connect(mock.addr()).await.unwrap_err());
        let is_expected = match (kind, &error) {
            (ServerCertificate::Expired, Some(rustls::Error::InvalidCertificate(error))) => {
                matches!(error, CertificateError::ExpiredContext { .. })
            }
            (ServerCertificate::OtherName, Some(rustls::Error::InvalidCertificate(error))) => {
                matches!(error, CertificateError::NotValidForNameContext { .. })
            }
            (_, Some(rustls::Error::InvalidCertificate(error))) => {
                *error == CertificateError::UnknownIssuer
            }
            _ => false,
        };
        assert!(is_expected, "{kind:?}: {error:?}");
        assert!(client.connect(mock.addr()).await.is_ok());
    }
}

#[tokio::test]
async fn handshake_completes_in_writes_of_one_byte() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE).alpn("http/1.1");
    mock.enqueue(unasked().handshake(Handshake::OneByteAtATime));
    let response = client.get(mock.addr(), HELLO, None).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn connection_closes_before_or_within_the_handshake() {
    let mock = start().await;
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    for (handshake, kind) in [
        (Handshake::ClosedOnAccept, io::ErrorKind::UnexpectedEof),
        (
            Handshake::ClosedAfterClientHello,
            io::ErrorKind::UnexpectedEof,
        ),
        (
            Handshake::ResetAfterClientHello,
            io::ErrorKind::ConnectionReset,
        ),
        (Handshake::Cut { bytes: 100 }, io::ErrorKind::UnexpectedEof),
    ] {
        mock.enqueue(unasked().handshake(handshake));
        let tcp = TcpStream::connect(mock.addr()).await.unwrap();
        let peer = tcp.local_addr().unwrap();
        let error = client.connect_from(tcp).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{handshake:?}");
        let kinds = kinds_of(&mock, peer).await;
        assert!(
            kinds.iter().any(|kind| matches!(
                kind,
                ConnectionEvent::HandshakeFailed {
                    alert_sent: None,
                    ..
                }
            )),
            "{kinds:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_on_accept_has_said_nothing() {
    let mock = start().await;
    mock.enqueue(Script::new().handshake(Handshake::ClosedOnAccept));
    let stream = TcpStream::connect(mock.addr()).await.unwrap();
    assert_eq!(heard(stream).await, (Vec::new(), None));
}
